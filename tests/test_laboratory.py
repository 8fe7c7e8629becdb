"""The tools behind chapter 16: they run the chapter's own cells, and go on where they stopped."""

import dataclasses

import laboratory
import laboratory_real
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coronet_lib.datasets.upstream.manifests import COHEN
from coronet_lib.files import data_path


@pytest.mark.parametrize("name", laboratory.EXPERIMENTS)
def test_the_kept_table_is_what_the_plan_says(name):
    plan, _, settings = laboratory.EXPERIMENTS[name]
    kept = pd.read_csv(data_path(f"laboratory_{name}.csv"))
    assert list(kept[settings].itertuples(index=False, name=None)) == plan()


def test_an_interrupted_table_goes_on(tmp_path, monkeypatch):
    asked = []

    def experiment(lab, kind, seed):
        asked.append((kind, seed))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return {"right": seed / 4}

    monkeypatch.setattr(laboratory, "DATA", tmp_path)
    plan = [("a", 0), ("a", 1), ("b", 0)]
    monkeypatch.setitem(laboratory.EXPERIMENTS, "small", (lambda: plan, experiment, ["kind", "seed"]))
    with pytest.raises(KeyboardInterrupt):
        laboratory.fill("small", None)
    laboratory.fill("small", None)
    assert asked == [plan[0], plan[1], *plan[1:]]
    table = pd.read_csv(tmp_path / "laboratory_small.csv")
    assert table.to_dict("list") == {"kind": ["a", "a", "b"], "seed": [0, 1, 0], "right": [0, 0.25, 0]}


def test_an_unknown_experiment_is_named():
    with pytest.raises(SystemExit, match="there is no nothing; there are habit, leak"):
        laboratory.main(["nothing"])


def test_real_x_rays_have_to_be_somewhere(monkeypatch):
    monkeypatch.delenv("CORONET_REAL_DATA", raising=False)
    with pytest.raises(SystemExit, match="CORONET_REAL_DATA names no folder"):
        laboratory_real.main()


@pytest.fixture
def collection(tmp_path):
    """Five X-rays as Cohen's collection lists them, two of which are asked for."""
    images = tmp_path / COHEN / "images"
    images.mkdir(parents=True)
    rows = [
        ("1", 40, "COVID-19", "PA", "X-ray", "a.png", "https://www.eurorad.org/case/1"),
        ("2", 50, "SARS", "AP", "X-ray", "b.png", "https://radiopaedia.org/cases/2"),
        ("3", 9, "SARS", "AP", "X-ray", "c.png", "https://radiopaedia.org/cases/3"),
        ("4", 60, "No Finding", "AP", "X-ray", "d.png", "https://radiopaedia.org/cases/4"),
        ("5", 60, "COVID-19", "L", "X-ray", "e.png", "https://radiopaedia.org/cases/5"),
    ]
    columns = ["patientid", "age", "finding", "view", "modality", "filename", "url"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / COHEN / "metadata.csv", index=False)
    for row in rows:
        Image.fromarray(np.full((32, 32), 100, np.uint8)).save(images / row[5])
    return laboratory_real.adults(tmp_path)


def test_adults_with_a_pneumonia_in_frontal_view_are_taken(collection):
    assert collection.files.tolist() == ["a.png", "b.png"]
    assert collection.labels.tolist() == [0, 1]
    assert collection.patients.tolist() == ["cohen-1", "cohen-2"]
    assert collection.table["site"].tolist() == ["eurorad.org", "radiopaedia.org"]


def test_whoever_has_an_x_ray_at_a_site_is_held_out_with_it(collection):
    same_patient = dataclasses.replace(collection, patients=np.array(["p", "p"]))
    for xrays, wanted in ((collection, [0, 1]), (same_patient, [1, 1])):
        there, apart = laboratory_real.held_out(xrays, "radiopaedia.org")
        assert (there.tolist(), apart.tolist()) == ([False, True], wanted)


class TestChapter:
    """The cells that the tools execute."""

    @pytest.fixture(scope="class")
    def lab(self):
        return laboratory.definitions()

    def test_pairs_differ_in_the_marker_alone(self, lab):
        off, on = lab["pairs"](4, seed=3)
        differs = (off.images != on.images).any(axis=-1)
        assert differs.any(axis=(1, 2)).all()
        assert not differs[:, 12:].any(), "a letter ends above this row"

    def test_a_crop_leaves_nothing_of_a_letter(self, lab):
        off, on = lab["pairs"](30, seed=3)
        assert np.array_equal(lab["cropped"](off.images), lab["cropped"](on.images))

    def test_a_hospital_has_the_habit_that_it_should(self, lab):
        pair = lab["pairs"](10, seed=3)
        images, _, groups = lab["hospital"](pair, 0.8)
        assert np.bincount(groups).tolist() == [2, 8, 8, 2]
        marked = groups % 2 == 1
        assert np.array_equal(images[marked], pair[1].images[marked])
        assert np.array_equal(images[~marked], pair[0].images[~marked])

    def test_balanced_batches_have_each_group(self, lab):
        group = np.array([0] * 40 + [1] * 4 + [2] * 36)
        batches = lab["deal"](group, "balanced batches", np.random.default_rng(0))
        assert all(np.bincount(group[rows]).tolist() == [5, 5, 5] for rows in batches)
        plain = np.concatenate(lab["deal"](group, "none", np.random.default_rng(0)))
        assert len(plain) == len(set(plain.tolist())) == 80

    def test_fewer_are_equally_many(self, lab):
        groups = np.array([0] * 9 + [2] * 3 + [3] * 5)
        rows = lab["thinned"](groups)
        assert np.bincount(groups[rows]).tolist() == [3, 0, 3, 3]

    def test_training_sets_are_of_one_size(self, lab):
        leaking, rest = np.arange(80), np.arange(80, 500)
        for share in (0, 0.5, 1):
            rows = lab["exchanged"](share, leaking, rest, seed=1)
            assert len(set(rows.tolist())) == 250
            assert (rows < 80).sum() == round(80 * share)

    def test_what_leaks_is_of_the_tested_patients(self, lab):
        _, patient, fold, rest, leaks = lab["leaky"](seed=1)
        assert not set(patient[fold]) & set(patient[rest])
        for rows in leaks.values():
            assert (patient[rows] == patient[fold]).all()
            assert not set(rows) & set(fold)

    def test_looks_show_what_they_say(self, lab):
        seen = lab["looks"](np.full((1, 20, 20, 1), 9, np.uint8))
        assert (seen["middle alone"] + seen["middle black"] == seen["all of it"]).all()
        assert seen["frame alone"][0, 10, 10, 0] == 0 < seen["frame alone"][0, 0, 10, 0]
