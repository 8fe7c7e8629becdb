"""Whatever learns is run in one way: a recipe of this file, of which the library knows nothing, is one."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from small import OVERWRITING, QUIET, RECIPE, RESUMING, xrays

from coronet_lib import runs
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs import Split, crossval, one_fold, report
from coronet_lib.systems import SYSTEMS, tables
from coronet_lib.training import Learned, Recipe

HALVES = Split(folds=2)

pytestmark = pytest.mark.usefixtures("eager")


@dataclass(frozen=True, kw_only=True)
class Always(Recipe):
    """Gives every image the same scores."""

    answer: tuple = (0.1, 0.6, 0.2, 0.1)

    def learn(self, task):
        def save(folder):
            (folder / "model.npz").write_text("always")

        return Learned(np.tile(self.answer, (len(task.test), 1)), {"parameters": len(self.answer)}, save)


ALWAYS = Always(name="always", size=16)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_recipe_that_the_library_does_not_know_is_cross_validated(tmp_path, jobs):
    card = crossval.run(xrays(), ALWAYS, tmp_path / "always", split=HALVES, session=replace(QUIET, jobs=jobs))
    assert np.sum(card["confusion_matrix"], axis=0).tolist() == [0, 64, 0, 0]
    assert (card["start"], card["scores"], card["base"]) == ("-", "probabilities", None)
    fold = runs.read_card(tmp_path / "always/fold-1")
    assert fold["parameters"] == 4
    assert fold["images"] == {"train": 32, "validation": 0, "test": 32}
    assert fold["metrics"]["precision"] is None  # of a class that is never the answer
    assert report.overview(tmp_path).loc["always", "epochs"] == "-"
    assert tables.overview([tmp_path / "always"]).loc["always", "accuracy"] == 0.25
    again = crossval.run(xrays(), ALWAYS, tmp_path / "always", split=HALVES, session=RESUMING)
    assert again == card
    with pytest.raises(runs.RunError, match="differs in recipe"):
        crossval.run(
            xrays(), ALWAYS.but(answer=(1, 0, 0, 0)), tmp_path / "always", split=HALVES, session=RESUMING
        )
    crossval.run(xrays(), RECIPE.but(epochs=2), tmp_path / "always", split=HALVES, session=OVERWRITING)
    assert not (tmp_path / "always/fold-1/model.npz").exists()


def test_where_rounding_makes_two_classes_equal_card_and_predictions_agree(tmp_path):
    """The second class is ahead by less than the file can tell, which therefore names the first."""
    card = one_fold.run(xrays(), ALWAYS.but(answer=(0.3, 0.3000001, 0.2, 0.2)), tmp_path / "a", session=QUIET)
    table, classes = runs.read_predictions(tmp_path / "a")
    assert set(table["predicted"]) == {classes[0]}
    assert np.sum(card["confusion_matrix"], axis=0).tolist() == [16, 0, 0, 0]
    assert report.summary(tmp_path / "a")["confusion_matrix"] == card["confusion_matrix"]


def test_pixels_are_hashed_once_for_all_folds(tmp_path, monkeypatch):
    digest, hashed = XrayCollection._digest, []
    monkeypatch.setattr(XrayCollection, "_digest", lambda *parts: hashed.append(1) or digest(*parts))
    crossval.run(xrays(), ALWAYS, tmp_path / "cv", split=Split(folds=4), session=QUIET)
    assert len(hashed) == 1


def test_what_cannot_be_learned_from_is_refused_before_anything_is_written(tmp_path):
    for run in (one_fold.run, crossval.run):
        with pytest.raises(ValueError, match=r"'always' wants 32 x 32 images, got 16 x 16; prepare"):
            run(xrays(), ALWAYS.but(size=32), tmp_path / "x", session=QUIET)
        with pytest.raises(runs.RunError, match="run coronet-quick first"):
            run(xrays(), SYSTEMS["svm-coronet-quick"].recipe.but(size=16), tmp_path / "y", session=QUIET)
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "y/fold-1").exists()


def test_a_recipe_says_what_it_is():
    recipes = {
        name: SYSTEMS[name].recipe for name in ("coronet", "svm-xception", "svm-coronet", "logistic-pixels")
    }
    said = {
        name: (recipe.free, recipe.needs, recipe.side_by_side, recipe.start)
        for name, recipe in recipes.items()
    }
    assert said == {
        "coronet": (("epochs", "weights"), None, True, "imagenet"),
        "svm-xception": (("weights",), None, False, "imagenet"),
        "svm-coronet": ((), "coronet", False, "coronet"),
        "logistic-pixels": ((), None, True, "-"),
    }
    assert recipes["coronet"].but(weights=None).start == "scratch"
    assert recipes["svm-xception"].but(weights=None).start == "random"
    assert recipes["svm-xception"].but(weights="file.h5").start == "pretrained"
