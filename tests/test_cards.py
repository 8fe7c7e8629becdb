"""Cards of an older version: refused by the library, which names the tool, and brought up to date by that."""

import json

import cards
import hand_made
import pytest

from coronet_lib import runs
from coronet_lib.files import data_path
from coronet_lib.runs.card import VERSION, epochs_asked

RUN = {"seed": 3, "classes": 4, "folds": 4, "fold": 1, "split": "image", "data": {}, "status": "finished"}
NETWORK = {"name": "quick", "size": 96, "epochs": 12, "weights": None}
SVM = {"name": "svm", "size": 96, "architecture": None, "weights": None, "network": "coronet-quick"}
BASE = {"classes": 4, "seed": 0, "predictions_sha256": "1f"}


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
        "file": leave(tmp_path / "file", recipe=NETWORK | {"weights": "sha256:12"}),
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


def test_a_card_of_the_future_is_refused(tmp_path):
    leave(tmp_path / "run", **hand_made.card(version=VERSION + 1))
    cards.main([tmp_path])
    with pytest.raises(runs.RunError, match=f"a card of version {VERSION + 1}"):
        runs.read_card(tmp_path / "run")


def test_a_card_that_lacks_something_says_what(tmp_path):
    whole = hand_made.card()
    del whole["split_seed"]
    runs.write_card(tmp_path, whole)
    with pytest.raises(runs.RunError, match="lacks split_seed, which"):
        runs.read_card(tmp_path)


@pytest.mark.parametrize(
    "path", sorted(data_path().glob("*/**/card.json")), ids=lambda path: path.parent.name
)
def test_committed_cards_hold_what_a_card_may_hold(path):
    assert set(runs.read_card(path.parent)) <= set(runs.Card.__annotations__)
