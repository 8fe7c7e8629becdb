"""A DICOM file as a detector leaves it, of pixels that a test makes."""

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

PATIENT = "Nightingale^Florence"
RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)  # every number of 12 bits, once


def dicom_file(path, pixels=RAMP, bits=12, **header):
    """Write pixels as an uncompressed DICOM file, and give back its path.

    Parameters
    ----------
    path : path-like
    pixels : uint8, uint16 or int16 array
    bits : int
        *Bits Stored*.
    header : dict
        More elements by their keyword; None leaves out one that is written otherwise.
    """
    said = Dataset()
    said.file_meta = FileMetaDataset()
    said.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    said.SOPClassUID, said.SOPInstanceUID = ComputedRadiographyImageStorage, generate_uid(entropy_srcs=["x"])
    said.PatientName, said.PatientID, said.StudyDate = PATIENT, "0815", "19100813"
    said.SamplesPerPixel, said.PhotometricInterpretation = 1, "MONOCHROME2"
    said.Rows, said.Columns = np.shape(pixels)[-2:]
    said.BitsAllocated, said.BitsStored, said.HighBit = 8 * pixels.itemsize, bits, bits - 1
    said.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    said.PixelData = pixels.tobytes()
    for keyword, value in header.items():
        if value is None:
            delattr(said, keyword)
        else:
            setattr(said, keyword, value)
    said.save_as(path, enforce_file_format=True)
    return path
