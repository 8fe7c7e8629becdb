"""DICOM files are read as a viewer shows them, or refused in one line, and whose they are is never told."""

import json
import sys
import warnings

import numpy as np
import pytest
from command import coronet
from dicom_file import PATIENT, RAMP, dicom_file
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder
from pydicom.uid import RLELossless

from coronet_lib import runs, training
from coronet_lib.datasets.dicom import grey_levels, read_header
from coronet_lib.datasets.images import MAX_PIXELS, read_xray

X = RAMP.astype(float)


@pytest.fixture
def read(tmp_path):
    def read(*pixels, **header):
        return read_xray(dicom_file(tmp_path / "x.dcm", *pixels, **header))

    return read


def grey(share):
    """Shares of white, from 0 to 1, as grey levels."""
    return np.rint(255 * np.clip(share, 0, 1))


def same(pixels, wanted):
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, wanted)


def test_without_a_window_the_stored_bits_are_the_range(read):
    same(read(), grey(X / 4095))
    same(read(bits=16), grey(X / 65_535))
    same(read(RAMP.astype(np.int16) - 2048), grey(X / 4095))
    same(read((RAMP % 256).astype(np.uint8), bits=8), RAMP % 256)


def test_it_is_told_by_its_content_and_read_in_any_size_and_in_colour(tmp_path):
    path = dicom_file(tmp_path / "IM000001")
    assert read_xray(path, (3, 7)).shape == (3, 7)
    assert read_xray(path, 8, grey=False).shape == (8, 8, 3)
    Image.fromarray(RAMP).save(tmp_path / "x.png")  # whose depth its brightest pixel tells
    same(read_xray(path), read_xray(tmp_path / "x.png"))


@pytest.mark.parametrize("window", [{}, {"WindowCenter": 1000, "WindowWidth": 400}])
def test_monochrome1_is_turned_round(read, window):
    same(read(PhotometricInterpretation="MONOCHROME1", **window), 255 - read(**window).astype(int))


# By the formulas of PS3.3, C.11.2.1.2 and C.11.2.1.3, of numbers x, a centre c and a width w.
WINDOWS = {
    None: lambda x, c, w: (x - (c - 0.5)) / (w - 1) + 0.5,
    "LINEAR": lambda x, c, w: (x - (c - 0.5)) / (w - 1) + 0.5,
    "LINEAR_EXACT": lambda x, c, w: (x - c) / w + 0.5,
    "SIGMOID": lambda x, c, w: 1 / (1 + np.exp(-4 * (x - c) / w)),
}


@pytest.mark.parametrize("function", WINDOWS)
def test_a_window(read, function):
    named = {"VOILUTFunction": function} if function else {}
    pixels = read(WindowCenter=1000, WindowWidth=400, **named)
    same(pixels, grey(WINDOWS[function](X, 1000, 400)))


def test_of_several_windows_the_first(read):
    several = read(WindowCenter=[1000, 3000], WindowWidth=[400, 200])
    same(several, read(WindowCenter=1000, WindowWidth=400))


def test_a_window_is_of_what_the_numbers_mean(read):
    meant = {"RescaleSlope": 2, "RescaleIntercept": -1000}
    pixels = read(WindowCenter=1000, WindowWidth=400, **meant)
    same(pixels, grey(WINDOWS["LINEAR"](2 * X - 1000, 1000, 400)))
    same(read(**meant), read())  # no window: the whole range, whatever it is called


def table(entries, first, bits):
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item.LUTData = list(map(int, entries))
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    return [item]


@pytest.mark.parametrize(("bits", "entries"), [(8, 4096), (10, 4096), (12, 1000), (16, 4096)])
def test_a_table_in_place_of_a_window(read, bits, entries):
    curve = np.rint((2**bits - 1) * np.linspace(0, 1, entries) ** 2)
    wanted = grey(curve[np.clip(RAMP.astype(int) - 5, 0, entries - 1)] / (2**bits - 1))
    lut = {"VOILUTSequence": table(curve, 5, bits)}
    same(read(**lut), wanted)
    same(read(**lut, WindowCenter=9, WindowWidth=9), wanted)  # the table goes first


def test_a_header_may_be_shown_again(tmp_path):
    header = read_header(dicom_file(tmp_path / "x.dcm", VOILUTSequence=table(np.arange(4096) // 16, 0, 8)))
    same(grey_levels(header), grey_levels(header))


@pytest.mark.filterwarnings("ignore:Applying a VOI LUT on a float")
def test_tables_follow_one_another(read):
    lut = {"VOILUTSequence": table(np.arange(4096) // 16, 0, 8)}
    same(read(RescaleSlope=0.5, RescaleIntercept=0, **lut), np.rint(RAMP / 2) // 16)
    modality = {"ModalityLUTSequence": table(np.arange(4096)[::-1] * 16, 0, 16)}
    same(read(**modality), grey((4095 - X) * 16 / 65_535))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"PixelData": None}, "a DICOM file without pixels"),
        ({"Rows": None}, "Rows"),
        ({"Rows": 32}, "it holds 8192 bytes of pixels, and its header tells of 4096"),
        ({"Columns": 65}, "it holds 8192 bytes of pixels, and its header tells of 8320"),
        ({"NumberOfFrames": 3}, "it holds 3 frames"),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "its pixels are RGB, not grey"),
        ({"PhotometricInterpretation": None}, "its pixels are None, not grey"),
        ({"BitsStored": 17}, "Bits Stored"),
        ({"RescaleSlope": 0, "RescaleIntercept": 5}, "maps them to 5 … 5"),
        ({"RescaleSlope": -1, "RescaleIntercept": 0}, "maps them to 0 … -4095"),
        ({"WindowCenter": 90_000, "WindowWidth": 400}, "its window shows none of its greys"),
        ({"WindowCenter": 900, "WindowWidth": 0}, "Window Width"),
        ({"WindowCenter": 900, "WindowWidth": 9, "VOILUTFunction": "CUBIC"}, "VOI LUT Function"),
    ],
)
def test_what_cannot_be_shown_is_refused(read, header, reason):
    with pytest.raises(ValueError, match=rf"x\.dcm: cannot be read as an X-ray: .*{reason}") as error:
        read(**header)
    assert "\n" not in str(error.value)


def test_a_file_that_hides_how_it_is_written_is_refused(tmp_path):
    path = dicom_file(tmp_path / "x.dcm")
    path.write_bytes(path.read_bytes().replace(b"\2\0\x10\0UI", b"\2\0\x13\0UI"))
    with pytest.raises(ValueError, match="does not say how its pixels are written"):
        read_xray(path)


def test_size_is_judged_by_the_header(tmp_path):
    path = dicom_file(tmp_path / "x.dcm")
    said = dcmread(path)
    said.compress(RLELossless)
    said.Rows = said.Columns = 8_001
    said.save_as(path)
    assert said.Rows**2 > MAX_PIXELS
    with pytest.raises(ValueError, match="8001 × 8001 pixels are more than the"):
        read_xray(path)
    with pytest.raises(ValueError, match="64 × 64 pixels are too few: an edge wants at least 65"):
        read_xray(dicom_file(path), smallest=65)


@pytest.mark.parametrize("written", ["RLE", "jp2klossless", "jpeg_ls_lossless"])
def test_what_is_compressed_is_decoded_or_refused(written):
    """Files that come with pydicom, all of one picture."""
    path = get_testdata_file(f"MR_small_{written}.dcm")
    syntax = dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
    if get_decoder(syntax).is_available:
        same(read_xray(path), read_xray(get_testdata_file("MR_small.dcm")))
    else:
        with pytest.raises(ValueError, match=r"compressed \(JPEG.*\), and nothing here decodes that"):
            read_xray(path)


def test_without_a_decoder_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr("coronet_lib.datasets.dicom._can_decode", lambda _: False)
    with pytest.raises(ValueError, match=r"nothing here decodes that: `pip install 'pylibjpeg\[all\]'`"):
        read_xray(get_testdata_file("MR_small_RLE.dcm"))
    with pytest.raises(ValueError, match="deflated"):
        read_xray(get_testdata_file("image_dfl.dcm"))


def test_without_pydicom_one_line_says_what_to_install(tmp_path, monkeypatch):
    path = dicom_file(tmp_path / "x.dcm")
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(ValueError, match=r"x\.dcm: .* it is a DICOM file.* `pip install pydicom`$"):
        read_xray(path)


@pytest.mark.filterwarnings("ignore:Invalid value for VR DA")  # of writing it
@pytest.mark.parametrize("header", [{}, {"Rows": 0}, {"WindowWidth": 0, "WindowCenter": 0}])
def test_whose_it_is_is_never_told(tmp_path, monkeypatch, header):
    """Not in a warning, not in an error, not beside the scores."""
    # Put where Python looks before it asks these rooms, which would bring Keras.
    monkeypatch.setitem(vars(runs), "load_coronet", lambda _: Network)
    monkeypatch.setitem(vars(training), "predict", lambda _, images: np.full((len(images), 2), 0.5))
    path = dicom_file(tmp_path / "x.dcm", PatientBirthDate="not a date", **header)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        done = coronet("predict", "a-model", path, "--json")
    assert json.loads(done.stdout)["refused" if header else "predictions"]
    personal = (PATIENT, "Nightingale", "0815", "19100813", "not a date")
    assert [word for word in personal if word in done.stdout + done.stderr] == []


class Network:
    input_shape, output_shape = (None, 16, 16, 1), (None, 2)
