"""From upstream folders to a prepared data set and back: on small made folders, and on the real ones."""

import csv
import io
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import coronet
from PIL import Image

from coronet_lib import paper
from coronet_lib.classes import CLASSES
from coronet_lib.datasets import XrayCollection, phantom, store
from coronet_lib.datasets.folds import folds, leaked_patients
from coronet_lib.datasets.images import read_xray
from coronet_lib.datasets.upstream import manifests, prepare, sources

FEW = {"covid19": 4, "normal": 3, "pneumonia_bacterial": 2, "pneumonia_viral": 2}
METADATA = ["patientid", "offset", "sex", "age", "finding", "view", "modality", "filename", "license", ""]
COHEN_ROWS = [
    # patientid, age, finding, view, modality, filename, licence
    ("2", "65", "COVID-19", "PA", "X-ray", "a.jpeg", "CC BY 4.0"),
    ("2", "65", "COVID-19", "AP Supine", "X-ray", "b.png", ""),
    ("P7", "", "COVID-19, ARDS", " AP ", "X-ray", "c.JPG", "CC BY-NC-SA"),
    ("", "40", "COVID-19", "AP semi erect", "X-ray", "d e.jpg", ""),
    ("9", "", "Pneumonia/Viral/COVID-19", "AP erect", "X-ray", "IM-0115-0001.jpeg", ""),
    ("9", "", "COVID-19", "PA", "X-ray", "a.jpeg", ""),  # the name of the first row again
    ("9", "", "COVID-19", "PA", "X-ray", "../../../secret.png", ""),
    ("9", "", "COVID-19", "PA", "X-ray", "absent.png", ""),
    ("10", "50", "COVID-19", "L", "X-ray", "lateral.png", ""),
    ("11", "50", "COVID-19", "Axial", "CT", "slice.png", ""),
    ("12", "50", "SARS", "PA", "X-ray", "sars.png", ""),
]
KERMANY_FILES = {
    "train/NORMAL": ["IM-0115-0001.jpeg", "IM-0115-0002.jpeg", "NORMAL2-IM-0115-0001-0002.jpeg", ".DS_Store"],
    "train/PNEUMONIA": ["person7_bacteria_24.jpeg", "person7_virus_12.jpeg", "readme.txt"],
    "test/NORMAL": ["IM-0009-0001.jpeg"],
    "test/PNEUMONIA": ["person8_virus_13_1.jpeg", "person8_bacteria_25.jpeg", "person7_bacteria_24.jpeg"],
}


def draw_file(path, rng):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
        Image.fromarray(rng.integers(0, 256, (20, 24), np.uint8)).save(path)
    else:
        path.write_text("no image")


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """Both collections as upstream lays them out, with the oddities that upstream has."""
    rng = np.random.default_rng(0)
    root = tmp_path / "upstream"
    for row in COHEN_ROWS:
        name = row[5]
        if name != "absent.png" and ".." not in name:
            draw_file(root / sources.COHEN / "images" / name, rng)
    draw_file(tmp_path / "secret.png", rng)
    with open(root / sources.COHEN / "metadata.csv", "w", newline="") as file:
        write = csv.DictWriter(file, METADATA)
        write.writeheader()
        for row in COHEN_ROWS:
            names = ("patientid", "age", "finding", "view", "modality", "filename", "license")
            write.writerow(dict(zip(names, row, strict=True)))
    table = (root / sources.COHEN / "metadata.csv").read_bytes()
    blob = manifests.blob_sha1(io.BytesIO(table), len(table))
    listed = manifests.Original(f"{sources.COHEN}/metadata.csv", blob=blob)
    monkeypatch.setattr(manifests, "cohen_table", lambda: listed)
    for folder, names in KERMANY_FILES.items():
        for name in names:
            draw_file(root / sources.KERMANY / folder / name, rng)
    return root


def make(source, out, **options):
    options = {"size": 8, "counts": FEW, "progress": False} | options
    return prepare.dataset1(source, out, **options)


@pytest.fixture
def prepared(upstream, tmp_path):
    with pytest.warns(UserWarning, match="have no file"):
        make(upstream, tmp_path / "out")
    return tmp_path / "out"


# --- what is taken, and what is left out -------------------------------------------------------------


def test_cohen_takes_frontal_covid_xrays_with_a_file(upstream):
    with pytest.warns(
        UserWarning, match=r"2 of 8 fitting rows .* the first is '../../../secret.png'"
    ) as seen:
        rows, left_out = sources.cohen(upstream)
    assert sum("fitting rows" in str(one.message) for one in seen) == 1
    assert list(rows.columns) == sources.COLUMNS
    assert [Path(u).name for u in rows["upstream"]] == [
        "IM-0115-0001.jpeg",
        "a.jpeg",
        "b.png",
        "c.JPG",
        "d e.jpg",
    ]
    assert rows["patient"].tolist() == ["cohen-9", "cohen-2", "cohen-2", "cohen-P7", "cohen-of-d e.jpg"]
    assert rows["view"].tolist() == ["AP erect", "PA", "AP Supine", "AP", "AP semi erect"]
    assert rows["licence"].tolist() == ["not stated", "CC BY 4.0", "not stated", "CC BY-NC-SA", "not stated"]
    assert list(left_out.values()) == [1, 1, 1, 1, 2]


def test_a_table_of_cohen_that_somebody_changed_is_told_from_upstreams(upstream):
    path = upstream / sources.COHEN / "metadata.csv"
    path.write_text(path.read_text().replace("2,,,65", "3,,,65", 1))
    with pytest.warns(UserWarning, match=r"metadata\.csv is not the table .*`coronet data fetch cohen"):
        rows, _ = sources.cohen(upstream)
    assert "cohen-3" in set(rows["patient"])


def test_kermany_reads_label_and_patient_from_the_name(upstream):
    rows, left_out = sources.kermany(upstream)
    found = {Path(u).name: (label, patient) for u, label, patient in rows[sources.COLUMNS[:3]].to_numpy()}
    assert found == {
        "IM-0009-0001.jpeg": ("normal", "kermany-IM-0009"),
        "IM-0115-0001.jpeg": ("normal", "kermany-IM-0115"),
        "IM-0115-0002.jpeg": ("normal", "kermany-IM-0115"),
        "NORMAL2-IM-0115-0001-0002.jpeg": ("normal", "kermany-NORMAL2-IM-0115"),
        "person7_bacteria_24.jpeg": ("pneumonia_bacterial", "kermany-person7"),
        "person7_virus_12.jpeg": ("pneumonia_viral", "kermany-person7"),
        "person8_bacteria_25.jpeg": ("pneumonia_bacterial", "kermany-person8"),
        "person8_virus_13_1.jpeg": ("pneumonia_viral", "kermany-person8"),
    }
    assert left_out == {"files in chest_xray with another name": 1}


def test_kermany_val_is_taken_if_it_is_there(upstream):
    for kind, name in (
        ("NORMAL", "NORMAL2-IM-1427-0001.jpeg"),
        ("PNEUMONIA", "person1946_bacteria_4874.jpeg"),
    ):
        draw_file(upstream / sources.KERMANY / "val" / kind / name, np.random.default_rng(1))
    rows, _ = sources.kermany(upstream)
    assert rows["upstream"].str.contains("/val/").sum() == 2


def test_manifest_card_and_files(prepared):
    xrays = store.load(prepared)
    assert xrays.counts() == FEW
    assert xrays.images.shape == (11, 8, 8, 1)
    assert set(sources.COLUMNS) | {"file", "sha256"} == set(xrays.table.columns)
    card = json.loads((prepared / "card.json").read_text())
    assert card["fingerprint"] == xrays.fingerprint()
    assert card["candidates"] == {"covid19": 5, "normal": 4, "pneumonia_bacterial": 3, "pneumonia_viral": 2}
    assert card["left_out"]["rows without a file"] == 2
    assert (card["seed"], card["resample"]) == (2020, "area")
    for file, label in zip(xrays.files, xrays.table["label"], strict=True):
        assert Image.open(prepared / "images" / label / file).mode == "L"
    assert not list(prepared.parent.glob(".out*"))


def test_pixels_are_those_of_the_upstream_file(upstream, prepared):
    xrays = store.load(prepared)
    for image, path in zip(xrays.images, xrays.table["upstream"], strict=True):
        np.testing.assert_array_equal(image[..., 0], read_xray(upstream / path, 8))


@pytest.mark.filterwarnings("ignore:.*have no file")
def test_equal_names_become_unique_names(upstream, tmp_path):
    draw_file(upstream / sources.KERMANY / "test/NORMAL/im-0009-0001.jpeg", np.random.default_rng(1))
    make(upstream, tmp_path / "all", counts=None)
    files = store.load(tmp_path / "all").files.tolist()
    assert "cohen-IM-0115-0001.png" in files
    assert "kermany-IM-0115-0001.png" in files
    assert {"kermany-person7_bacteria_24.png", "kermany-person7_bacteria_24--2.png"} <= set(files)
    assert "cohen-d-e.png" in files
    assert len({file.casefold() for file in files}) == len(files)


# --- drawing -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*have no file")
def test_the_draw_follows_from_the_seed(upstream, tmp_path):
    cards = [make(upstream, tmp_path / str(i), seed=seed) for i, seed in enumerate((1, 1, 2))]
    assert cards[0] == cards[1]
    assert cards[0]["fingerprint"] != cards[2]["fingerprint"]


@pytest.mark.filterwarnings("ignore:.*have no file")
def test_another_count_of_one_class_leaves_the_others(upstream, tmp_path):
    make(upstream, tmp_path / "few")
    make(upstream, tmp_path / "less", counts=FEW | {"covid19": 2})
    few, less = (store.load(tmp_path / name) for name in ("few", "less"))
    assert set(less.files[less.labels > 0]) == set(few.files[few.labels > 0])


@pytest.mark.filterwarnings("ignore:.*have no file")
@pytest.mark.parametrize(
    ("classes", "counts"),
    [(3, {"covid19": 4, "normal": 3, "pneumonia": 4}), (2, {"covid19": 4, "normal": 3})],
)
def test_three_and_two_classes_are_the_same_draw(upstream, prepared, tmp_path, classes, counts):
    make(upstream, tmp_path / "fewer", classes=classes)
    fewer, four = store.load(tmp_path / "fewer"), store.load(prepared)
    assert fewer.counts() == counts
    assert set(fewer.files) <= set(four.files)


@pytest.mark.filterwarnings("ignore:.*have no file")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": 5}, "not 5 classes"),
        (
            {"counts": FEW | {"covid19": 6}},
            "6 images of covid19 are wanted, 5 are in covid-chestxray-dataset/",
        ),
        ({"counts": {"flu": 1}}, "got 'flu'"),
        ({"size": 0}, "size wants"),
    ],
)
def test_wrong_options_leave_nothing_behind(upstream, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        make(upstream, tmp_path / "out", **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.png", "upstream"]


# --- upstream folders with something missing ---------------------------------------------------------


def break_upstream(root, how):
    cohen, kermany = root / sources.COHEN, root / sources.KERMANY
    match how:
        case "no root":
            shutil.rmtree(root)
        case "no cohen":
            shutil.rmtree(cohen)
        case "no metadata":
            (cohen / "metadata.csv").unlink()
        case "other columns":
            (cohen / "metadata.csv").write_text("patientid,finding\n1,COVID-19\n")
        case "no covid files":
            shutil.rmtree(cohen / "images")
            (cohen / "images").mkdir()
        case "no test part":
            shutil.rmtree(kermany / "test")
        case "empty class":
            shutil.rmtree(kermany / "train/NORMAL")
            (kermany / "train/NORMAL").mkdir()
        case "truncated image":
            path = kermany / "train/PNEUMONIA/person7_virus_12.jpeg"
            path.write_bytes(path.read_bytes()[:300])


@pytest.mark.filterwarnings("ignore:.*have no file")
@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("no root", FileNotFoundError, r"looked for .*images; there is no folder .*upstream"),
        ("no cohen", FileNotFoundError, r"covid-chestxray-dataset is missing, .* holds \['chest_xray'\]"),
        ("no metadata", FileNotFoundError, r"metadata\.csv is missing in .*covid-chestxray-dataset"),
        (
            "other columns",
            ValueError,
            r"lacks the columns \['age', 'view', .*it has \['patientid', 'finding'\]",
        ),
        (
            "no covid files",
            ValueError,
            r"no frontal COVID-19 X-ray in .*11 rows in metadata\.csv, 8 of them fit",
        ),
        ("no test part", FileNotFoundError, r"chest_xray/test is missing, .*chest_xray holds \['train'\]"),
        ("empty class", ValueError, r"no X-ray with a name as upstream in .*train/NORMAL: 0 other files"),
        ("truncated image", ValueError, r"person7_virus_12\.jpeg: cannot be read.*[Tt]runcated"),
    ],
)
def test_one_error_says_what_is_missing_and_where(upstream, tmp_path, how, error, message):
    break_upstream(upstream, how)
    with pytest.raises(error, match=message):
        make(upstream, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


# --- the folder that is written ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*have no file")
def test_a_prepared_folder_is_replaced_only_when_told_to(upstream, prepared):
    (first,) = store.load(prepared).take([0]).files
    with pytest.raises(FileExistsError, match="out exists and holds 3 entries"):
        make(upstream, prepared)
    make(upstream, prepared, counts=FEW | {"covid19": 1, "pneumonia_viral": 1}, overwrite=True)
    assert len(store.load(prepared)) == 7
    assert (prepared / "images/covid19" / first).exists() == (first in store.load(prepared).files)


@pytest.mark.filterwarnings("ignore:.*have no file")
def test_a_folder_with_other_files_is_never_replaced(upstream, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter1.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"is not overwritten: it holds 'chapter1\.txt'"):
        make(upstream, tmp_path / "thesis", overwrite=True)
    with pytest.raises(FileExistsError, match="is a file"):
        make(upstream, tmp_path / "secret.png", overwrite=True)


@pytest.mark.filterwarnings("ignore:.*have no file")
@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_run_leaves_the_old_folder_as_it_was(upstream, prepared, monkeypatch, error):
    before = {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(store, "_write_png", fail)
    with pytest.raises(type(error)):
        make(upstream, prepared, seed=1, overwrite=True)
    assert {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()} == before
    assert not list(prepared.parent.glob(".out*"))


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    code = (
        "import os, signal, sys; from coronet_lib.datasets import phantom, store; "
        "store._write_png = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "store.export(phantom.generate(1, size=40), sys.argv[1], progress=False)"
    )
    killed = subprocess.run([sys.executable, "-c", code, tmp_path / "out"])
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob(".out.new-*")
    others = [".out.mine", left.name.replace("out", "outer")]
    for name in others:
        (tmp_path / name).mkdir()
    store.export(phantom.generate(1, size=40), tmp_path / "out", progress=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["out", *others])


@pytest.mark.parametrize("name", ["a/b.png", "../b.png", ".hidden.png", "a.jpg", "a\\b.png"])
def test_export_refuses_names_that_are_no_plain_png(tmp_path, name):
    one = np.zeros((1, 2, 2, 1), np.uint8)
    xrays = XrayCollection(one, np.array([0]), np.array(["p"]), np.array([name]), CLASSES[2])
    with pytest.raises(ValueError, match="cannot be"):
        store.export(xrays, tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()


# --- there and back ----------------------------------------------------------------------------------


def test_phantoms_survive_export_and_load(tmp_path):
    shortcut = phantom.Confounders(marker={"covid19": 0.5})
    xrays = phantom.generate(3, size=40, seed=1, confounders=shortcut)
    card = store.export(xrays, tmp_path / "out", facts={"seed": 1}, progress=False)
    back = store.load(tmp_path / "out")
    assert back.fingerprint() == xrays.fingerprint() == card["fingerprint"]
    assert back.classes == xrays.classes
    assert card["seed"] == 1
    np.testing.assert_array_equal(back.masks, xrays.masks)
    for column in xrays.table:
        assert back.table[column].tolist() == xrays.table[column].tolist()
    assert back.with_classes(3).fingerprint() == xrays.with_classes(3).fingerprint()


def test_colour_survives_export_and_load(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), np.uint8)
    files = np.array([f"{i}.png" for i in range(4)])
    xrays = XrayCollection(images, np.array([0, 1, 0, 1]), np.array(list("0129")), files, CLASSES[2])
    store.export(xrays, tmp_path / "out", progress=False)
    back = store.load(tmp_path / "out")
    np.testing.assert_array_equal(back.images, images)
    assert back.patients.tolist() == ["0", "1", "2", "9"]
    assert back.masks is None


# --- a prepared folder with something wrong ----------------------------------------------------------


def break_prepared(folder, how):
    manifest, card = folder / "manifest.csv", folder / "card.json"
    image = next((folder / "images/normal").iterdir())
    match how:
        case "plain folder":
            manifest.unlink()
        case "no folder":
            shutil.rmtree(folder)
        case "no card":
            card.unlink()
        case "card is no json":
            card.write_text("{")
        case "card is a list":
            card.write_text("[]")
        case "card is nested":
            card.write_text(100_000 * '{"shape":')
        case "older card":
            card.write_text(json.dumps({"shape": [8, 8, 1], "classes": ["covid19", "normal"]}))
        case "other classes":
            change_card(card, classes=["normal", "covid19"])
        case "no such class":
            change_card(card, classes=["covid19", "../../etc"])
        case "other shape":
            change_card(card, shape=[8, "8", 1])
        case "other seed":
            change_card(card, seed=1)
        case "empty manifest":
            manifest.write_text("")
        case "other label":
            manifest.write_text(manifest.read_text().replace(",normal,", ",covid19,", 1))
        case "other patient":
            manifest.write_text(manifest.read_text().replace(",cohen-2,", ",cohen-3,", 1))
        case "row left out":
            manifest.write_text("\n".join(manifest.read_text().splitlines()[:-1]) + "\n")
        case "missing image":
            image.unlink()
        case "other size":
            Image.new("L", (9, 8)).save(image)
        case "no image":
            image.write_text("not a PNG")
        case "other pixels":
            Image.new("L", (8, 8)).save(image)


def change_card(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


EDITED = r"manifest\.csv is not the table that card\.json was written for: .* with `coronet data relabel`"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("plain folder", r"no manifest\.csv, so it is not a prepared folder .*`coronet data prepare"),
        ("no folder", "there is no folder"),
        ("no card", r"no card\.json, so it is not a prepared folder"),
        (
            "card is no json",
            r"card\.json is not valid JSON .*restore it from a copy, or prepare the folder anew",
        ),
        ("card is a list", r"card\.json is not the card of a prepared folder: it has no 'shape'"),
        ("card is nested", r"card\.json is not valid JSON"),
        (
            "older card",
            r"card\.json is a card of version 1, .* version 2; prepare the folder anew, with `coronet",
        ),
        ("other classes", r"'classes' should be those of one problem"),
        ("no such class", r"'classes.1' should be 'covid19', .* found '../../etc'"),
        ("other shape", r"card\.json: 'shape.1' should be a valid integer, found '8'"),
        ("other seed", r"card\.json was changed after it was written"),
        ("empty manifest", EDITED),
        ("other label", EDITED),
        ("other patient", EDITED),
        ("row left out", EDITED),
        ("missing image", r"1 of the 11 images that manifest\.csv lists are missing .* normal/kermany"),
        ("other size", r"normal/kermany.*\.png has the shape \(8, 9, 1\), but card\.json says \(8, 8, 1\)"),
        ("no image", r"kermany.*\.png: cannot be read as an X-ray"),
        ("other pixels", r"the pixels of kermany.*\.png are not those that manifest\.csv was written for"),
    ],
)
def test_load_says_what_is_wrong(prepared, how, message):
    break_prepared(prepared, how)
    with pytest.raises((FileNotFoundError, ValueError), match=message) as refused:
        store.load(prepared)
    assert str(prepared) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_fact_that_no_card_can_say_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="cannot be written: 'weather' is nothing that such a card has"):
        store.export(
            phantom.generate(1, size=40), tmp_path / "out", facts={"weather": "fine"}, progress=False
        )
    assert not list(tmp_path.iterdir())


# --- a change on purpose -----------------------------------------------------------------------------


def test_a_label_and_a_patient_are_changed_in_table_card_and_folder(prepared, tmp_path):
    before = store.load(prepared)
    one, two = before.files[before.labels == 1][:2]
    (tmp_path / "changes.csv").write_text(f"file,label,patient\n{one},covid19,\n{two},,somebody\n")
    card = json.loads(coronet("data", "relabel", prepared, tmp_path / "changes.csv", "--json").stdout)
    after = store.load(prepared)
    rows = before.files == one, before.files == two
    assert [after.classes[after.labels[row][0]] for row in rows] == ["covid19", "normal"]
    assert after.patients[rows[1]] == ["somebody"]
    untouched = ~(rows[0] | rows[1])
    for part in ("labels", "patients", "files"):
        np.testing.assert_array_equal(getattr(after, part)[untouched], getattr(before, part)[untouched])
    np.testing.assert_array_equal(after.images, before.images)
    assert after.table.drop(columns=["label", "patient"]).equals(
        before.table.drop(columns=["label", "patient"])
    )
    (record,) = card["relabelled"]
    assert record["fingerprint"] == before.fingerprint() != card["fingerprint"] == after.fingerprint()
    was = before.table.set_index("file")["patient"]
    assert record["changes"] == {
        one: {"label": ["normal", "covid19"]},
        two: {"patient": [was[two], "somebody"]},
    }
    (tmp_path / "changes.csv").write_text(f"file,label\n{one},normal\n")
    done = coronet("data", "relabel", prepared, tmp_path / "changes.csv")
    assert "Changed 1 of them" in done.stdout
    assert len(store.read_card(prepared)["relabelled"]) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"changes\.csv cannot be read as a table"),
        ("file\n", "changes want the columns file, label and patient, got file"),
        ("file,labels\na.png,normal\n", "got file, labels"),
        ("file,label\n../a.png,normal\n", r"out has no file '\.\./a\.png'"),
        ("file,label\nFIRST,flu\n", "out has no label 'flu'"),
        ("file,label\nFIRST,normal\nFIRST,covid19\n", "stands twice among the changes"),
        ("file,label,patient\nFIRST,,\n", "the changes change nothing"),
    ],
)
def test_changes_that_cannot_be_made_leave_the_folder_as_it_was(prepared, tmp_path, text, message):
    before = {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}
    (tmp_path / "changes.csv").write_text(text.replace("FIRST", store.load(prepared).files[0]))
    done = coronet("data", "relabel", prepared, tmp_path / "changes.csv")
    assert done.returncode == 1
    assert re.search(message, done.stderr)
    assert {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()} == before


def test_load_warns_of_images_that_nobody_listed(prepared):
    Image.new("L", (8, 8)).save(prepared / "images/normal/mine.png")
    (prepared / "images/normal/.DS_Store").write_text("")
    with pytest.warns(UserWarning, match=r"1 images in .* the first is normal/mine\.png") as seen:
        xrays = store.load(prepared)
    assert len(seen) == 1
    assert "mine.png" not in xrays.files


# --- the real X-rays ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_dataset1(real_data, tmp_path_factory):
    out = tmp_path_factory.mktemp("real") / "dataset1"
    with pytest.warns(UserWarning, match="have no file"):
        card = prepare.dataset1(real_data, out, progress=False)
    return card, store.load(out)


def test_real_dataset1_is_table_1(real_dataset1):
    card, xrays = real_dataset1
    assert xrays.counts() == dict(paper.TABLE_I)
    assert xrays.images.shape == (1251, 150, 150, 1)
    assert card["left_out"]["rows without a file"] > 0
    assert set(xrays.table["view"]) <= set(sources.FRONTAL)
    assert set(xrays.table["source"]) == {"cohen", "kermany"}
    assert (xrays.table["licence"] != "").all()


def test_real_dataset1_is_drawn_alike_twice(real_data, real_dataset1, tmp_path):
    card, _ = real_dataset1
    with pytest.warns(UserWarning, match="have no file"):
        assert prepare.dataset1(real_data, tmp_path / "again", progress=False) == card


def test_real_folds_by_patient_share_nobody_and_by_image_do(real_dataset1):
    _, xrays = real_dataset1
    by_patient, by_image = (folds(xrays, by=by) for by in ("patient", "image"))
    assert leaked_patients(by_patient, xrays.patients).patients.size == 0
    assert leaked_patients(by_image, xrays.patients).patients.size > 100
    for label in range(4):
        assert np.ptp(np.bincount(by_patient[xrays.labels == label])[1:]) <= 8
