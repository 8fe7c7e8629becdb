"""Fetching from folders and archives that are given, whole, damaged or hostile; and Kermany's collection."""

import json
import shutil
import stat
import sys
import types

import pytest
from upstream import (  # noqa: F401 - fixtures
    COHEN,
    COHEN_FILES,
    KERMANY_FILES,
    cohen_tree,
    command_line,
    empty_root,
    fetching,
    manifests_of_a_few,
    tree,
    upstream_server,
    zipped,
)

from coronet_lib.datasets.upstream import archive as given
from coronet_lib.datasets.upstream import fetch, manifests, sources
from coronet_lib.files import data_path

# What is given: folders and archives


def test_archive_as_github_makes_it_gives_what_it_has(get, root, server, tmp_path):
    some = {path: COHEN_FILES[path] for path in ("metadata.csv", "images/a", "images/b")}
    archive = tmp_path / "cohen.zip"
    archive.write_bytes(
        zipped({**some, "volumes/scan.nii": bytes(10**6)}, "covid-chestxray-dataset-584034a/")
    )
    assert get("cohen", given=archive) | {"folder": ""} == {
        "collection": "cohen",
        "folder": "",
        "files": 5,
        "there": 0,
        "taken": 3,
        "downloaded": 2,
        "xrays": 4,
    }
    assert sorted(server.asked) == [f"{COHEN}/images/c", f"{COHEN}/images/d"]
    assert tree(root) == cohen_tree()


def test_archive_may_be_given_by_its_address(get, root, server):
    server.files["copy.zip"] = zipped(COHEN_FILES, "covid-chestxray-dataset/")
    server.faults["copy.zip"] = ["truncated", "good"]
    assert get("cohen", given=f"{server.url}/copy.zip")["taken"] == 5
    assert server.asked == ["copy.zip"] * 2
    assert tree(root) == cohen_tree()


def test_folder_with_another_version_of_a_file(get, root, tmp_path):
    mine = tmp_path / "mine/covid-chestxray-dataset"
    for path, data in COHEN_FILES.items():
        (mine / path).parent.mkdir(parents=True, exist_ok=True)
        (mine / path).write_bytes(data)
    (mine / "images/c").write_bytes(b"resized")
    with pytest.raises(fetch.FetchError, match=r"1 of 5 files .*mine/covid.*images/c: its 7 bytes"):
        get("cohen", given=tmp_path / "mine")
    expected = cohen_tree()
    del expected["covid-chestxray-dataset/images/c"]
    assert tree(root) == expected


def link(entry):
    if entry.filename == "images/b":
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def device(entry):
    if entry.filename == "images/b":
        entry.external_attr = (stat.S_IFCHR | 0o666) << 16


def understated(archive):
    """The archive with the size of images/b, which is stored, given as less in the central directory."""
    at = archive.rindex(b"images/b") - 46  # its entry there begins 46 bytes before the name
    assert archive[at : at + 4] == b"PK\1\2"
    return archive[: at + 24] + (100).to_bytes(4, "little") + archive[at + 28 :]


def flipped(archive):
    """The archive with one bit of the content of images/b changed."""
    at = archive.index(b"images/b") + 1000
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


HOSTILE = {
    "out": (zipped({**COHEN_FILES, "../../escaped": b"!"}), "'../../escaped' leads out"),
    "out within": (zipped({**COHEN_FILES, "images/../../escaped": b"!"}), "leads out"),
    "backslashes": (zipped({**COHEN_FILES, "..\\escaped": b"!"}), "leads out"),
    "absolute": (zipped({**COHEN_FILES, "/tmp/escaped": b"!"}), "'/tmp/escaped' leads out"),
    "drive": (zipped({**COHEN_FILES, "C:escaped": b"!"}), "'C:escaped' leads out"),
    "link": (zipped({**COHEN_FILES, "images/b": b"/etc/passwd"}, change=link), "'images/b' is a link"),
    "device": (zipped({**COHEN_FILES, "images/b": b""}, change=device), "'images/b' is a link or a device"),
    "deep": (zipped({**COHEN_FILES, 30_000 * "d/" + "x": b""}), "'d/d/d/.* lies 30,000 folders deep"),
    "ratio": (zipped({**COHEN_FILES, "images/b": bytes(10**6)}), "'images/b' would grow [0-9,]+-fold"),
    "no archive": (b"<html>Please log in</html>", "no whole zip archive"),
    "cut short": (zipped(COHEN_FILES)[:-100], "no whole zip archive"),
    "no collection": (zipped({"readme": b"hello"}), "does not hold COVID-19 Image Data.*github.com/ieee8023"),
}


@pytest.mark.parametrize("by_address", [True, False])
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archive_is_refused_whole(get, root, server, tmp_path, kind, by_address):
    archive, says = HOSTILE[kind]
    place = tmp_path / "copy.zip"
    if by_address:
        server.files["copy.zip"] = archive
        place = f"{server.url}/copy.zip"
    else:
        place.write_bytes(archive)
    with pytest.raises(ValueError, match=says):
        get("cohen", given=place)
    assert tree(root) == {}
    assert not [path for path in tmp_path.rglob("*escaped*")]
    assert set(server.asked) <= {"copy.zip"}


@pytest.mark.parametrize("limit", ["LARGEST_FILE", "LARGEST_COLLECTION"])
def test_archive_that_unpacks_to_too_much_is_refused(get, root, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(given, limit, 4999)
    (tmp_path / "copy.zip").write_bytes(zipped(COHEN_FILES))
    with pytest.raises(
        given.GivenError, match=r"copy.zip is not to be trusted: its entry 'images/a' .*bytes"
    ):
        get("cohen", given=tmp_path / "copy.zip")
    assert tree(root) == {}


@pytest.mark.parametrize("spoil", [understated, flipped])
def test_damaged_entry_is_named_and_the_others_are_taken(get, root, server, tmp_path, spoil):
    (tmp_path / "copy.zip").write_bytes(spoil(zipped(COHEN_FILES)))
    with pytest.raises(fetch.FetchError, match=r"1 of 5 files .*copy.zip/images/b: "):
        get("cohen", given=tmp_path / "copy.zip")
    expected = cohen_tree()
    del expected["covid-chestxray-dataset/images/b"]
    assert tree(root) == expected
    get("cohen")
    assert server.asked == [f"{COHEN}/images/b"]


def test_nothing_at_the_given_place(get, tmp_path):
    with pytest.raises(given.GivenError, match=r"there is no .*nowhere; a folder or a zip archive is wanted"):
        get("cohen", given=tmp_path / "nowhere")


# Kermany


@pytest.fixture
def kermany_folder(tmp_path):
    """As Kaggle hands it out: the collection, a second copy in it, and what a Mac left behind."""
    folder = tmp_path / "kaggle/versions/2/chest_xray"
    for path, data in KERMANY_FILES.items():
        for copy in (folder / path, folder / "chest_xray" / path):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
    (folder / "train/NORMAL/.DS_Store").write_bytes(b"mac")
    (folder / "__MACOSX").mkdir()
    return folder


def kermany_tree():
    return {f"chest_xray/{path}": data for path, data in KERMANY_FILES.items()}


def test_kermany_from_a_folder_and_then_from_nothing(get, root, kermany_folder):
    summary = get("kermany", given=kermany_folder.parent)
    assert (summary["files"], summary["taken"], summary["xrays"]) == (15, 15, 15)
    assert tree(root) == kermany_tree()
    assert get("kermany")["there"] == 15


def test_kermany_from_kaggles_archive(get, root, kermany_folder, tmp_path):
    archive = shutil.make_archive(tmp_path / "archive", "zip", kermany_folder.parent)
    get("kermany", given=archive)
    assert tree(root) == kermany_tree()


def test_kermany_through_kagglehub_goes_on_where_it_stopped(get, root, kermany_folder, monkeypatch):
    asked = []
    hub = types.SimpleNamespace(
        dataset_download=lambda handle: asked.append(handle) or str(kermany_folder.parent)
    )
    monkeypatch.setitem(sys.modules, "kagglehub", hub)
    get("kermany")
    assert asked == ["paultimothymooney/chest-xray-pneumonia"]
    assert tree(root) == kermany_tree()
    (root / "chest_xray/val/NORMAL/IM-0115-0001.jpeg").unlink()
    assert get("kermany")["taken"] == 1
    assert tree(root) == kermany_tree()


def test_kaggle_that_refuses_leaves_the_way_by_hand(get, root, monkeypatch):
    def refuse(handle):
        raise RuntimeError("403 Client Error")

    monkeypatch.setitem(sys.modules, "kagglehub", types.SimpleNamespace(dataset_download=refuse))
    with pytest.raises(fetch.FetchError, match=r"403 Client Error.*--from archive.zip"):
        get("kermany")
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(fetch.FetchError, match=r"pip install kagglehub.*--from archive.zip"):
        get("kermany")
    assert tree(root) == {}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "train/NORMAL/IM-0115-0001",
            None,
            "train/ has 1 images of normal, upstream 2; train/NORMAL/IM-0115",
        ),
        (
            "train/NORMAL/IM-0115-0001",
            "train/NORMAL/IM-0999-0001",
            "train/NORMAL/IM-0115-0001.jpeg is missing",
        ),
        (
            "val/PNEUMONIA/person7_virus_12",
            "val/PNEUMONIA/person7_bacteria_12",
            "val/ has 2 .*_bacterial, upstr",
        ),
    ],
)
def test_kermany_that_is_not_whole_is_refused(get, root, kermany_folder, old, new, says):
    file = kermany_folder / f"{old}.jpeg"
    if new:
        file.rename(kermany_folder / f"{new}.jpeg")
    else:
        file.unlink()
    with pytest.raises(
        fetch.FetchError, match=rf"chest_xray is not the whole collection: {says}.*kaggle\.com"
    ):
        get("kermany", given=kermany_folder)
    assert tree(root) == {}


def test_command_prints_json_alone(coronet, lists, root, kermany_folder):
    code, out, err = coronet("data", "fetch", "kermany", "--root", root, "--from", kermany_folder, "--json")
    assert code == 0
    assert json.loads(out)["xrays"] == 15
    assert "CC BY 4.0" in err


@pytest.mark.slow
def test_real_kermany_reads_the_same_after_the_journey(real_data, get, root, lists):
    labels = [
        (path.parts[-3], manifests.kermany_label("/".join(path.parts[-3:])))
        for path in (real_data / sources.KERMANY).rglob("*.jpeg")
    ]
    known = json.loads(data_path("manifests", "kermany.json").read_text())
    known["counts"] = {
        part: {label: labels.count((part, label)) for label in known["counts"][part]}
        for part in ("train", "test")
    }
    (lists / "kermany.json").write_text(json.dumps(known))
    assert get("kermany", given=real_data)["taken"] == len(labels)
    before, after = sources.kermany(real_data), sources.kermany(root)
    assert after[0].equals(before[0])
    assert len(before[0]) == len(labels)
