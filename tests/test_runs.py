"""Which X-rays a run was done on: its card says, and refuses others with the reason."""

import json

import hand_made
import numpy as np
import pytest

from coronet_lib import runs
from coronet_lib.datasets import phantom, store
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.datasets.phantom import draw


@pytest.fixture(scope="module")
def phantoms():
    return phantom.generate(4, 48)


@pytest.fixture
def other_generator(monkeypatch):
    monkeypatch.setattr(draw, "GENERATOR", draw.GENERATOR + 1)
    return phantom.generate(4, 48)


def from_files(xrays):
    """The same X-rays, as if nobody knew what drew them."""
    return XrayCollection(xrays.images, xrays.labels, xrays.patients, xrays.files, xrays.classes)


def card(xrays):
    made = hand_made.card(classes=len(xrays.classes), data=runs.describe_data(xrays))
    return json.loads(json.dumps(made))  # as it comes back from its file


def test_a_run_is_known_again(phantoms):
    real = from_files(phantoms)
    runs.check_data(card(phantoms), phantom.generate(4, 48))
    runs.check_data(card(real), from_files(phantom.generate(4, 48)))
    runs.check_data(card(phantoms.with_classes(3)), phantoms)
    with pytest.raises(runs.RunError, match="other X-rays: its card has the fingerprint"):
        runs.check_data(card(real), from_files(phantom.generate(4, 48, seed=1)))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"seed": 1}, "other phantoms: they were drawn with seed 0$"),
        ({"counts": 3}, r"other phantoms: they were drawn with counts \{'covid19': 4"),
        ({"confounders": phantom.Confounders(marker=1)}, r"drawn with confounders \{'marker': 0.0"),
    ],
)
def test_other_phantoms_are_named_by_what_differs(phantoms, made, message):
    with pytest.raises(runs.RunError, match=message):
        runs.check_data(card(phantoms), phantom.generate(**{"counts": 4, "size": 48} | made))


def test_another_version_of_the_generator_is_named(phantoms, other_generator):
    wanted = (
        rf"drawn by version {draw.GENERATOR - 1} of the generator, and these by version "
        rf"{draw.GENERATOR}: draw again with that version of coronet-lib, or train again"
    )
    with pytest.raises(runs.RunError, match=wanted):
        runs.check_data(card(phantoms), other_generator)


def test_a_card_from_before_the_generator_was_named(phantoms):
    with pytest.raises(runs.RunError, match=r"from files, or on phantoms of version 1 of the generator"):
        runs.check_data(card(from_files(phantoms)), phantoms)
    with pytest.raises(runs.RunError, match=r"done on phantoms \(version 2 of the generator, seed 0\)"):
        runs.check_data(card(phantoms), from_files(phantoms))


def test_resuming_says_which_xrays_the_folder_was_made_with(phantoms, other_generator, tmp_path):
    runs.write_card(tmp_path, card(phantoms))
    with (
        pytest.raises(runs.RunError, match=r"differs in data \(it was done on X-rays drawn by version"),
        runs.open_folder(tmp_path, card(other_generator), runs.Existing.RESUME),
    ):
        pass


def test_a_prepared_folder_of_phantoms_is_the_same_as_drawing_them(phantoms, tmp_path):
    store.export(phantoms, tmp_path / "drawn", progress=False)
    back = store.load(tmp_path / "drawn")
    assert back.identity() == phantoms.identity()
    runs.check_data(card(phantoms), back)


def test_phantoms_that_somebody_painted_over_are_not_what_was_drawn(phantoms, tmp_path):
    store.export(phantoms, tmp_path / "drawn", progress=False)
    file = next((tmp_path / "drawn/images/normal").iterdir())
    store._write_png(file, np.zeros((48, 48), np.uint8))
    with pytest.raises(ValueError, match=f"the pixels of {file.name} are not those"):
        store.load(tmp_path / "drawn")
