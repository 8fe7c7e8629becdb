"""Damaged files: whatever the damage, a reader gives the right thing or one clear error. 2,000 cases."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from coronet_lib.datasets import phantom, store
from coronet_lib.datasets.images import read_xray

EDGES = (9, 12)


def encoded(mode, kind, **options):
    """The bytes of a small image file."""
    depth, kinds = (65535, np.uint16) if mode == "I;16" else (255, np.uint8)
    grey = np.random.default_rng(0).integers(0, depth, EDGES).astype(kinds)
    image = Image.fromarray(grey) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


SOUND = [
    encoded("L", "PNG"),
    encoded("I;16", "PNG"),
    encoded("P", "PNG", transparency=0),
    encoded("RGBA", "PNG"),
    encoded("L", "JPEG"),
    encoded("RGB", "JPEG", progressive=True),
    encoded("P", "GIF"),
    encoded("RGB", "BMP"),
    encoded("L", "TIFF"),
    encoded("I;16", "TIFF", compression="tiff_lzw"),
    encoded("RGB", "WEBP"),
]

# One damage: what is done, where (as a share of the file), with which bytes.
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "remove", "cut off"]), st.floats(0, 1), st.binary(max_size=8)
    ),
    min_size=1,
    max_size=4,
)


def damaged(content, damage):
    for kind, where, patch in damage:
        at = int(where * len(content))
        rest = {
            "overwrite": content[at + len(patch) :],
            "insert": content[at:],
            "remove": content[at + 1 + len(patch) :],
            "cut off": b"",
        }[kind]
        content = content[:at] + (b"" if kind == "remove" else patch) + rest
    return content


def fuzz(cases):
    return settings(
        max_examples=cases,
        deadline=5_000,  # milliseconds: a reader that hangs fails here
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@fuzz(1000)
@given(sound=st.sampled_from(SOUND), damage=DAMAGE, grey=st.booleans())
def test_a_damaged_image_is_read_or_refused_by_name(tmp_path, sound, damage, grey):
    path = tmp_path / "x-ray.png"
    path.write_bytes(damaged(sound, damage))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of much that it can still read
        try:
            pixels = read_xray(path, size=8, grey=grey)
        except ValueError as refusal:
            refused = str(refusal)
        else:
            refused = None
    if refused is not None:
        assert str(path) in refused
        return
    assert pixels.dtype == np.uint8
    assert pixels.shape == ((8, 8) if grey else (8, 8, 3))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A prepared folder with two phantoms of each class, and what it holds."""
    folder = tmp_path_factory.mktemp("fuzz") / "prepared"
    collection = phantom.generate(2, size=32, seed=0)
    store.export(collection, folder, progress=False)
    return folder, collection


def reread(folder, name, content):
    """What ``load`` makes of the folder with other bytes in one of its files; None if it refuses."""
    path = folder / name
    kept = path.read_bytes()
    path.write_bytes(content)
    try:
        return store.load(folder)
    except (ValueError, FileNotFoundError):
        return None
    finally:
        path.write_bytes(kept)


@fuzz(1000)
@given(damage=DAMAGE, name=st.sampled_from([store.MANIFEST, store.CARD]))
def test_only_the_same_data_are_accepted(prepared, damage, name):
    folder, collection = prepared
    read = reread(folder, name, damaged((folder / name).read_bytes(), damage))
    if read is not None:
        assert read.identity() == collection.identity()
        assert read.table.equals(collection.table)
