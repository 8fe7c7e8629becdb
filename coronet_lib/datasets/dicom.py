"""Read a DICOM file as a viewer shows it: stored numbers, what they mean, a window, and which end is white.

Of the header no more is read than says this.  Who was X-rayed, when and where, stays in the file.
"""

from copy import deepcopy

import numpy as np

_ELEMENTS = [
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "WindowCenter",
    "WindowWidth",
    "RescaleIntercept",
    "RescaleSlope",
    "VOILUTFunction",
    "ModalityLUTSequence",
    "VOILUTSequence",
    "PixelData",
]
_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")  # the smallest number is white, or black


def is_dicom(path):
    """Whether a file says that it is one: ``DICM`` after 128 bytes, whatever its name ends in."""
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"


def read_header(path):
    """What a DICOM file says about its pixels, and the pixels, not yet decoded.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    pydicom.Dataset
        For :func:`grey_levels`; ``Rows`` and ``Columns`` are its height and width.

    Raises
    ------
    ValueError
        If pydicom is not installed, or the file is no single grey image that can be decoded here.
    Exception
        What pydicom raises of a damaged file.
    """
    try:
        import pydicom
    except ImportError:
        raise ValueError(
            "it is a DICOM file, and to read those takes one more package: `pip install pydicom`"
        ) from None

    syntax = pydicom.filereader.read_file_meta_info(path).get("TransferSyntaxUID")
    if not (syntax and syntax.is_transfer_syntax):
        raise ValueError("its header does not say how its pixels are written (Transfer Syntax UID)")
    if syntax.is_deflated:  # unpacked at once, to any size
        raise ValueError("its header is compressed, too (deflated); export it in another transfer syntax")
    header = pydicom.dcmread(path, specific_tags=_ELEMENTS)
    if "PixelData" not in header:
        raise ValueError("it is a DICOM file without pixels")
    if (frames := int(header.get("NumberOfFrames") or 1)) != 1:
        raise ValueError(f"it holds {frames} frames, and an X-ray is one; export the one that is meant")
    if (kind := header.get("PhotometricInterpretation")) not in _MONOCHROME:
        raise ValueError(f"its pixels are {kind}, not grey (MONOCHROME1 or 2); export it in grey")
    if syntax.is_compressed:
        if not _can_decode(syntax):
            raise ValueError(
                f"its pixels are compressed ({syntax.name}), and nothing here decodes that: "
                "`pip install 'pylibjpeg[all]'`, or export it uncompressed"
            )
    elif (held := len(header.PixelData)) != (wanted := _even(header)):
        raise ValueError(f"it holds {held} bytes of pixels, and its header tells of {wanted}")
    return header


def _can_decode(syntax):
    from pydicom.pixels import get_decoder

    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:  # a film, or a maker's own
        return False


def _even(header):
    """How many bytes uncompressed pixels take, filled up to an even number as all that DICOM stores."""
    size = header.Rows * header.Columns * header.SamplesPerPixel * header.BitsAllocated // 8
    return size + size % 2


def grey_levels(header):
    """The pixels as a viewer shows them when the file is opened, bright where the chest is dense.

    Stored numbers become what the detector measured (*Modality LUT*, or *Rescale Slope* and *Intercept*);
    of these the *VOI LUT* or the window shows some, the first of several; *MONOCHROME1* is turned round.
    Without either the whole range of *Bits Stored* is shown.  (DICOM PS3.3, C.11.1, C.11.2 and C.7.6.3.)

    Parameters
    ----------
    header : pydicom.Dataset
        As :func:`read_header` gives it.

    Returns
    -------
    uint8 array, shape (Rows, Columns)

    Raises
    ------
    ValueError
        If the numbers do not rise with what they mean, or the window shows nothing of them.
    Exception
        What pydicom raises of pixels that cannot be decoded.
    """
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    stored = header.pixel_array
    meant = apply_modality_lut(stored, header)
    low, high = map(float, _range(header))
    if not 0 < high - low < np.inf:
        raise ValueError(f"its numbers want to rise, and its header maps them to {low:g} … {high:g}")
    if header.get("VOILUTSequence"):
        header = deepcopy(header)  # the caller's keeps its table
        table = header.VOILUTSequence[0]
        low, high = 0, 2 ** table.LUTDescriptor[2] - 1
        # pydicom looks up in as many bits as an entry has, where 4096 places wrap round in 8.
        table.LUTDescriptor[2] = 16
        meant = np.rint(meant).astype(int)
    shown = (apply_voi_lut(meant, header) - low) / (high - low)
    if header.PhotometricInterpretation == "MONOCHROME1":
        shown = 1 - shown
    grey = np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)
    if np.ptp(grey) == 0 < np.ptp(stored):
        raise ValueError("its window shows none of its greys: all pixels come out alike")
    return grey


def _range(header):
    """The least and the most that the pixels can mean."""
    from pydicom.pixels import apply_modality_lut

    if header.get("ModalityLUTSequence"):
        return 0, 2 ** header.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    greys = 2**header.BitsStored
    least = -greys // 2 if header.PixelRepresentation else 0
    return apply_modality_lut(np.array([least, least + greys - 1]), header)
