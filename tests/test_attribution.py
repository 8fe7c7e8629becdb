"""The tool that measures chapter 15's maps, by hand on small cases, and what it left in data/."""

from dataclasses import replace

import attribution as tool
import numpy as np
import pandas as pd
import pytest
from small import xrays

from coronet_lib import explain
from coronet_lib.files import data_path


def kept(name):
    return pd.read_csv(data_path(name), keep_default_na=False)


def test_only_the_labels_that_are_learned_are_permuted():
    data = xrays()
    rows = np.arange(40)
    other = tool.permuted(data, rows, seed=0)
    assert sorted(other.labels[rows]) == sorted(data.labels[rows])
    assert (other.labels[rows] != data.labels[rows]).mean() > 0.5
    np.testing.assert_array_equal(other.labels[40:], data.labels[40:])
    np.testing.assert_array_equal(other.images, data.images)


def test_baselines_ask_no_network():
    rng = np.random.default_rng(15)
    images, prior = rng.integers(0, 256, (3, 12, 12, 1), np.uint8), rng.random((12, 12))
    maps = tool.baselines(images, prior)
    assert {name: found.shape for name, found in maps.items()} == dict.fromkeys(maps, (3, 12, 12))
    assert np.ptp(maps["area"]) == 0
    assert maps["centre"][1].argmax() // 12 in (5, 6)
    np.testing.assert_array_equal(maps["prior"][2], prior)
    step = np.zeros((1, 12, 12, 1), np.uint8)
    step[:, :, 6:] = 200
    assert tool.baselines(step, prior)["edges"][0, 5].argmax() in (5, 6)


def test_the_share_of_the_frame_is_its_area_if_nothing_stands_out():
    flat, middle, edge = np.ones((10, 10)), np.zeros((10, 10)), np.zeros((10, 10))
    middle[5, 5], edge[0, 4], edge[4, 4] = 3, 1, -8
    found = tool.frame_share(np.stack([flat, middle, edge]))
    np.testing.assert_allclose(found, [1 - 0.64, 0, 1], atol=1e-9)


def test_what_is_black_and_what_is_left_make_the_x_ray():
    images = np.random.default_rng(0).integers(1, 256, (2, 96, 96, 1), np.uint8)
    parts = tool.blackened(images)
    np.testing.assert_array_equal(parts["lungs black"] + parts["all but lungs black"], parts["whole"])
    assert not parts["lungs black"][:, 50, 50].any()
    assert (parts["lungs black"] == 0).mean() == pytest.approx(68 * 76 / 96**2)


def test_rows_are_of_all_and_of_each_class_and_the_interval_draws_patients():
    data = replace(xrays(), patients=np.repeat(np.arange(16), 4).astype(str))
    maps = np.random.default_rng(1).normal(size=(64, 16, 16))
    masks = np.zeros((64, 16, 16), bool)
    masks[:, 3:7, 4:9] = True
    rows = pd.DataFrame(tool.against_masks(maps, replace(data, masks=masks), method="area"))
    assert set(rows["of"]) == {"all", *data.classes}
    assert set(rows["measure"]) == {"area", "mass", "pointing", "iou"}
    assert rows.loc[rows["of"] == "all", "n"].eq(64).all()
    assert (rows["low"] <= rows["value"] + 1e-12).all()
    assert (rows["value"] <= rows["high"] + 1e-12).all()
    without = pd.DataFrame(tool.against_masks(maps, replace(data, masks=masks), method="random"))
    assert "area" not in set(without["measure"])


def test_pixels_are_replaced_the_largest_of_the_map_first():
    images = np.random.default_rng(2).integers(1, 256, (2, 4, 4, 1)).astype(np.uint8)
    maps = np.zeros((2, 4, 4))
    maps[:, :2] = 1
    shown = []

    class Network:
        def logits(self, pictures):
            shown.append(pictures)
            return np.log([[0.2, 0.8]] * len(pictures))

    scores = tool.replacing(Network(), images, np.zeros_like(images), maps, steps=2)
    np.testing.assert_allclose(scores, np.tile([0.2, 0.8], (2, 3, 1)))
    half = images * (maps == 0)[..., None]
    for pictures, wanted in zip(shown, (images, half, 0 * images), strict=True):
        np.testing.assert_array_equal(pictures, wanted)


def test_occlusion_covers_with_the_mean_grey_and_with_a_dark_one():
    images = np.random.default_rng(4).integers(0, 256, (1, 16, 16, 1)).astype(np.uint8)
    images[:, :4, :4] = tool.DARK

    class Network:
        size = 16

        def logits(self, pictures):
            return np.reshape(pictures[:, :4, :4].mean(axis=(1, 2, 3)), (-1, 1))

    mean, dark = (
        explain.attribution(Network(), images, target=0, **tool.how(method, "") | {"window": 4, "stride": 4})
        for method in ("occlusion", "occlusion, dark")
    )
    assert mean[0, 0, 0] == pytest.approx(tool.DARK - images.mean(), rel=1e-4)
    assert dark[0, 0, 0] == 0
    assert tool.how("hirescam", "block3_add") == {"method": "hirescam", "layer": "block3_add"}


def test_the_kept_table_has_what_the_tool_measures():
    table = kept("attribution.csv")
    asked = set(zip(table["method"], table["layer"], strict=True))
    assert set(tool.METHODS) <= asked
    assert table.loc[table["measure"] == "mass", "n"].max() == 3 * tool.EACH >= 300
    others = [f"untrained, seed {seed}" for seed in tool.DRAWS]
    for network in ("untrained", "permuted labels", *others):
        of = table[table["network"] == network]
        assert set(zip(of["method"], of["layer"], strict=True)) == set(tool.METHODS_ELSEWHERE)
    assert table["value"].between(-1, 1).all()
    value = table.set_index(["method", "layer", "measure"])["value"]
    for key in {*tool.METHODS_ELSEWHERE, ("occlusion", ""), ("prior", "")}:
        for measure in ("deletion", "insertion"):
            beyond = value[*key, measure] - value["random", "", measure]
            assert value[*key, f"{measure} less noise"] == pytest.approx(beyond, abs=2e-4)


def test_of_real_x_rays_each_seed_is_kept():
    table = kept("attribution_real.csv")
    assert set(table["seed"]) == set(tool.SEEDS)
    assert set(table["measure"]) == {"mass in the frame", "right", "answer kept"}
    whole = table[(table["method"] == "whole") & (table["measure"] == "answer kept")]
    assert whole["value"].eq(1).all()
