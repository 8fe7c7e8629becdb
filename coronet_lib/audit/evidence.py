"""What the audit knows from elsewhere: public repositories, cited papers, the authors' notebook.

Every constant names its source and the state it was read in. Nothing here is a number of the
paper (those are in :mod:`coronet_lib.paper`) and nothing is a result of the audit.
"""

from types import MappingProxyType
from typing import NamedTuple

import numpy as np


def _table(**rows):
    return MappingProxyType(rows)


def _matrix(*rows):
    matrix = np.array(rows)
    matrix.flags.writeable = False
    return matrix


# --- Collections that the paper draws on -----------------------------------------------------

KERMANY = "Kermany et al., Mendeley Data 10.17632/rscbjbr9sj; Kaggle paultimothymooney/chest-xray-pneumonia"
KERMANY_IMAGES = _table(normal=1583, pneumonia_bacterial=2780, pneumonia_viral=1493)

COVIDX = "lindawangg/COVID-Net, README of 21 March 2020 and its COVID_Net.pdf (50e7edf)"
COVIDX_PATIENTS = _table(  # train + test
    normal=(1001, 202), pneumonia_bacterial=(853, 78), pneumonia_viral=(534, 126)
)

COHEN = "ieee8023/covid-chestxray-dataset, metadata.csv"


class CohenSnapshot(NamedTuple):
    """COVID-19 rows of Cohen's ``metadata.csv`` on one day; X-rays include lateral views."""

    date: str
    covid_rows: int
    covid_xrays: int
    covid_ct: int
    covid_frontal: int


COHEN_APRIL_23 = CohenSnapshot("23 April 2020", 290, 247, 43, 227)
COHEN_JUNE_22 = CohenSnapshot("22 June 2020", 538, 458, 80, 434)
COHEN_XRAYS_APRIL_19 = 238
"""COVID-19 X-rays (218 of them frontal) on the day of the published notebook."""
COHEN_IMAGES_PER_PATIENT = MappingProxyType({1: 160, 2: 59, 3: 28, 4: 10, 5: 2, 7: 2, 8: 1})
"""Patients by number of frontal COVID-19 X-rays, 22 June 2020."""

OZTURK = "muhammedtalo/COVID-19, commit ee3e2cf, folder X-Ray Image DataSet"
OZTURK_FILES = _table(covid19=125, normal=500, pneumonia=500)
OZTURK_COVID_IN_COHEN = 125
"""COVID-19 files of Dataset-2 whose name stands in Cohen's metadata."""

RADIOGRAPHY = "COVID-19 Radiography Database, version 1 (Chowdhury et al., IEEE Access 2020)"
RADIOGRAPHY_IMAGES = _table(covid19=219, normal=1341, pneumonia_viral=1345)

# --- Other systems ---------------------------------------------------------------------------

COVID_NET = "lindawangg/COVID-Net, assets/COVID_Net.pdf (50e7edf)"
COVID_NET_V1 = MappingProxyType(  # true class: predicted normal, bacterial, viral, COVID-19
    {
        "normal": (173, 11, 50, 0),
        "pneumonia_bacterial": (5, 229, 10, 2),
        "pneumonia_viral": (4, 23, 122, 0),
        "covid19": (0, 0, 0, 8),
    }
)
COVID_NET_V1_COVID_PATIENTS = 4  # behind the eight images; from the README of COVIDX
COVID_NET_MILLIONS = 116.6  # parameters
COVID_NET_GMAC = 2.26
COVID_NET_FLATTEN, COVID_NET_DENSE = 7 * 7 * 2048, 1024  # its first dense layer, inputs and units

COVID_NET_V2 = "lindawangg/COVID-Net, COVID_Netv2.pdf"
COVID_NET_V2_CLASSES = ("normal", "non-COVID-19 pneumonia", "COVID-19")
COVID_NET_V2_ACCURACY = 92.4

APOSTOLOPOULOS = "Apostolopoulos and Mpesiana 2020, abstract"
APOSTOLOPOULOS_IMAGES = _table(covid19=224, pneumonia_bacterial=700, normal=504)

DARKCOVIDNET = "muhammedtalo/COVID-19, the 3-class notebook"

CORONET_README = "drkhan107/CoroNet, README.md (b14d5d6)"
CORONET_README_COVID = _table(precision=97, recall=100)  # percent, beside an accuracy of 89.5

MOTIVATION_MODALITY = MappingProxyType({6: "CT", 7: "CT", 8: "CT", 9: "CT"})
"""What the works that the paper cites for its motivation studied (its reference list)."""

# --- The authors' notebook -------------------------------------------------------------------

NOTEBOOK = "drkhan107/CoroNet, Covid19_CXR_Classification.ipynb (37669de, 19 April 2020)"
NOTEBOOK_LATER = "drkhan107/CoroNet, Covid19_CXR_Classification_Code.ipynb (24 April 2020)"
NOTEBOOK_IMAGE_SIZE = 150
NOTEBOOK_CHANNELS = 3
NOTEBOOK_WHITENING_FITTED = False  # no version calls the generator's fit(); Keras warns
NOTEBOOK_TRAIN, NOTEBOOK_VALIDATION, NOTEBOOK_TEST = 1119, 277, 242  # images found
NOTEBOOK_VALIDATION_SPLIT = 0.2
NOTEBOOK_BATCH = 10
NOTEBOOK_UNITS_BUILT, NOTEBOOK_UNITS_LOADED = 3, 4  # last dense layer: cell 12 builds, cell 14 loads
NOTEBOOK_FIRST_ACCURACY = 0.7975  # cell 22
NOTEBOOK_MATRIX = _matrix([20, 0, 0, 0], [0, 77, 0, 0], [0, 7, 59, 9], [0, 3, 7, 60])  # cell 26
NOTEBOOK_PERFECT_STEPS, NOTEBOOK_PERFECT_ACCURACY = 23, 1.0  # cell 29, batches of one image
NOTEBOOK_FOLDERS = ("normal", "ocovid", "pneumonia_bacterial")  # as listed in four_classes/train
NOTEBOOK_NAMES = ("covid", "normal", "pneumonia_bac", "pneumonia_vir")  # hard-coded class order
NOTEBOOK_LATER_IMAGES, NOTEBOOK_LATER_CLASSES = 2905, 4  # "Found … images belonging to …"

# Cell 33: predicted class of further COVID-19 images, which only the names describe.
NOTEBOOK_EXTRA_COUNTS = (39, 2, 1, 2)
NOTEBOOK_EXTRA_MISSES = MappingProxyType(
    {
        "covid-19-pneumonia-paediatric.jpg": 1,
        "covid-s3-pediatric1.jpeg": 2,
        "covid-s3-pediatric2.jpeg": 1,
        "covid-s3-pediatric3.jpeg": 3,
        "covid-s3-pediatric4.jpeg": 3,
    }
)
"""File name and predicted class of every image that was not called COVID-19; no other file of the
44 carries the word "paediatric" or "pediatric", which does not make it an adult's."""
NOTEBOOK_EXTRA_IN_COHEN = 13
"""Images called COVID-19 whose file name stands in Cohen's metadata of April 2020."""

RELEASED = (
    "Google-Drive data of drkhan107/CoroNet as counted in a user's README; the notebook's own counts agree"
)
RELEASED_IMAGES = _table(covid19=320, normal=445, pneumonia_bacterial=449, pneumonia_viral=424)
"""The data set behind the link in the authors' repository."""
