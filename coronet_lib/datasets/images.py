"""Read one X-ray file, whatever it turns out to be, into grey levels from 0 to 255."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from coronet_lib.datasets import dicom
from coronet_lib.text import reason

# What the upstream collections hold, and what a screenshot or an export may be. Other formats of
# Pillow stay closed: some of them start external programs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP")

# The largest radiographs have about 18 million pixels. Decoding 64 million takes about half a gigabyte.
MAX_PIXELS = 64_000_000

SMALLEST_XRAY = 64
"""Edge in pixels below which nobody could tell an X-ray from a smudge."""

RESAMPLING = {
    "area": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
}


def read_xray(path, size=None, resample="area", grey=True, smallest=1):
    """Read an X-ray from a file as 8-bit pixels, squashed to the size asked for.

    Parameters
    ----------
    path : str or path-like
        A JPEG, PNG, BMP, GIF, TIFF or WebP file; of several frames the first counts. Or, where
        pydicom is installed, a DICOM file, shown as :func:`coronet_lib.datasets.dicom.grey_levels` says.
    size : int or (height, width), optional
        In pixels; one number means a square. The aspect ratio is not kept: the paper squashes
        every X-ray to a square as well. Without it the image keeps its own size.
    resample : {"area", "bilinear", "nearest"}
        ``area`` averages all pixels that fall into one (Pillow's ``BOX``). ``bilinear`` weighs them
        by a triangle that widens as the image shrinks. ``nearest`` picks one pixel and drops the
        others: Keras's ``flow_from_directory`` does so by default, and thin lines get lost.
    grey : bool
        One grey level a pixel (ITU-R 601 luma of a colour file), or red, green and blue.
    smallest : int
        Edge in pixels that the file must have, at least.

    Returns
    -------
    uint8 array, shape (height, width), or (height, width, 3) if not ``grey``

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file holds no image that can be read whole, or one of more than ``MAX_PIXELS``
        pixels, or of fewer than ``smallest`` an edge; if ``size`` or ``resample`` makes no sense.

    Notes
    -----
    An EXIF orientation is applied. Transparent pixels turn black, which is what lies outside an
    X-ray. A grey image of more than 8 bits is scaled by its bit depth: as detectors leave the upper
    bits of a 16-bit file unused, the depth is the number of bits that its brightest pixel needs.
    (Colour of 16 bits a channel loses its lower 8, in Pillow's own reader.)
    """
    path = Path(path)
    height, width = _height_and_width(size)
    if resample not in RESAMPLING:
        raise ValueError(f"resample is one of {', '.join(RESAMPLING)}, not {resample!r}")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if not path.is_file():
        raise ValueError(f"{path}: is a folder, not an image file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty (zero bytes)")
    try:
        read = _read_dicom if dicom.is_dicom(path) else _read_picture
        image = read(path, smallest).convert("L" if grey else "RGB")
        if size is not None:
            image = image.resize((width, height), RESAMPLING[resample])
        return np.array(image)
    # A damaged file makes Pillow's and pydicom's readers raise OSError, SyntaxError, struct.error, KeyError
    # and more; which one depends on the byte that is wrong, so all become the one error promised.
    except Exception as error:
        raise ValueError(f"{path}: cannot be read as an X-ray: {_reason(error)}") from error


def _read_picture(path, smallest):
    with Image.open(path, formats=FORMATS) as image:
        _check_extent(*image.size, smallest)
        ImageOps.exif_transpose(image, in_place=True)
        return _eight_bit(image).copy()  # read whole, before the file is closed


def _read_dicom(path, smallest):
    header = dicom.read_header(path)
    _check_extent(header.Columns, header.Rows, smallest)
    return Image.fromarray(dicom.grey_levels(header))


def _check_extent(width, height, smallest):
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width} × {height} pixels are more than the {MAX_PIXELS:,} allowed")
    if min(width, height) < smallest:
        raise ValueError(f"{width} × {height} pixels are too few: an edge wants at least {smallest}")


def _height_and_width(size):
    pair = np.ravel(1 if size is None else size)
    if pair.dtype.kind not in "iu" or len(pair) not in (1, 2) or pair.min() < 1:
        raise ValueError(f"size wants a positive number of pixels or (height, width), got {size!r}")
    return int(pair[0]), int(pair[-1])


def _eight_bit(image):
    """The image in a mode that ``convert`` turns into "L" or "RGB" without loss or surprise."""
    if image.mode.startswith("I"):
        return Image.fromarray(_scale_depth(np.asarray(image)))
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers; export it with 8 or 16 bits a pixel")
    if image.has_transparency_data:
        return Image.alpha_composite(Image.new("RGBA", image.size, "black"), image.convert("RGBA"))
    return image


def _scale_depth(pixels):
    """Integer grey levels of unknown bit depth, scaled so that the depth's full range becomes 0 to 255."""
    if pixels.min() < 0:
        raise ValueError(f"it holds negative pixels (down to {pixels.min()})")
    depth = max(8, int(pixels.max()).bit_length())
    return np.rint(pixels * np.float32(255 / (2**depth - 1))).astype(np.uint8)


def _reason(error):
    if isinstance(error, Image.UnidentifiedImageError):
        return f"it is no {', '.join(FORMATS)} or DICOM image"
    return reason(error)
