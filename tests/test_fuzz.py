"""Damaged files of every kind that is read: refused by name, or no other result without a word.

``make fuzz`` does more of the same, and what was learned, of which tests/test_models.py tries a few.
"""

import json
import time
import zipfile
from random import Random

import fuzz
import mutations
import pytest
from originals import Original, originals

EACH = 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return originals(tmp_path_factory.mktemp("fuzz"))


def test_no_change_gets_past_without_a_word_or_ends_in_a_traceback(files):
    assert len(files) * EACH >= 300
    outcomes = [
        (title, *outcome)
        for title, original in files.items()
        for outcome in fuzz.fuzz(original, title, range(EACH))
    ]
    assert [each for each in outcomes if each[1] in fuzz.FAULTS] == []


# --- the fuzzer itself -------------------------------------------------------------------------------


def outcome(tmp_path, read, before="sound"):
    """What the fuzzer makes of a reader, which gets the text of a file that is damaged."""
    path = tmp_path / "file.txt"
    path.write_text(before)
    original = Original(path, lambda *_: ("rotten", b"rotten"), lambda: read(path.read_text()))
    (found,) = fuzz.fuzz(original, "a file", [0])
    assert path.read_text() == before
    return found.kind


@pytest.mark.filterwarnings("ignore:.* is another")
def test_each_way_out_is_told_from_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "PATIENCE", 0.05)

    def refusing(message, kind=ValueError):
        def read(text):
            if text == "rotten":
                raise kind(message)

        return read

    def warning(about):
        def read(text):
            fuzz.warnings.warn(f"{about} is another", stacklevel=1)
            return text

        return read

    def hanging(text):
        started = time.process_time()
        while text == "rotten" and time.process_time() < started + 5:
            pass

    assert outcome(tmp_path, lambda text: text) == fuzz.SILENT
    assert outcome(tmp_path, len, before="gold??") == fuzz.SAME
    assert outcome(tmp_path, refusing(f"{tmp_path}/file.txt: is rotten")) == fuzz.REFUSED
    assert outcome(tmp_path, refusing(f"{tmp_path}/file.txt: is rotten", OSError)) == fuzz.REFUSED
    assert outcome(tmp_path, refusing("something is rotten")) == fuzz.RAW
    assert outcome(tmp_path, refusing("file.txt:\nis rotten")) == fuzz.RAW
    assert outcome(tmp_path, refusing("file.txt: is rotten", KeyError)) == fuzz.RAW
    assert outcome(tmp_path, warning(tmp_path)) == fuzz.WARNED
    assert outcome(tmp_path, warning("something else")) == fuzz.SILENT
    assert outcome(tmp_path, hanging) == fuzz.HANGS


@pytest.mark.parametrize(
    ("damage", "sound"),
    [
        (mutations.in_bytes, b"some bytes"),
        (mutations.in_json, json.dumps({"a": [1, 2.5, None, True, "x"], "b": {"c": {}}}).encode()),
        (mutations.in_csv, b"file,label\na.png,x\nb.png,y\nc.png,z\n"),
    ],
)
def test_changes_are_the_same_again_and_differ_from_one_another(damage, sound):
    once, again = ([damage(sound, Random(f"{number}")) for number in range(400)] for _ in range(2))
    assert once == again
    assert len({content for _, content in once}) > 150
    assert sum(content == sound for _, content in once) < 60


def test_an_archive_is_damaged_inside_with_right_checksums(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.json", '{"a": 1}')
        archive.writestr("b.txt", "b")
    sound = (tmp_path / "x.zip").read_bytes()
    whole = 0
    for number in range(200):
        done, content = mutations.in_zip(sound, Random(number))
        (tmp_path / "x.zip").write_bytes(content)
        if "damaged" in done:
            with zipfile.ZipFile(tmp_path / "x.zip") as archive:
                assert archive.testzip() is None
            whole += 1
    assert whole > 20
