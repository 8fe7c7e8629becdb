"""Every number that the paper prints, once, as it is printed.

The paper: A. I. Khan, J. L. Shah and M. M. Bhat, "CoroNet: A deep neural network for
detection and diagnosis of COVID-19 from chest x-ray images", Computer Methods and
Programs in Biomedicine 196 (2020) 105581, doi:10.1016/j.cmpb.2020.105581. It is this version, the
journal's, that the book reads; the preprint and the authors' README differ from it in places.

Nothing is corrected here: the numbers that do not hold are wrong in this module too, and
:mod:`coronet_lib.audit` says which. Percentages stay percentages. Tables are read-only
mappings from class, fold or model to a named tuple, so that
``pandas.DataFrame(paper.TABLE_IV.values(), index=paper.TABLE_IV)`` is the printed table.

Examples
--------
>>> TABLE_III[4].accuracy
92.26
>>> TABLE_VIII["covid19"].covid_net.recall - 1
99.0
>>> int(FIGURE_7.sum()), sum(TABLE_I.values())
(337, 1251)
"""

from types import MappingProxyType
from typing import NamedTuple

import numpy as np


class Printed(float):
    """A float that remembers how it was printed: ``90.0`` and ``90`` claim different precision.

    Parameters
    ----------
    text : str
        The number as printed, such as ``"89.92"``.

    Attributes
    ----------
    text : str
    decimals : int
        Digits after the decimal point.
    """

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = str(text)
        number.decimals = len(number.text.partition(".")[2])
        return number

    def __getnewargs__(self):
        return (self.text,)

    def __repr__(self):
        return self.text

    __str__ = __repr__


class Scores(NamedTuple):
    """One row of a results table, in percent; ``None`` where the table has no such column."""

    precision: Printed
    recall: Printed
    specificity: Printed | None = None
    f_measure: Printed | None = None
    accuracy: Printed | None = None


class Layer(NamedTuple):
    """One row of Table II; ``shape`` is the output without the batch axis."""

    kind: str
    shape: tuple
    parameters: int


class Study(NamedTuple):
    """One row of Table VII: accuracies in percent, parameters in millions, ``None`` for "NA"."""

    study: str
    citation: int | None
    architecture: str
    three_class: Printed | None
    two_class: Printed | None
    parameters: Printed


class Compared(NamedTuple):
    """One row of Table VIII; neither system has a specificity or an accuracy there."""

    covid_net: Scores
    coronet: Scores


class System(NamedTuple):
    """The foot of Table VIII: accuracy in percent, parameters in millions."""

    accuracy: Printed
    parameters: Printed


def _printed(text):
    return None if text == "NA" else Printed(text)


def _scores(line):
    return Scores(*map(_printed, line.split()))


def _table(**rows):
    return MappingProxyType(rows)


# --- The data ------------------------------------------------------------------------------

TABLE_I = _table(covid19=284, normal=310, pneumonia_bacterial=330, pneumonia_viral=327)
"""Images per class of Dataset-1."""

KAGGLE_TEXT = _table(normal=1203, pneumonia_bacterial=660, pneumonia_viral=931)
"""What the text says the Kaggle collection [20] holds."""

COHEN_TEXT = 290
"""COVID-19 "radiography images" in Cohen's collection [19]: "around" this many, after "X-ray or CT"."""

TOTAL_TEXT = 1300
"""The data section's total of collected images; Table I has the prepared ones."""

DATASET_2_TEXT = _table(covid19=157, normal=500, pneumonia=500)
"""Dataset-2 according to the text (its first two numbers "around")."""

THREE_CLASS_TEST = _table(covid19=29, normal=72, pneumonia=120)
"""Test images of the 3-class problem, from the results section."""

# --- The model and its training ------------------------------------------------------------

TABLE_II = _table(
    xception=Layer("Model", (5, 5, 2048), 20_861_480),
    flatten=Layer("Flatten", (51_200,), 0),
    dropout=Layer("Dropout", (51_200,), 0),
    dense=Layer("Dense", (256,), 13_107_456),
    dense_1=Layer("Dense", (4,), 1_028),
)
"""CoroNet layer by layer."""


class Parameters(NamedTuple):
    """Parameter counts of a model."""

    total: int
    trainable: int
    non_trainable: int


TABLE_II_PARAMETERS = Parameters(total=33_969_964, trainable=33_915_436, non_trainable=54_528)
"""The totals below Table II."""
PARAMETERS_TEXT = Parameters(total=33_969_964, trainable=33_969_964, non_trainable=54_528)
"""The same three counts as the sentence about Table II gives them."""

XCEPTION_DEPTH_TEXT = 71
"""Layers of Xception, "deep"."""

SEPARABLE_ORDER_TEXT = ("pointwise", "depthwise")
"""The two steps of a depthwise separable convolution, in the order the text gives them."""
SEPARABLE_FACTOR_TEXT = "1/k"
"""What the operations are said to shrink by; k is the number of output channels."""
FIGURE_3_ORDER = ("addition", "activation")
"""How a residual connection ends in Figure 3."""
BINARY_CLASSES_TEXT = ("COVID-19", "Normal", "Pneumonia")
"""The classes that the text names for the 2-class model."""


class Recipe(NamedTuple):
    """How the paper says it trained. It names no loss, dropout rate, augmentation or seed."""

    dataset_pixels: int = 224  # both edges of the images of the data set
    dots_per_inch: int = 72
    input_size: int | None = None  # pixels, both edges of the network's input: not stated
    optimizer: str = "Adam"
    learning_rate: Printed = Printed("0.0001")
    batch_size: int = 10
    epochs: int = 80
    folds: int = 4
    tensorflow: Printed = Printed("2.0")
    gpu: str = "Tesla K80"


RECIPE = Recipe()
"""The paper's training, as one object."""

EQUATIONS = MappingProxyType(
    {
        1: r"F(i,j) = (I * K)(i,j) = \sum_m \sum_n I(i+m,\, j+n)\, K(m,n)",
        2: r"f(x) = \max(0, x)",
        3: r"Z_k = \frac{e^{x_k}}{\sum_{i=1}^{n} e^{x_n}}",
    }
)
"""The numbered equations in LaTeX, with the index slip of the third as printed."""

# --- Results on Dataset-1 (percent) --------------------------------------------------------

TABLE_III = MappingProxyType(
    {  # fold: precision, recall, specificity, F-measure, accuracy
        1: _scores("88    87.7  95.7  87.6  87.3"),
        2: _scores("90.8  90.7  96.7  90.7  90"),
        3: _scores("88.9  89    96.2  88.9  89.1"),
        4: _scores("92.5  92.2  97.3  92.1  92.26"),
    }
)
"""Fold to its scores, 4 classes."""
TABLE_III_AVERAGE = _scores("90  89.92  96.4  89.8  89.6")
"""The last row of Table III."""

TABLE_IV = _table(  # precision, recall, specificity, F-measure, averaged over the folds
    covid19=_scores("             93.17  98.25  97.9  95.61"),
    normal=_scores("              95.25  93.5   98.1  94.3"),
    pneumonia_bacterial=_scores(" 86.85  85.9   95    86.3"),
    pneumonia_viral=_scores("     84.1   82.1   94.8  83.1"),
)
"""Class to its scores, averaged over the folds."""

TABLE_V = MappingProxyType(
    {  # classes: precision, recall, specificity, F-measure, accuracy
        4: _scores("90    89.92  96.4  89.8  89.6"),
        3: _scores("95    96.9   97.5  95.6  95"),
        2: _scores("98.3  99.3   98.6  98.5  99"),
    }
)
"""Number of classes to the scores of that problem."""

ABSTRACT = _table(
    accuracy_4=Printed("89.6"),
    covid_precision=Printed("93"),
    covid_recall=Printed("98.2"),
    accuracy_3=Printed("95"),
)
"""The four numbers of the abstract."""
COVID_TEXT = Scores(
    precision=Printed("93.17"), recall=Printed("98.25"), f_measure=Printed("95.6"), accuracy=Printed("96.6")
)
"""The COVID-19 class in the results section; its F-measure is called F1 there."""

ACCURACY_TEXT = _table(
    before_3_class=Printed("89.5"),  # "from 89.5 % to 94.59 %", results
    after_3_class=Printed("94.59"),
    discussion_4=Printed("89.5"),
    discussion_3=Printed("94.59"),
    discussion_2=Printed("99"),
    discussion_dataset_2=Printed("90"),
)
"""Overall accuracies that the results and discussion sections name."""

# --- Results on Dataset-2 (percent) --------------------------------------------------------

TABLE_VI = _table(  # precision, recall, specificity, F-measure
    covid19=_scores("   97  89  99.6  93"),
    normal=_scores("    92  85  97.7  89"),
    pneumonia=_scores(" 87  95  88.7  91"),
)
"""Class to its scores on Dataset-2."""
TABLE_VI_LABELS = _table(covid19="COVID-19", normal="Normal", pneumonia="Pneumonia Bacterial")
"""The row names of Table VI as printed."""
TABLE_VI_AVERAGE = _scores("92  90  95.3  91")
"""The last row of Table VI."""
TABLE_VI_ACCURACY = Printed("90.21")
"""The accuracy below Table VI."""

FIGURE_7 = np.array(
    [  # predicted: COVID-19, normal, pneumonia
        [33, 4, 0],  # true COVID-19
        [1, 128, 21],  # true normal
        [0, 7, 143],  # true pneumonia
    ]
)
"""Confusion matrix on Dataset-2: rows are true classes, columns predicted ones."""
FIGURE_7.flags.writeable = False

# --- The comparison with other systems -----------------------------------------------------


def _study(study, citation, architecture, three_class, two_class, parameters):
    numbers = map(_printed, (three_class, two_class, parameters))
    return Study(study, citation, architecture, *numbers)


TABLE_VII = _table(
    apostolopoulos_vgg19=_study("Ioannis et al.", 43, "VGG19", "93.48", "98.75", "143"),
    apostolopoulos_xception=_study("Ioannis et al.", 43, "Xception", "92.85", "85.57", "33"),
    covid_net=_study("Wang and Wong", 42, "Covid-Net (residual arch)", "NA", "92.4", "116"),
    sethy_resnet50=_study("Sethy and Behra", 45, "ResNet-50", "NA", "95.38", "36"),
    hemdan_vgg19=_study("Hemdan et al.", 41, "VGG19", "NA", "90", "143"),
    narin_resnet50=_study("Narin et al.", 44, "ResNet-50", "NA", "98", "36"),
    narin_inceptionv3=_study("Narin et al.", 44, "InceptionV3", "NA", "97", "26"),
    ozturk_darknet=_study("Ozturk et al.", 18, "DarkNet", "87.02", "98.08", "1.1"),
    coronet=_study("Proposed CoroNet", None, "CoroNet (Xception)", "89.6", "99", "33"),
)
"""CoroNet beside eight published results."""

TABLE_VIII = _table(
    covid19=Compared(_scores("80 100 NA 88.8"), _scores("93.17 98.25 NA 95.61")),
    normal=Compared(_scores("95.1 73.9 NA 83.17"), _scores("95.25 93.5 NA 94.3")),
    pneumonia_bacterial=Compared(_scores("87.1 93.1 NA 90"), _scores("86.85 85.9 NA 86.3")),
    pneumonia_viral=Compared(_scores("67.0 81.9 NA 73.7"), _scores("84.1 82.1 NA 83.1")),
)
"""Class to the scores of COVID-Net and of CoroNet."""
TABLE_VIII_SYSTEMS = _table(
    covid_net=System(Printed("83.5"), Printed("116")), coronet=System(Printed("89.6"), Printed("33"))
)
"""The foot of Table VIII."""

IMAGES_OF_OTHERS = _table(
    apostolopoulos=_table(covid19=224, pneumonia=700, normal=504),
    ozturk=_table(covid19=125, pneumonia=500, normal=500),
)
"""Images of two of the other systems, as the discussion gives them; the second set is Dataset-2."""

# --- What the paper says that it is for ----------------------------------------------------

CLAIMED_USES = ("diagnosis", "quantification", "follow-up")
"""What the model is said to help with."""
CAUTION_TEXT = ("by no means production ready", "still needs clinical study")
"""The authors' own reservations."""

# --- The reference list --------------------------------------------------------------------

REFERENCES = 26
"""Entries of the reference list."""
TWICE_LISTED = (7, 9)
"""Two entries of it, both Xie et al., Radiology 200343."""
MOTIVATION = (6, 7, 8, 9)
"""Entries cited for what radiographs show of COVID-19."""
