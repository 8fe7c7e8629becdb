"""Checks of the audit: a made-up paper on wrist fractures, with an error planted in it."""

import numpy as np

from coronet_lib.checks.answer import match, number, typed_numbers
from coronet_lib.checks.verdict import exercise

# no fracture, hairline, displaced; tests/test_checks_audit.py works the numbers out again
_IMAGES = np.array([58, 46, 64])
_RIGHT = np.array([52, 38, 61])
_WITHOUT = np.array([0, 60, 0, 0, 0])  # matrices that fit without accuracy, precision, recall, specificity, F
_PRECISIONS = np.array([89.5, 89.6, 89.7])


@exercise("audit", 1)
def wrist_right(answer):
    """How many images of each class are right, and how many together.

    Parameters
    ----------
    answer : (int, int, int, int)
    """
    right, total = _RIGHT, _RIGHT.sum()
    match(
        typed_numbers(answer, (4,), "a count for each class and their sum", whole=True),
        np.append(right, total),
        "a recall is the share of a class's images that are right; which count has it, of 58, 46 and 64?",
        {
            "these are the wrong ones; wanted are those that are right.": np.append(
                _IMAGES - right, (_IMAGES - right).sum()
            ),
            "these are the images; wanted are those of them that are right.": np.append(
                _IMAGES, _IMAGES.sum()
            ),
            "the classes are right; the last is to be their sum.": [
                np.append(right, other) for other in (_IMAGES.sum(), round(right.mean()))
            ],
            "all three are one too small: a recall is rounded to the nearest, so take the nearest count.": (
                np.append(right - 1, total - 3)
            ),
        },
    )
    return "151 of 168 print as 89.9 %, and the mean of the three recalls as 89.2: both follow."


@exercise("audit", 2)
def wrist_fits(answer):
    """How many matrices have all five averages.

    Parameters
    ----------
    answer : int
    """
    match(
        number(answer, "number of matrices"),
        0,
        'hand all five scores to `audit.matrices_matching`, with `how="rounded"`, and count what it finds.',
        {"that many fit if one of the scores is left out; here all five count.": int(_WITHOUT.max())},
    )
    return "So at least one of the five is wrong, whatever the classes' recalls are."


@exercise("audit", 3)
def wrist_without(answer):
    """How many matrices fit if one score is left out, for each of the five.

    Parameters
    ----------
    answer : array of int, shape (5,)
        Without accuracy, precision, recall, specificity, F-measure.
    """
    match(
        typed_numbers(answer, (5,), "a number of matrices for each score that is left out", whole=True),
        _WITHOUT,
        "leave out one score at a time, in the order of `wrist_scores`, and count what fits the other four, "
        'with `how="rounded"`.',
        {
            "the right number in another place; the order is that of `wrist_scores`.": [
                np.roll(_WITHOUT, shift) for shift in range(1, 5)
            ],
            "this would be no matrix at all: is the score really left out of what you hand over?": (
                np.zeros(5, int)
            ),
        },
    )
    return "One score stands alone against the four others. If a single number is wrong, it is this one."


@exercise("audit", 4)
def wrist_precisions(answer):
    """Which precisions the other scores leave, as they would print.

    Parameters
    ----------
    answer : array, shape (found,)
        In percent, the smallest first, each once.
    """
    found = typed_numbers(answer, (None,), "a list of numbers such as 98.5, one for each possible precision")
    match(
        len(found),
        len(_PRECISIONS),
        "another number of precisions is left; do the recalls of the three classes count, too, as "
        '`("recall", 0)` and so on, and does each precision stand there once, as it would print?',
        {"all matrices stand there; wanted is each precision once, as it would print.": 13},
    )
    match(
        found,
        _PRECISIONS,
        "the number is right and the precisions are not; round what `audit.scores` gives to one decimal.",
        {
            "the smallest comes first.": _PRECISIONS[::-1],
            "these are shares; the paper prints percents.": _PRECISIONS / 100,
        },
        decimals=1,
    )
    return "With two digits exchanged, the first of them is the printed 98.5: a good bet, and an inference."
