"""Cross-validation: the tables against scikit-learn, and a run that is interrupted and goes on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from small import QUIET, RECIPE, RESUMING, xrays

from coronet_lib import runs
from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import by_class, by_fold, confusion_matrices
from coronet_lib.runs import Session, Split, crossval, one_fold
from coronet_lib.training import machine

SHORT = RECIPE.but(epochs=1, warmup=0, patience=0)
HALVES = Split(folds=2)
NAMES = list(CLASSES[4])


@pytest.fixture(scope="module")
def table():
    """Made-up predictions, right two times out of three, in three folds of unequal size."""
    rng = np.random.default_rng(0)
    true = rng.choice(NAMES, 200)
    predicted = np.where(rng.random(200) < 0.67, true, rng.choice(NAMES, 200))
    return pd.DataFrame({"fold": np.repeat([1, 2, 3], [50, 70, 80]), "true": true, "predicted": predicted})


def test_table_iii_has_macro_averages_of_each_fold(table):
    scores = by_fold(table, CLASSES[4])
    assert scores.index.tolist() == [1, 2, 3, "mean", "sd"]
    for fold, part in table.groupby("fold"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            part["true"], part["predicted"], labels=NAMES, average="macro"
        )
        assert scores.loc[fold, ["precision", "recall", "f1"]].tolist() == pytest.approx(
            [precision, recall, f1]
        )
        assert scores.loc[fold, "accuracy"] == metrics.accuracy_score(part["true"], part["predicted"])
    accuracies = scores.loc[[1, 2, 3], "accuracy"].tolist()
    assert scores.loc["mean", "accuracy"] == pytest.approx(np.mean(accuracies))
    assert scores.loc["sd", "accuracy"] == pytest.approx(np.std(accuracies, ddof=1))


def test_table_iv_averages_each_class_over_the_folds(table):
    scores = by_class(table, CLASSES[4])
    assert scores.index.tolist() == NAMES
    recalls = [
        metrics.recall_score(part["true"], part["predicted"], labels=NAMES, average=None)
        for _, part in table.groupby("fold")
    ]
    assert scores["recall"].tolist() == pytest.approx(np.mean(recalls, axis=0).tolist())
    assert scores["recall_sd"].tolist() == pytest.approx(np.std(recalls, axis=0, ddof=1).tolist())


def test_confusion_matrices_are_by_fold_and_in_class_order(table):
    matrices = confusion_matrices(table, CLASSES[4])
    for fold, part in table.groupby("fold"):
        np.testing.assert_array_equal(
            matrices[fold], metrics.confusion_matrix(part["true"], part["predicted"], labels=NAMES)
        )


@pytest.fixture(scope="module")
def parallel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cv") / "parallel"
    return folder, crossval.run(xrays(), SHORT, folder, split=HALVES, session=replace(QUIET, jobs=2))


@pytest.mark.slow
def test_every_image_is_tested_once(parallel):
    folder, card = parallel
    table, classes = runs.read_predictions(folder)
    data = xrays()
    assert sorted(table["file"]) == sorted(data.files)
    assert np.sum(card["confusion_matrix"]) == len(data)
    np.testing.assert_array_equal(
        card["confusion_matrix"], np.sum(list(card["confusion_matrices"].values()), axis=0)
    )
    for fold in (1, 2):
        own = runs.read_card(folder / f"fold-{fold}")
        assert own["fold"] == fold
        assert own["confusion_matrix"] == card["confusion_matrices"][str(fold)]
        assert own["metrics"]["accuracy"] == pytest.approx(
            pd.read_csv(folder / "folds.csv", index_col="fold").loc[str(fold), "accuracy"]
        )
    assert card == runs.read_card(folder)
    mean = by_fold(table, classes).loc["mean"].round(4)
    assert {name: score for name, score in card["metrics"].items() if score is not None} == dict(
        mean.dropna()
    )
    assert pd.read_csv(folder / "classes.csv")["class"].tolist() == NAMES


@pytest.mark.slow
def test_an_interrupted_cross_validation_goes_on_fold_by_fold(parallel, tmp_path, monkeypatch):
    train = one_fold.run

    def interrupted(*arguments, fold, **options):
        if fold == 2:
            raise KeyboardInterrupt
        return train(*arguments, fold=fold, **options)

    monkeypatch.setattr(one_fold, "run", interrupted)
    monkeypatch.setattr(machine, "processor", lambda: "another")
    with pytest.raises(KeyboardInterrupt):
        crossval.run(xrays(), SHORT, tmp_path, split=HALVES, session=QUIET)
    monkeypatch.undo()
    with pytest.raises(runs.RunError, match="unfinished"):
        runs.read_predictions(tmp_path)
    with pytest.raises(runs.RunError, match="say --resume or --overwrite"):
        crossval.run(xrays(), SHORT, tmp_path, split=HALVES, session=QUIET)
    with pytest.raises(runs.RunError, match="differs in data"):
        crossval.run(xrays().take(np.arange(60)), SHORT, tmp_path, split=HALVES, session=RESUMING)
    before = (tmp_path / "fold-1/model.keras").stat().st_mtime_ns
    card = crossval.run(xrays(), SHORT, tmp_path, split=HALVES, session=RESUMING)
    assert (tmp_path / "fold-1/model.keras").stat().st_mtime_ns == before
    # Interrupted or not: the same to the last digit.
    one_fold.run(xrays(), SHORT, tmp_path / "alone", fold=2, split=HALVES, session=QUIET)
    assert (tmp_path / "fold-2/predictions.csv").read_bytes() == (
        tmp_path / "alone/predictions.csv"
    ).read_bytes()
    # In one process or in two, each with its own cores: the same but for what the number of threads rounds.
    (here, classes), (there, _) = map(runs.read_predictions, (tmp_path, parallel[0]))
    assert here[["file", "fold"]].equals(there[["file", "fold"]])
    np.testing.assert_allclose(here[list(classes)], there[list(classes)], atol=1e-3)
    # Whichever fold comes last, the card names both machines.
    where = {there["processor"] for there in (card["environment"], *card["environments_before"])}
    assert where == {"another", machine.processor()}
    assert "environments_before" not in parallel[1]


def test_what_is_refused_before_training(tmp_path):
    with pytest.raises(ValueError, match="jobs must be at least 1, got 0"):
        Session(jobs=0)
    with pytest.raises(ValueError, match="20 folds needs at least 20 patients"):
        crossval.run(xrays(), SHORT, tmp_path / "run", split=Split(folds=20))
    assert not (tmp_path / "run").exists()
