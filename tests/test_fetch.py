"""Fetching the collections from a server on this machine that does all that servers and archives do wrong."""

import hashlib
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import types
import warnings
import zipfile
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from conftest import QuietHandler

from coronet_lib import cli
from coronet_lib.committed import data_path
from coronet_lib.datasets import fetch, given, manifests, sources

COHEN, OZTURK = (manifests.COLLECTIONS[name].repository for name in ("cohen", "ozturk"))
HEADER = "patientid,offset,sex,age,finding,view,modality,filename,license\n"
TABLE = HEADER + "".join(f"{n},0,F,50,COVID-19,PA,X-ray,{name},CC BY\n" for n, name in enumerate("abcd"))
PICTURES = {f"images/{name}": np.random.default_rng(n).bytes(5000) for n, name in enumerate("abcd")}
COHEN_FILES = {"metadata.csv": TABLE.encode(), **PICTURES}
OZTURK_FILES = {
    "X-Ray Image DataSet/Covid-19/a": b"as of Cohen",
    "X-Ray Image DataSet/No_findings/00000061_012.png": b"healthy",
    "X-Ray Image DataSet/Pneumonia/00000062_000.png": b"ill, 100 %",
}
KERMANY_FILES = {
    f"{part}/{folder}/{name}.jpeg": f"{part} {name}".encode()
    for part in ("train", "test", "val")
    for folder, names in {
        "NORMAL": ("IM-0115-0001", "NORMAL2-IM-0117-0001-0002"),
        "PNEUMONIA": ("person7_bacteria_24", "person7_virus_12", "person8_virus_13_1"),
    }.items()
    for name in names
}


def blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def listing(files):
    return "path,git_blob_sha1\n" + "".join(f"{path},{blob(data)}\n" for path, data in files.items())


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def cohen_tree():
    return {f"covid-chestxray-dataset/{path}": data for path, data in COHEN_FILES.items()}


@pytest.fixture
def lists(tmp_path, monkeypatch):
    """Manifests of collections small enough to type."""
    folder = tmp_path / "data/manifests"
    folder.mkdir(parents=True)
    (folder / "cohen.csv").write_text(listing(COHEN_FILES))
    (folder / "ozturk.csv").write_text(listing(OZTURK_FILES))
    counts = {"normal": 2, "pneumonia_bacterial": 1, "pneumonia_viral": 2}
    known = {"counts": dict.fromkeys(("train", "test", "val"), counts)}
    known["known_names"] = {"train/NORMAL": ["IM-0115-0001"], "test/PNEUMONIA": ["person7_virus_12"]}
    (folder / "kermany.json").write_text(json.dumps(known))
    monkeypatch.setattr(manifests, "data_path", (tmp_path / "data").joinpath)
    monkeypatch.setattr(fetch, "_PAUSE", 0.01)
    return folder


@pytest.fixture
def server():
    """A server with ``files``, ``faults`` (a path's answers, in order; the last one stays) and ``asked``."""

    class Handler(QuietHandler):
        def do_GET(self):
            path = unquote(self.path).lstrip("/")
            httpd = self.server
            with httpd.lock:
                httpd.asked.append(path)
                faults = httpd.faults.get(path, ["good"])
                fault = faults.pop(0) if len(faults) > 1 else faults[0]
            data = httpd.files.get(path)
            if data is None or fault == "missing":
                return self.send_error(404)
            if fault in ("broken", "forbidden"):
                return self.send_error({"broken": 503, "forbidden": 403}[fault])
            if fault == "busy":
                self.send_response(429)
                self.send_header("Retry-After", "7")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if fault == "corrupted":
                data = data[:-1] + bytes([data[-1] ^ 1])
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if fault in ("good", "corrupted") else data[: len(data) // 2])
            if fault == "slow":
                self.wfile.flush()
                httpd.released.wait(30)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.files = {f"{COHEN}/{path}": data for path, data in COHEN_FILES.items()}
        httpd.files |= {f"{OZTURK}/{path}": data for path, data in OZTURK_FILES.items()}
        httpd.faults, httpd.asked = {}, []
        httpd.lock, httpd.released = threading.Lock(), threading.Event()
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.released.set()
        httpd.shutdown()


@pytest.fixture
def get(server, lists, tmp_path):
    """``fetch`` from that server into ``tmp_path / "root"``."""

    def call(name, **options):
        patience = {"timeout": 1.0, "attempts": 3, "progress": False}
        return fetch.fetch(name, tmp_path / "root", mirror=server.url, **(patience | options))

    return call


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


def zipped(files, folder="", change=None):
    """An archive of the files; ``change`` gets each ZipInfo before it is written."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(folder + path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(entry)
            archive.writestr(entry, data)
    return packed.getvalue()


# What arrives


def test_cohen_arrives_in_the_layout_that_prepare_reads(get, root, server):
    assert get("cohen") == {
        "collection": "cohen",
        "folder": str(root / "covid-chestxray-dataset"),
        "files": 5,
        "there": 0,
        "taken": 0,
        "downloaded": 5,
        "xrays": 4,
    }
    assert tree(root) == cohen_tree()
    assert sorted(server.asked) == sorted(f"{COHEN}/{path}" for path in COHEN_FILES)
    assert sources.cohen(root)[0]["upstream"].tolist() == [
        f"covid-chestxray-dataset/images/{n}" for n in "abcd"
    ]


def test_ozturk_brings_the_table_that_says_whose_its_images_are(get, root):
    assert get("ozturk")["downloaded"] == 4
    assert tree(root) == {
        "covid-chestxray-dataset/metadata.csv": TABLE.encode(),
        **{f"COVID-19/{path}": data for path, data in OZTURK_FILES.items()},
    }
    assert sources.ozturk(root)[0]["patient"].tolist() == ["cohen-0", "nih-00000061", "nih-00000062"]


def test_second_call_asks_only_for_what_is_missing(get, root, server):
    get("cohen")
    server.asked.clear()
    assert get("cohen")["there"] == 5
    assert server.asked == []
    (root / "covid-chestxray-dataset/images/b").unlink()
    assert get("cohen")["downloaded"] == 1
    assert server.asked == [f"{COHEN}/images/b"]
    assert tree(root) == cohen_tree()


# What goes wrong on the way


@pytest.mark.parametrize("fault", ["truncated", "corrupted", "slow", "broken"])
def test_fault_that_passes_is_outlasted(get, root, server, fault):
    server.faults[f"{COHEN}/images/b"] = [fault, fault, "good"]
    get("cohen")
    assert tree(root) == cohen_tree()
    assert server.asked.count(f"{COHEN}/images/b") == 3


@pytest.mark.parametrize(
    ("fault", "attempts", "says"),
    [
        ("truncated", 3, "broke off in each of 3 attempts"),
        ("corrupted", 3, "5,000 bytes have the git blob SHA-1 .* something on the way changes it"),
        ("missing", 1, r"no such file \(404\); --from"),
    ],
)
def test_file_that_cannot_be_had_is_named_and_the_others_arrive(get, root, server, fault, attempts, says):
    server.faults[f"{COHEN}/images/b"] = [fault]
    with pytest.raises(fetch.FetchError, match=f"1 of 5 files .*{COHEN}/images/b: .*{says}.*same command"):
        get("cohen")
    assert server.asked.count(f"{COHEN}/images/b") == attempts
    expected = cohen_tree()
    del expected["covid-chestxray-dataset/images/b"]
    assert tree(root) == expected

    server.faults.clear()
    server.asked.clear()
    get("cohen")
    assert server.asked == [f"{COHEN}/images/b"]
    assert tree(root) == cohen_tree()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("slow", "silent for 0.2 seconds"),
        ("broken", "answered 503"),
        ("forbidden", "answered 403"),
    ],
)
def test_server_that_does_not_serve_ends_it(get, root, server, fault, says):
    server.faults = {f"{COHEN}/{path}": [fault] for path in COHEN_FILES}
    with pytest.raises(fetch.FetchError, match=f"{COHEN}/.*{says}.*the same command fetches only the rest"):
        get("cohen", timeout=0.2, attempts=2)
    assert tree(root) == {}


def test_server_that_cannot_be_reached_ends_it(get, root, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(fetch.FetchError, match=r"cannot be reached.*HTTPS_PROXY"):
        get("cohen")
    assert tree(root) == {}


def test_when_all_is_lost_nobody_waits_for_another_try(get, server, monkeypatch):
    monkeypatch.setattr(fetch, "_PAUSE", 50.0)
    server.faults = {f"{COHEN}/images/a": ["broken"], f"{COHEN}/images/b": ["forbidden"]}
    begun = time.monotonic()
    with pytest.raises(fetch.FetchError, match="403"):
        get("cohen")
    assert time.monotonic() - begun < 25


def test_server_is_given_the_pause_that_it_asks_for(get, server, monkeypatch):
    pauses = []

    class Impatient(threading.Event):
        def wait(self, timeout=None):
            if timeout is None:  # a thread that waits for another to begin
                return super().wait()
            pauses.append(timeout)
            return False

    monkeypatch.setattr(fetch.threading, "Event", Impatient)
    server.faults[f"{COHEN}/images/b"] = ["busy", "broken", "good"]
    get("cohen")
    assert pauses == [7.0, pytest.approx(0.02)]


def test_full_disk_is_named_with_the_file(get, root, monkeypatch):
    def full(self, url, output_file, pooch):
        Path(output_file).write_bytes(b"the first few")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(OSError, match=r"images/.|metadata.csv cannot be written: No space left.*Make room"):
        get("cohen")
    assert tree(root) == {}


def test_killed_in_the_middle_leaves_only_whole_files(lists, root, server):
    server.faults = {f"{COHEN}/images/c": ["slow"]}
    code = (
        "import sys; from pathlib import Path; from coronet_lib.datasets import fetch, manifests; "
        "manifests.data_path = Path(sys.argv[1]).joinpath; "
        "fetch.fetch('cohen', sys.argv[2], mirror=sys.argv[3], progress=False)"
    )
    command = [sys.executable, "-c", code, lists.parent, root, server.url]
    process = subprocess.Popen([str(part) for part in command])
    whole = {path: data for path, data in cohen_tree().items() if not path.endswith("/c")}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not all((root / path).is_file() for path in whole):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    named = {path: data for path, data in tree(root).items() if ".part-" not in path}
    assert named == whole

    server.faults.clear()
    server.asked.clear()
    fetch.fetch("cohen", root, mirror=server.url, progress=False)
    assert server.asked == [f"{COHEN}/images/c"]
    assert tree(root) == cohen_tree()


# What lies there already


def test_files_of_the_users_are_replaced_only_if_asked(get, root, server):
    get("cohen")
    smaller = root / "covid-chestxray-dataset/images/b"
    smaller.write_bytes(b"a smaller copy")
    server.asked.clear()
    with pytest.raises(fetch.FetchError, match=r"1 files .* not upstream's.*images/b: its 14 bytes.*--overw"):
        get("cohen")
    assert smaller.read_bytes() == b"a smaller copy"
    assert server.asked == []
    get("cohen", overwrite=True)
    assert server.asked == [f"{COHEN}/images/b"]
    assert tree(root) == cohen_tree()


def test_root_that_is_a_file_is_refused(get, root):
    root.write_text("mine")
    with pytest.raises(NotADirectoryError, match="root is a file; a folder is wanted"):
        get("cohen")


def test_unknown_collection_is_refused(get):
    with pytest.raises(fetch.FetchError, match="cohen, kermany, ozturk, not 'coen'"):
        get("coen")


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


# The command


@pytest.fixture
def coronet(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["coronet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


def test_command_says_licence_and_citation_first_and_sums_up(coronet, lists, root, server):
    code, out, err = coronet("data", "fetch", "cohen", "--root", root, "--mirror", server.url)
    assert code == 0
    places = [
        out.index(text) for text in ("Licence: one for each image", "arXiv:2006.11988", "5 files as upstr")
    ]
    assert places == sorted(places)
    assert "5 downloaded, 0 taken from --from, 0 already there); 4 X-rays" in out
    assert "5/5" in err  # the progress bar
    assert tree(root) == cohen_tree()


def test_command_prints_licence_even_if_nothing_arrives(coronet, lists, root, server):
    server.files.clear()
    code, out, err = coronet("data", "fetch", "ozturk", "--root", root, "--mirror", server.url)
    assert code == 1
    assert "Licence: none stated" in out
    assert "Error: 4 of 4 files could not be had" in err
    assert "Traceback" not in err


def test_command_prints_json_alone(coronet, lists, root, kermany_folder):
    code, out, err = coronet("data", "fetch", "kermany", "--root", root, "--from", kermany_folder, "--json")
    assert code == 0
    assert json.loads(out)["xrays"] == 15
    assert "CC BY 4.0" in err


# The committed manifests, and real X-rays


def test_committed_lists_name_every_image():
    cohen, ozturk = manifests.originals("cohen"), manifests.originals("ozturk")
    assert len(cohen) == 739
    assert sum("/X-Ray Image DataSet/" in item.path for item in ozturk) == 1125
    assert [item.path for item in ozturk if item.path.startswith(sources.COHEN)] == [
        "covid-chestxray-dataset/metadata.csv"
    ]
    for item in cohen + ozturk:
        assert len(bytes.fromhex(item.blob)) == 20
        assert item.address.endswith(item.path.split("/", 1)[1])
        assert not given.re.search(r"\\|\.\.(/|$)|^/", item.path)
    kermany = json.loads(data_path("manifests", "kermany.json").read_text())
    assert sum(sum(counts.values()) for counts in kermany["counts"].values()) == 5856
    assert [len(names) for names in kermany["known_names"].values()] == [175, 138, 1028, 1453]
    for folder, names in kermany["known_names"].items():
        assert None not in {manifests.kermany_label(f"{folder}/{name}.jpeg") for name in names}


def test_blob_sha1_is_gits():
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    file = Path(__file__)
    expected = subprocess.check_output([git, "hash-object", "--no-filters", file], text=True).strip()
    with file.open("rb") as stream:
        assert manifests.blob_sha1(stream, os.path.getsize(file)) == expected


def test_real_table_is_the_one_that_is_listed(real_data):
    listed = {item.path: item.blob for item in manifests.originals("cohen")}
    path = "covid-chestxray-dataset/metadata.csv"
    assert blob((real_data / path).read_bytes()) == listed[path]
    # Its images there are smaller copies; every one must be taken for what it is.
    item = next(item for item in manifests.originals("cohen") if (real_data / item.path).suffix == ".png")
    assert "git blob" in fetch._flaw(item, real_data / item.path)


@pytest.mark.slow
def test_real_cohen_reads_the_same_after_the_journey(real_data, get, root, server, lists):
    upstream = real_data / sources.COHEN
    files = {"metadata.csv": (upstream / "metadata.csv").read_bytes()}
    files |= {f"images/{path.name}": path.read_bytes() for path in (upstream / "images").iterdir()}
    (lists / "cohen.csv").write_text(listing(files))
    server.files = {f"{COHEN}/{path}": data for path, data in files.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows without a file
        summary = get("cohen")
        before, after = sources.cohen(real_data), sources.cohen(root)
    assert summary["downloaded"] == len(files)
    assert after[0].equals(before[0])
    assert after[1] == before[1]


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
