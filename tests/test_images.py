"""read_xray: every kind of file is read as what it shows, or refused with its name and a reason."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coronet_lib.datasets.images import MAX_PIXELS, read_xray

RAMP = np.arange(256, dtype=np.uint8).reshape(8, 32)


@pytest.fixture
def save(tmp_path):
    def save(image, name="xray.png", **options):
        image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def test_grey_png_is_read_as_it_is(save):
    pixels = read_xray(save(RAMP))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, RAMP)
    pixels[0, 0] = 1  # an array of its own, not a view of Pillow's memory


def test_colour_on_demand(save):
    np.testing.assert_array_equal(read_xray(save(RAMP), grey=False), np.stack([RAMP] * 3, axis=-1))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "PA"])
def test_grey_levels_survive_every_colour_mode(save, mode):
    name = "xray.tif" if mode == "PA" else "xray.png"
    path = save(Image.fromarray(RAMP).convert("LA" if mode == "PA" else mode).convert(mode), name)
    np.testing.assert_allclose(read_xray(path), RAMP, atol=1)


def test_one_bit(save):
    pixels = read_xray(save(Image.fromarray(RAMP).convert("1", dither=Image.Dither.NONE)))
    np.testing.assert_array_equal(pixels, np.where(RAMP > 127, 255, 0))


def test_cmyk_jpeg_is_not_inverted(save):
    grey = np.full((16, 16), 200, np.uint8)
    path = save(Image.fromarray(grey).convert("RGB").convert("CMYK"), "xray.jpg", quality=95)
    np.testing.assert_allclose(read_xray(path), grey, atol=3)


@pytest.mark.parametrize(("depth", "top"), [(16, 65535), (12, 4095), (10, 1023), (8, 255)])
@pytest.mark.parametrize("name", ["xray.png", "xray.tif"])
def test_grey_of_many_bits_is_scaled_by_its_depth(save, depth, top, name):
    deep = np.linspace(0, top, 256).round().astype(np.uint16).reshape(8, 32)
    np.testing.assert_allclose(read_xray(save(deep, name)), RAMP, atol=1)


def test_depth_follows_from_the_brightest_pixel_only(save):
    """A dark 12-bit image is not stretched to full range: 2048 needs 12 bits, so it stays mid-grey."""
    assert read_xray(save(np.array([[0, 2048]], np.uint16))).tolist() == [[0, 128]]


def test_transparent_is_black(save):
    image = Image.new("LA", (2, 1))
    image.putdata([(255, 0), (255, 255)])
    assert read_xray(save(image)).tolist() == [[0, 255]]


def test_exif_orientation_is_applied(save):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side: to be turned by 90 degrees clockwise
    upright = np.rot90(RAMP, -1)
    np.testing.assert_array_equal(read_xray(save(RAMP, exif=exif)), upright)


def test_one_pixel_fills_any_size(save):
    path = save(np.array([[77]], np.uint8))
    assert read_xray(path).tolist() == [[77]]
    assert (read_xray(path, 150) == 77).all()


@pytest.mark.parametrize("size", [5, (3, 7)])
def test_size_is_height_and_width(save, size):
    assert read_xray(save(RAMP), size).shape == (size if isinstance(size, tuple) else (size, size))


def test_area_is_the_mean_and_nearest_is_one_of_the_pixels(save):
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)
    path = save(pixels)
    blocks = pixels.reshape(4, 3, 4, 3)
    np.testing.assert_allclose(
        read_xray(path, 4, "area"), blocks.mean(axis=(1, 3)), atol=1
    )  # rounded twice: by row, by column
    np.testing.assert_array_equal(read_xray(path, 4, "nearest"), pixels[1::3, 1::3])


def test_a_thin_line_survives_area_but_not_nearest(save):
    lungs = np.zeros((90, 90), np.uint8)
    lungs[:, 30] = 255
    path = save(lungs)
    assert read_xray(path, 30, "area").max() == 85
    assert read_xray(path, 30, "nearest").max() == 0


def png_header(width, height):
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize("edge", [8_001, 20_000, 100_000])
def test_a_bomb_is_refused_by_its_header(tmp_path, edge):
    assert edge**2 > MAX_PIXELS
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(edge, edge))
    with pytest.raises(ValueError, match=r"bomb\.png.*pixels"):
        read_xray(path, 150)


def test_twenty_thousand_pixels_wide_is_read(save):
    wide = np.zeros((20, 20_000), np.uint8)
    wide[:, 10_000:] = 200
    assert read_xray(save(wide), (1, 2)).tolist() == [[0, 200]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"not an image at all", "no JPEG, PNG, BMP, GIF, TIFF, WEBP or DICOM image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no JPEG"),
        (png_header(30, 30), "truncated"),
    ],
)
def test_what_is_no_image_is_refused_with_name_and_reason(tmp_path, content, reason):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"broken\.png.*{reason}"):
        read_xray(path)


def test_truncated_jpeg(save):
    path = save(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8), "cut.jpg")
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ValueError, match=r"cut\.jpg.*truncated"):
        read_xray(path)


def test_floating_point_pixels_are_refused(save):
    with pytest.raises(ValueError, match=r"xray\.tif.*floating-point"):
        read_xray(save(RAMP.astype(np.float32), "xray.tif"))


def test_negative_pixels_are_refused(save):
    with pytest.raises(ValueError, match=r"xray\.tif.*negative pixels \(down to -5\)"):
        read_xray(save(np.array([[-5, 7]], np.int32), "xray.tif"))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        read_xray(tmp_path / "absent.png")
    with pytest.raises(ValueError, match="is a folder"):
        read_xray(tmp_path)


@pytest.mark.parametrize("size", [0, -3, 2.5, "150", (1, 2, 3), (0, 4)])
def test_bad_size(save, size):
    with pytest.raises(ValueError, match="size wants"):
        read_xray(save(RAMP), size)


def test_bad_resample(save):
    with pytest.raises(ValueError, match="area, bilinear, nearest, not 'cubic'"):
        read_xray(save(RAMP), 4, "cubic")


SOUND = [
    *[("x.png", mode) for mode in ("L", "P", "RGBA", "I;16")],
    *[("x.jpg", mode) for mode in ("RGB", "CMYK")],
    *[("x.tif", mode) for mode in ("L", "I;16")],
    *[("x.gif", "P"), ("x.bmp", "1"), ("x.webp", "RGB")],
]


@given(
    kind=st.sampled_from(SOUND),
    hits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 300),
)
@settings(max_examples=300)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_mutated_file_is_read_or_refused_and_nothing_else(tmp_path_factory, kind, hits, cut):
    name, mode = kind
    path = tmp_path_factory.mktemp("mutated") / name
    deep = Image.fromarray(RAMP.astype(np.uint16) * 257)
    (deep if mode == "I;16" else Image.fromarray(RAMP).convert("RGB").convert(mode)).save(path)
    content = bytearray(path.read_bytes())
    for place, value in hits:
        content[place % len(content)] = value
    path.write_bytes(content[: max(1, len(content) - cut)])
    try:
        pixels = read_xray(path, 20)
    except ValueError as error:
        message = str(error)
    else:
        message = str(path)
        assert (pixels.shape, pixels.dtype) == ((20, 20), np.uint8)
    assert str(path) in message
