"""The paper's numbers: typed twice, by two routes, and none of them can change unnoticed."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from paper_numbers import changed, constants, neighbours, numbers

from coronet_lib import audit, paper
from coronet_lib.paper import Printed

# A second reading of the paper, row by row as printed (Table I in the order of the book's classes).
SECOND_READING = {
    "TABLE_I": "284 310 330 327",
    "TABLE_II": "5 5 2048 20,861,480 / 51,200 0 / 51,200 0 / 256 13,107,456 / 4 1,028",
    "TABLE_II_PARAMETERS": "33,969,964 33,915,436 54,528",
    "PARAMETERS_TEXT": "33,969,964 33,969,964 54528",
    "XCEPTION_DEPTH_TEXT": "71",
    "RECIPE": "224 72 0.0001 10 80 4 2.0",
    "KAGGLE_TEXT": "1203 660 931",
    "COHEN_TEXT": "290",
    "TOTAL_TEXT": "1300",
    "DATASET_2_TEXT": "157 500 500",
    "THREE_CLASS_TEST": "29 72 120",
    "TABLE_III": """
        88    87.7  95.7  87.6  87.3
        90.8  90.7  96.7  90.7  90
        88.9  89    96.2  88.9  89.1
        92.5  92.2  97.3  92.1  92.26""",
    "TABLE_III_AVERAGE": "90 89.92 96.4 89.8 89.6",
    "TABLE_IV": """
        93.17  98.25  97.9  95.61
        95.25  93.5   98.1  94.3
        86.85  85.9   95    86.3
        84.1   82.1   94.8  83.1""",
    "TABLE_V": """
        90    89.92  96.4  89.8  89.6
        95    96.9   97.5  95.6  95
        98.3  99.3   98.6  98.5  99""",
    "ABSTRACT": "89.6 93 98.2 95",
    "COVID_TEXT": "93.17 98.25 95.6 96.6",
    "ACCURACY_TEXT": "89.5 94.59 89.5 94.59 99 90",
    "TABLE_VI": """
        97  89  99.6  93
        92  85  97.7  89
        87  95  88.7  91""",
    "TABLE_VI_AVERAGE": "92 90 95.3 91",
    "TABLE_VI_ACCURACY": "90.21",
    "FIGURE_7": "33 4 0 / 1 128 21 / 0 7 143",
    "TABLE_VII": """
        [43]  93.48  98.75  143
        [43]  92.85  85.57  33
        [42]         92.4   116
        [45]         95.38  36
        [41]         90     143
        [44]         98     36
        [44]         97     26
        [18]  87.02  98.08  1.1
              89.6   99     33""",
    "TABLE_VIII": """
        80    100   88.8   93.17  98.25  95.61
        95.1  73.9  83.17  95.25  93.5   94.3
        87.1  93.1  90     86.85  85.9   86.3
        67.0  81.9  73.7   84.1   82.1   83.1""",
    "TABLE_VIII_SYSTEMS": "83.5 116 / 89.6 33",
    "REFERENCES": "26",
    "TWICE_LISTED": "7 9",
    "MOTIVATION": "6 7 8 9",
    "IMAGES_OF_OTHERS": "224 700 504 / 125 500 500",
}

EVERY_NUMBER = [
    pytest.param(name, path, number, id="-".join(map(str, (name, *path))))
    for name, value in constants().items()
    for path, number in numbers(value)
]


def agrees(name, value):
    """Whether ``value`` reads as the second reading of the constant ``name`` does."""
    printed = re.sub(r"[\[\]/,]", lambda sign: "" if sign[0] == "," else " ", SECOND_READING[name]).split()
    return [str(number) for _, number in numbers(value)] == printed


@pytest.mark.parametrize("name", [name for name, value in constants().items() if [*numbers(value)]])
def test_two_readings_agree(name):
    assert agrees(name, constants()[name])


@pytest.mark.parametrize(("name", "path", "number"), EVERY_NUMBER)
def test_no_number_changes_unnoticed(name, path, number):
    for other in neighbours(number):
        assert not agrees(name, changed(constants()[name], path, other))


def test_most_numbers_are_tied_to_others_by_the_audit(monkeypatch):
    """Not only the second reading guards them: ten units off, more than half contradict another number.

    Every third is asked about: all take twenty seconds of a processor.
    """
    findings, noticed = audit.findings(fast=True), 0

    def contradicts():
        for finding in findings:
            try:
                if finding.recompute().verdict is not finding.verdict:
                    return True
            except (ValueError, IndexError):  # the changed number is impossible, or leaves no matrix
                return True
        return False

    assert not contradicts()
    asked = EVERY_NUMBER[::3]
    for parameter in asked:
        name, path, number = parameter.values
        with monkeypatch.context() as patch:
            patch.setattr(paper, name, changed(constants()[name], path, neighbours(number, steps=10)[-1]))
            noticed += contradicts()
    assert noticed > len(asked) / 2


def test_the_numbers_cannot_be_overwritten():
    with pytest.raises(TypeError):
        paper.TABLE_I["covid19"] = 300
    with pytest.raises(AttributeError):
        paper.RECIPE.epochs = 100
    with pytest.raises(ValueError, match="read-only"):
        paper.FIGURE_7[0, 0] = 34


def test_printed_is_a_float_that_keeps_its_digits():
    number = Printed("67.0")
    assert number == 67
    assert (number.decimals, str(number), f"{number:.2f}") == (1, "67.0", "67.00")
    assert type(number + 1) is float
    for twin in (pickle.loads(pickle.dumps(number)), copy.deepcopy(number)):
        assert (twin, twin.text) == (number, "67.0")


def test_a_table_becomes_a_data_frame():
    frame = pd.DataFrame(paper.TABLE_IV.values(), index=paper.TABLE_IV)
    assert frame.loc["covid19", "recall"] == 98.25
    assert frame["recall"].dtype == np.float64
