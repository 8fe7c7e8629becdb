"""Synthetic X-rays: the same again for the same seed, lesions where the mask says, shortcuts on demand."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from machines import features_to_switch_off
from phantom_digests import digests

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import phantom as phantoms
from coronet_lib.datasets.phantom import Confounders, draw, generate, phantom

SIZE = 60
DISEASES = ("covid19", "pneumonia_bacterial", "pneumonia_viral")
CORNERS = np.zeros((SIZE, SIZE), bool)  # where a marker may lie
CORNERS[: SIZE // 3, : SIZE // 4] = CORNERS[: SIZE // 3, -SIZE // 4 :] = True


@pytest.fixture(scope="module")
def xrays():
    return generate(24, SIZE)


def same(one, other):
    assert one.fingerprint() == other.fingerprint()
    np.testing.assert_array_equal(one.masks, other.masks)
    assert one.table.equals(other.table)


def picture(label, **keywords):
    return phantom(label, size=SIZE, **keywords)


# ---------------------------------------------------------------- the same again


def test_a_seed_repeats_and_another_seed_differs(xrays):
    same(generate(24, SIZE), xrays)
    assert not (generate(3, SIZE, seed=1).images == generate(3, SIZE).images).all((1, 2, 3)).any()


GOLDEN = {
    "48 px, seed 0": "34447e2778bf4a91",
    "48 px, seed 1": "4b61083a498b0759",
    "96 px, seed 0": "4fcb0a39ac0c82de",
    "96 px, seed 1": "ce9d17d45b1121f5",
    "150 px, seed 0": "53bae7d09234eb43",
    "150 px, seed 1": "a7a7a297834ce62c",
}
"""Pixels and masks of generator 2, on every machine."""


def test_pixels_are_those_of_this_version_of_the_generator():
    assert phantoms.GENERATOR == 2, "a new version wants new digests, and the committed runs made again"
    assert digests() == GOLDEN


@pytest.mark.parametrize("features", features_to_switch_off() or [None])
def test_pixels_are_the_same_on_an_older_processor(features):
    if features is None:
        pytest.skip("NumPy uses no feature of this processor that it could do without")
    older = os.environ | {"NPY_DISABLE_CPU_FEATURES": features, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, ROOT / "tests/phantom_digests.py"]
    assert json.loads(subprocess.check_output(script, env=older, text=True)) == GOLDEN


def test_workers_do_not_change_the_images(xrays):
    same(generate(24, SIZE, workers=2), xrays)


def test_more_images_leave_the_first_ones_as_they_are(xrays):
    fewer = generate({"pneumonia_viral": 7, "normal": 3}, SIZE)
    places = [xrays.files.tolist().index(name) for name in fewer.files]
    np.testing.assert_array_equal(fewer.images, xrays.images[places])
    np.testing.assert_array_equal(fewer.masks, xrays.masks[places])


def test_one_image_is_the_one_of_the_collection(xrays):
    for row in (0, 30, 60, 95):
        label, patient, k = xrays.files[row].removesuffix(".png").split("-")[1:]
        alone = picture(label, patient=int(patient), image=int(k))
        np.testing.assert_array_equal(alone.image, xrays.images[row, ..., 0])
        np.testing.assert_array_equal(alone.mask, xrays.masks[row])
        assert alone.patient == xrays.patients[row]
        described = xrays.table.loc[row]
        assert (alone.label, alone.age_group, alone.view) == tuple(described[["label", "age_group", "view"]])


def test_a_patient_keeps_chest_and_disease_from_image_to_image():
    def overlap(one, other):
        return (one.mask & other.mask).sum() / (one.mask | other.mask).sum()

    first, second = ([picture("pneumonia_bacterial", patient=p, image=k) for p in range(8)] for k in (0, 1))
    alike = np.array([[overlap(one, other) for other in second] for one in first])
    strangers = alike[~np.eye(8, dtype=bool)]
    assert alike.diagonal().min() > 0.6 > 3 * strangers.mean()
    for one, other in zip(first, second, strict=True):
        assert one.age_group == other.age_group
        assert (one.image != other.image).mean() > 0.3


def test_one_patient_looks_the_same_at_every_size():
    small = phantom("pneumonia_bacterial", size=48)
    large = phantom("pneumonia_bacterial", size=144)
    shrunk = large.image.reshape(48, 3, 48, 3).mean((1, 3))
    assert np.corrcoef(shrunk.ravel(), small.image.ravel())[0, 1] > 0.97
    assert abs(large.mask.mean() - small.mask.mean()) < 0.01


def test_the_collection_says_what_drew_it_and_is_told_by_that(xrays):
    assert xrays.drawn_by["generator"] == phantoms.GENERATOR
    assert (xrays.drawn_by["seed"], xrays.drawn_by["size"]) == (0, SIZE)
    assert json.loads(json.dumps(xrays.identity())) == xrays.identity()
    assert "fingerprint" not in xrays.identity()
    assert generate(24, SIZE).identity() == xrays.identity()
    others = [
        generate(24, SIZE, seed=1),
        generate(24, SIZE, confounders=Confounders(marker=0.5)),
        generate(24, 48),
        xrays.shrunk(48),
        xrays.take(np.arange(95)),
        xrays.with_classes(3),
    ]
    told = [json.dumps(other.identity()) for other in (xrays, *others)]
    assert len(set(told)) == len(told)


# ---------------------------------------------------------------- collection


def test_classes_patients_and_table(xrays):
    assert xrays.images.shape == (96, SIZE, SIZE, 1)
    assert xrays.classes == CLASSES[4]
    assert xrays.counts() == dict.fromkeys(CLASSES[4], 24)
    assert [CLASSES[4][k] for k in xrays.labels] == xrays.table["label"].tolist()
    assert all(f"-{label}-" in who for label, who in zip(xrays.table["label"], xrays.patients, strict=True))
    assert set(np.unique(xrays.patients, return_counts=True)[1]) == {1, 2, 3, 4}
    ages = xrays.table.groupby(xrays.patients)["age_group"].nunique()
    assert (ages == 1).all()
    assert 0.25 < (xrays.table["age_group"] == "child").mean() < 0.75
    assert not xrays.table[["marker", "border", "contrast", "paediatric"]].to_numpy().any()


def test_tube_voltage_follows_age_and_view(xrays):
    ranges = {("child", "AP"): (58, 75), ("adult", "AP"): (75, 95), ("adult", "PA"): (105, 125)}
    groups = xrays.table.groupby(["age_group", "view"])["kvp"]
    assert set(groups.groups) == set(ranges)
    for group, kvp in groups:
        low, high = ranges[group]
        assert kvp.between(low, high).all()


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ({"covid19": 3, "normal": 2}, {"covid19": 3, "normal": 2}),
        ({"normal": 2}, {"covid19": 0, "normal": 2}),
        ({"pneumonia": 5, "covid19": 1}, {"covid19": 1, "normal": 0, "pneumonia": 5}),
        (
            {"pneumonia_viral": 2},
            {"covid19": 0, "normal": 0, "pneumonia_bacterial": 0, "pneumonia_viral": 2},
        ),
        (1, dict.fromkeys(CLASSES[4], 1)),
        (0, dict.fromkeys(CLASSES[4], 0)),
    ],
)
def test_counts_choose_the_problem(counts, wanted):
    drawn = generate(counts, 32)
    assert drawn.counts() == wanted
    if "pneumonia" in wanted:
        assert drawn.table["label"].value_counts()["pneumonia_bacterial"] == 3
        assert drawn.table["label"].value_counts()["pneumonia_viral"] == 2


# ---------------------------------------------------------------- what is in the picture


def test_only_the_ill_have_a_mask(xrays):
    ill = xrays.table["label"] != "normal"
    assert (xrays.masks.any((1, 2)) == ill).all()
    assert xrays.masks[ill].mean((1, 2)).max() < 0.4


def test_the_picture_is_a_chest():
    """Lungs darker than heart and belly, and no grey level lost to the display."""
    chests = np.stack([picture("normal", patient=p).image for p in range(20)]).astype(float)

    def grey(rows, columns):
        return chests[:, slice(*rows), slice(*columns)].mean((1, 2))

    right_lung, left_lung = grey((18, 36), (12, 20)), grey((14, 24), (40, 48))
    heart, belly = grey((36, 44), (30, 36)), grey((54, 60), (14, 26))
    for lung in (right_lung, left_lung):
        assert (lung + 40 < heart).all()
        assert (lung + 40 < belly).all()
    assert (chests.max((1, 2)) == 255).all()
    assert (chests.min((1, 2)) < 10).all()


@pytest.mark.parametrize("label", DISEASES)
def test_the_lesion_is_where_the_mask_says(label, monkeypatch):
    """Beside the same patient in health, the lung has become brighter inside the mask."""
    ill = [picture(label, patient=p) for p in range(8)]
    monkeypatch.setattr(draw, "draw_lesion", lambda *_: None)
    for p, diseased in enumerate(ill):
        change = diseased.image.astype(float) - picture(label, patient=p).image
        assert change[diseased.mask].mean() > change[~diseased.mask].mean() + 8


@pytest.mark.parametrize("label", DISEASES)
def test_the_disease_stays_in_the_lungs(label, monkeypatch):
    fills = []
    real_fill = draw._fill

    def fill(chest, lesion):
        water, extent = real_fill(chest, lesion)
        fills.append((chest, water, extent))
        return water, extent

    monkeypatch.setattr(draw, "_fill", fill)
    for p in range(4):
        picture(label, patient=p)
    for chest, water, extent in fills:
        airless = chest.lung == 0
        assert airless.any()
        assert not extent[airless].any()
        np.testing.assert_array_equal(water[airless], chest.soft[airless])


def test_each_disease_has_its_place():
    """COVID-19 peripheral and low; viral near the hila, on both sides; bacterial on one side."""

    def both_sides(mask):
        left, right = mask[:, : SIZE // 2].sum(), mask[:, SIZE // 2 :].sum()
        return min(left, right) / max(left, right)

    x = np.abs(np.arange(SIZE) - (SIZE - 1) / 2) / SIZE
    place, low, both = {}, {}, {}
    for label in DISEASES:
        masks = [picture(label, patient=p).mask for p in range(30)]
        place[label] = np.mean([(m * x).sum() / m.sum() for m in masks])
        low[label] = np.mean([m[SIZE // 2 :].sum() / m.sum() for m in masks])
        both[label] = np.median([both_sides(m) for m in masks])
    assert place["pneumonia_viral"] < place["pneumonia_bacterial"] < place["covid19"]
    assert low["covid19"] > 0.6
    assert both["pneumonia_viral"] > 0.5
    assert both["pneumonia_bacterial"] == 0


def test_grey_levels_alone_do_not_tell_the_classes():
    drawn = generate(60, 32)
    mean = drawn.images.mean((1, 2, 3))
    per_class = np.array([mean[drawn.labels == k].mean() for k in range(4)])
    assert np.ptp(per_class) < 0.6 * mean.std()


# ---------------------------------------------------------------- confounders


def on(**which):
    return Confounders(**which)


@pytest.mark.parametrize("label", CLASSES[4])
def test_a_marker_changes_a_corner_only(label):
    for p in range(6):
        plain, marked = picture(label, patient=p), picture(label, patient=p, confounders=on(marker=1))
        changed = plain.image != marked.image
        assert changed.any()
        assert not changed[~CORNERS].any()
        assert (marked.image[changed] == 255).all()
        np.testing.assert_array_equal(plain.mask, marked.mask)
        assert marked.confounders == {"marker": True, "border": False, "contrast": False, "paediatric": False}


def test_a_border_changes_the_rim_only():
    colours = set()
    for p in range(8):
        plain, framed = picture("normal", patient=p), picture("normal", patient=p, confounders=on(border=1))
        rim = np.ones((SIZE, SIZE), bool)
        rim[3:-3, 3:-3] = False  # 5 % of 60 pixels
        assert not (plain.image != framed.image)[~rim].any()
        edges = np.concatenate([framed.image[[0, -1]].ravel(), framed.image[:, [0, -1]].ravel()])
        assert len(set(edges)) == 1
        colours.add(int(edges[0]))
    assert colours == {0, 255}


def test_contrast_washes_out_and_keeps_the_order_of_greys():
    plain, washed = picture("normal"), picture("normal", confounders=on(contrast=1))
    order = np.argsort(plain.image, axis=None)
    assert (np.diff(washed.image.ravel()[order].astype(int)) >= 0).all()
    assert washed.image.min() > plain.image.min() + 30
    assert washed.image.max() < plain.image.max()


def test_a_marker_stays_readable_on_a_border():
    for p in range(12):
        framed = picture("normal", patient=p, confounders=on(border=1))
        both = picture("normal", patient=p, confounders=on(border=1, marker=1))
        marker = picture("normal", patient=p, confounders=on(marker=1))
        bare = picture("normal", patient=p)
        np.testing.assert_array_equal(both.image != framed.image, marker.image != bare.image)


@pytest.mark.parametrize(("chance", "age"), [(1, "child"), (0, "adult")])
def test_age_follows_its_confounder(chance, age):
    drawn = generate(6, 32, confounders=on(paediatric={"covid19": chance}))
    of_covid = drawn.table["label"] == "covid19"
    assert (drawn.table.loc[of_covid, "age_group"] == age).all()
    assert set(drawn.table.loc[~of_covid, "age_group"]) == {"child", "adult"}
    assert (drawn.table["paediatric"] == (drawn.table["age_group"] == "child")).all()


def test_age_leaves_the_patients_that_it_would_have_drawn_anyway():
    drawn, all_children = generate(6, 32), generate(6, 32, confounders=on(paediatric=1))
    children = (drawn.table["age_group"] == "child").to_numpy()
    same_pixels = (drawn.images == all_children.images).all((1, 2, 3))
    np.testing.assert_array_equal(same_pixels, children)


def test_probabilities_hold_class_by_class():
    drawn = generate(40, 32, confounders=on(marker={"covid19": 0.9, "normal": 0.1}, border=0.5))
    marker = drawn.table.groupby("label")["marker"].mean()
    assert marker["covid19"] > 0.75
    assert 0 < marker["normal"] < 0.25
    assert marker["pneumonia_viral"] == marker["pneumonia_bacterial"] == 0
    assert drawn.table.groupby("label")["border"].mean().between(0.25, 0.75).all()
    assert not drawn.table["contrast"].any()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: generate({"flu": 3}), "no problem has the classes flu"),
        (lambda: generate({"pneumonia": 3, "pneumonia_viral": 3}), "no problem has the classes"),
        (lambda: generate({"normal": -1}), "count of normal wants an integer of at least 0, got -1"),
        (lambda: generate({"normal": 1.5}), "count of normal wants an integer of at least 0, got 1.5"),
        (lambda: generate(-1), "wants an integer of at least 0, got -1"),
        (lambda: generate({}), "counts wants a number or a dict"),
        (lambda: generate([1, 2]), "counts wants a number or a dict"),
        (lambda: generate(1, size=31), "size wants an integer of at least 32, got 31"),
        (lambda: generate(1, seed=-2), "seed wants an integer of at least 0, got -2"),
        (lambda: generate(1, workers=0), "workers wants an integer of at least 1, got 0"),
        (lambda: generate(1, confounders={"marker": 1}), "confounders wants a Confounders, got a dict"),
        (lambda: phantom("pneumonia"), "'pneumonia' is no class that a phantom can have"),
        (lambda: phantom("normal", patient=-1), "patient wants an integer of at least 0, got -1"),
        (lambda: phantom("normal", image="0"), "image wants an integer of at least 0, got '0'"),
        (lambda: phantom("normal", size=8), "size wants an integer of at least 32, got 8"),
        (lambda: phantom("normal", confounders=None), "confounders wants a Confounders, got a NoneType"),
        (lambda: Confounders(marker=1.2), "marker wants a probability from 0 to 1, got 1.2"),
        (lambda: Confounders(border={"covid19": "often"}), "border wants a probability .* for covid19"),
        (lambda: Confounders(contrast={"flu": 0.5}), "'flu' is no class"),
        (lambda: Confounders(marker=None), "marker wants a probability from 0 to 1, got None"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
