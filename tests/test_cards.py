"""Cards of runs: what is old is brought up to date by a tool, and what is edited or broken is refused."""

import json
import shutil

import cards
import hand_made
import pytest

from coronet_lib import runs
from coronet_lib.classes import CLASSES
from coronet_lib.files import data_path
from coronet_lib.runs import report
from coronet_lib.runs.card import epochs_asked
from coronet_lib.runs.schema import VERSION
from coronet_lib.training.history import HISTORY, read_table

DATA = {"fingerprint": hand_made.DIGEST, "counts": dict.fromkeys(CLASSES[4], 9)}
RUN = {"seed": 3, "classes": 4, "folds": 4, "fold": 1, "split": "image", "data": DATA, "status": "running"}
NETWORK = {"name": "quick", "size": 96, "epochs": 12, "weights": None}
SVM = {"name": "svm", "size": 96, "architecture": None, "weights": None, "network": "coronet-quick"}
BASE = {"classes": 4, "seed": 0, "predictions_sha256": hand_made.DIGEST}


def leave(folder, **card):
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps(RUN | card))
    return folder


def test_an_older_card_is_refused_and_the_tool_is_named(tmp_path):
    old = leave(tmp_path / "old", recipe=NETWORK)
    with pytest.raises(
        runs.RunError,
        match=rf"version 1, .* version {VERSION}; .* in a copy of the book, by `python tools/cards.py {old}`",
    ):
        runs.read_card(old)
    cards.main([tmp_path])
    card = runs.read_card(old)
    assert (card["precision"], card["split_seed"], card["base"]) == ("float32", 3, None)
    assert (card["start"], card["scores"]) == ("scratch", "probabilities")
    assert epochs_asked(card) == "12 of 18"
    assert {key: card[key] for key in RUN} == RUN


def test_what_a_card_did_not_say_follows_from_what_it_said(tmp_path):
    published = NETWORK | {"name": "darknet", "architecture": "darknet", "published_epochs": 100}
    made = {
        "published": leave(tmp_path / "published", recipe=published),
        "guessed": leave(tmp_path / "guessed", recipe=published | {"published_epochs": None}),
        "tuned": leave(tmp_path / "tuned", recipe=NETWORK, base=BASE, split_seed=7),
        "file": leave(tmp_path / "file", recipe=NETWORK | {"weights": f"sha256:{hand_made.DIGEST}"}),
        "svm": leave(tmp_path / "cv/fold-1", recipe=SVM, base=BASE, images={"train": 3, "test": 1}),
    }
    cards.main([tmp_path])
    found = {name: runs.read_card(folder) for name, folder in made.items()}
    assert [epochs_asked(card) for card in found.values()] == ["12 of 100", "12", "12", "12 of 18", "-"]
    assert [card["start"] for card in found.values()] == [
        "scratch", "scratch", "base", "pretrained", "coronet-quick",
    ]  # fmt: skip
    assert found["tuned"]["split_seed"] == 7
    assert "architecture" not in found["published"]["recipe"]
    assert found["svm"]["scores"] == "margins"
    assert found["svm"]["images"] == {"train": 3, "validation": 0, "test": 1}


def test_what_is_up_to_date_or_no_run_stays_as_it_is(tmp_path):
    new = leave(tmp_path / "new", **hand_made.card())
    prepared = leave(tmp_path / "dataset1", classes=["covid19", "normal"])
    before = [(folder / "card.json").read_bytes() for folder in (new, prepared)]
    cards.main([tmp_path])
    assert [(folder / "card.json").read_bytes() for folder in (new, prepared)] == before


@pytest.mark.parametrize("arguments", [[], ["no/such/folder"]])
def test_the_tool_says_what_it_wants(arguments):
    with pytest.raises(SystemExit, match=r"usage: python tools/cards\.py FOLDER"):
        cards.main(arguments)


def test_the_tool_passes_over_what_is_no_card(tmp_path):
    (tmp_path / "card.json").write_text("{")
    leave(tmp_path / "run", recipe=NETWORK)
    (tmp_path / "list").mkdir()
    (tmp_path / "list/card.json").write_text("5")
    cards.main([tmp_path])
    assert runs.read_card(tmp_path / "run")["version"] == VERSION
    assert (tmp_path / "card.json").read_text() == "{"


def test_the_tool_says_which_card_it_cannot_make_whole(tmp_path):
    leave(tmp_path / "run", recipe=NETWORK, fold=5)
    with pytest.raises(
        SystemExit, match=r"run/card\.json: the card cannot be written: 'fold' should be one of"
    ):
        cards.main([tmp_path])
    assert json.loads((tmp_path / "run/card.json").read_text())["fold"] == 5


def test_a_card_of_the_future_is_refused(tmp_path):
    leave(tmp_path / "run", **hand_made.card(version=VERSION + 1))
    cards.main([tmp_path])
    with pytest.raises(runs.RunError, match=f"a card of version {VERSION + 1}"):
        runs.read_card(tmp_path / "run")


def test_what_could_not_be_read_is_not_written(tmp_path):
    whole = hand_made.card()
    del whole["split_seed"]
    with pytest.raises(ValueError, match="the card cannot be written: 'split_seed' is missing"):
        runs.write_card(tmp_path, whole)
    assert not list(tmp_path.iterdir())


ALONE, FOLDS = data_path("runs", "quick-phantom"), data_path("runs", "quick-dataset1-image-cv")


def edited(folder, change, copy):
    """A copy of a run's card with one change, by whoever does not know the seal."""
    card = json.loads((folder / "card.json").read_text())
    change(card)
    copy.mkdir()
    (copy / "card.json").write_text(json.dumps(card))
    return copy


def put(value, *place):
    """A change of a card: ``value`` at a place in it."""

    def change(card):
        *way, last = place
        for step in way:
            card = card[step]
        card[last] = value

    return change


@pytest.mark.parametrize(
    ("run", "change", "message"),
    [
        (ALONE, put("big", "recipe", "size"), "'recipe.size' should be a valid integer, found 'big'"),
        (ALONE, put(True, "seed"), "'seed' should be a valid integer, found True"),
        (ALONE, put(-1, "seed"), "'seed' should be greater than or equal to 0, found -1"),
        (ALONE, put(10**30, "seed"), "'seed' should be less than 9"),
        (
            ALONE,
            put("../../etc/passwd", "classes"),
            "'classes' should be 4, 3 or 2, found '../../etc/passwd'",
        ),
        (ALONE, put("../quick", "recipe", "name"), "'recipe.name' should match pattern .*found '../quick'"),
        (ALONE, put("\x1b[2J", "split"), r"'split' should be 'patient' or 'image', found '\\x1b\[2J'"),
        (ALONE, put(float("nan"), "minutes"), "is not valid JSON .*NaN is no number that a card can have"),
        (ALONE, put(1.5, "metrics", "f1"), "'metrics.f1' should be less than or equal to 1, found 1.5"),
        (ALONE, put(5, "fold"), "'fold' should be one of the folds"),
        (ALONE, put(19, "epochs"), "'epochs' should be no more than the recipe's"),
        (ALONE, put(19, "kept_epoch"), "'kept_epoch' should be one of the epochs"),
        (ALONE, put([], "confusion_matrix"), "matrix should have a row and a column for each class"),
        (ALONE, put([[1]], "confusion_matrix"), "matrix should have a row and a column for each class"),
        (ALONE, put(0, "confusion_matrix", 0, 0), "'confusion_matrix' should count the tested images"),
        (ALONE, put({"flu": 3}, "data", "counts"), r"'data\.counts\.flu.*', found 'flu'"),
        (ALONE, lambda card: card["data"].pop("drawn_by"), "'data' should have a fingerprint, or"),
        (ALONE, lambda card: card.pop("metrics"), "has no metrics, and should, as the run is finished"),
        (ALONE, lambda card: card.pop("precision"), "'precision' is missing"),
        (ALONE, put(1, "sneed"), "'sneed' is nothing that such a card has"),
        (ALONE, lambda card: card.pop("recipe"), "is not the card of a run: it has no 'recipe'"),
        (
            FOLDS,
            lambda card: card["confusion_matrices"].pop("4"),
            "'confusion_matrices' should be of the folds",
        ),
        (FOLDS, lambda card: card.pop("metrics_sd"), "has no metrics_sd"),
        # What could be true, and is not what was written.
        (ALONE, put(17, "recipe", "epochs"), "'epochs' should be no more than the recipe's"),
        (ALONE, put(36, "recipe", "published_epochs"), "was changed after it was written"),
        (ALONE, put(1, "seed"), "was changed after it was written"),
        (FOLDS, put("patient", "split"), "was changed after it was written"),
        (FOLDS, lambda card: card.pop("sha256"), "was changed after it was written"),
    ],
)
def test_an_edited_card_is_refused_in_one_line(run, change, message, tmp_path):
    copy = edited(run, change, tmp_path / "run")
    with pytest.raises(runs.RunError, match=message) as refused:
        runs.read_card(copy)
    text = str(refused.value)
    assert text.startswith(f"{copy / 'card.json'}")
    assert text.endswith("restore it from a copy, or train again with --overwrite")
    assert "\n" not in text
    assert len(text) < 400


@pytest.mark.parametrize("nest", ['{"recipe":', "["])
def test_a_card_that_is_nested_too_deep_is_refused(nest, tmp_path):
    (tmp_path / "card.json").write_text(100_000 * nest)
    with pytest.raises(runs.RunError, match=r"card\.json is not valid JSON .*restore it"):
        runs.read_card(tmp_path)


def test_a_card_is_the_same_whatever_its_spaces_and_order(tmp_path):
    text = json.dumps(json.loads((ALONE / "card.json").read_text()), sort_keys=True)
    (tmp_path / "card.json").write_text(text)
    assert runs.read_card(tmp_path) == runs.read_card(ALONE)


@pytest.mark.parametrize(
    ("run", "change", "key"),
    [
        (ALONE, put(0.5, "metrics", "recall"), "metrics"),
        (FOLDS, put(0.5, "metrics_sd", "f1"), "metrics_sd"),
        (FOLDS, lambda card: card["confusion_matrices"]["1"].reverse(), "confusion_matrices"),
        (FOLDS, lambda card: card["confusion_matrix"].reverse(), "confusion_matrix"),
    ],
)
def test_a_number_that_does_not_follow_from_the_predictions_is_refused(run, change, key, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    card = runs.read_card(run)
    change(card)
    runs.write_card(tmp_path / "run", card)
    with pytest.raises(runs.RunError, match=f"'{key}' does not follow from predictions"):
        report.summary(tmp_path / "run")


def test_a_history_belongs_to_its_run(tmp_path):
    history = runs.read_history(ALONE)
    assert tuple(history) == HISTORY
    assert len(history) == runs.read_card(ALONE)["epochs"]
    shutil.copytree(ALONE, tmp_path / "run")
    path = tmp_path / "run/history.csv"
    path.write_text(path.read_text().replace("1,1.5", "1,0.5", 1))
    with pytest.raises(
        runs.RunError, match=r"history\.csv is not the file that card\.json describes; restore"
    ):
        runs.read_history(tmp_path / "run")
    with pytest.raises(runs.RunError, match=r"has no history\.csv: only what is trained in epochs has one"):
        runs.read_history(FOLDS)
    runs.write_card(tmp_path, hand_made.card())
    with pytest.raises(runs.RunError, match=r"has no history\.csv: the run is unfinished"):
        runs.read_history(tmp_path)


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("val_loss", "loss", "should have the columns"),
        ("\n2,", "\n3,", "epochs should be 1, 2, 3"),
        ("\n1,1.5", "\n1,-1.5", "a loss or a time not negative"),
        (",0.3", ",1.3", "an accuracy should be from 0 to 1"),
        (",0.3", ",x", "could not convert"),
    ],
)
def test_what_is_no_history_is_refused(was, becomes, message, tmp_path):
    text = (ALONE / "history.csv").read_text()
    (tmp_path / "history.csv").write_text(text.replace(was, becomes, 1))
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "history.csv")


@pytest.mark.parametrize(
    "path", sorted(data_path().glob("*/**/card.json")), ids=lambda path: path.parent.name
)
def test_committed_runs_are_whole(path):
    card = runs.read_card(path.parent)
    runs.read_predictions(path.parent)
    if card["fold"]:
        assert len(runs.read_history(path.parent)) == card["epochs"]
    # Nothing is left to do about it.
    assert cards.migrate(json.loads(path.read_text()), path.parent) == json.loads(path.read_text())
