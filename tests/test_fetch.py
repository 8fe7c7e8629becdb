"""Fetching the collections from a server on this machine that does all that servers do wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from upstream import (  # noqa: F401 - fixtures
    COHEN,
    COHEN_FILES,
    OZTURK_FILES,
    TABLE,
    blob,
    cohen_tree,
    command_line,
    empty_root,
    fetching,
    listing,
    manifests_of_a_few,
    tree,
    upstream_server,
)

from coronet_lib.datasets.upstream import archive, fetch, manifests, sources
from coronet_lib.files import data_path

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
        "import sys; from pathlib import Path; from coronet_lib.datasets.upstream import fetch, manifests; "
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
    seen = {path: data for path, data in tree(root).items() if not path.rpartition("/")[2].startswith(".")}
    assert seen == whole  # beside half a file and the lock, both hidden, and gone with the next call

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


# The command


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
        assert not archive.re.search(r"\\|\.\.(/|$)|^/", item.path)
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
