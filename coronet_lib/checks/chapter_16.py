"""Checks of chapter 16: what a marker is worth, prices of groups, and tests that would notice."""

import numpy as np

from coronet_lib.checks.answer import describe, given, judge, match, match_calls, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise

_SHARE = 0.8


@exercise(16, 1)
def marker_reader(answer):
    """What a network gets right that reads nothing but the marker, by three ways to judge it.

    Parameters
    ----------
    answer : float array, shape (3,)
        Shares from 0 to 1.
    """
    wanted = np.array([_SHARE, 0.5, 0.0])
    match(
        typed_numbers(answer, (3,), "its hospital, a hospital without a marker, the worst cell"),
        wanted,
        "go through the four cells one by one: which are right for whoever reads the marker, and how large "
        "is each in either hospital?",
        {
            "these are percent; wanted are shares from 0 to 1.": 100 * wanted,
            "without a marker it always says normal, and half of the X-rays there are normal.": (
                _SHARE,
                0,
                0,
            ),
            "what has no marker is called normal, and half of it is COVID-19.": [
                (_SHARE, 1 - _SHARE, 0),
                (_SHARE, _SHARE, 0),
                (_SHARE, 1, 0),
            ],
            "a cell is the X-rays of one class with the marker, or without it; one is never got right.": [
                (_SHARE, 0.5, 1 - _SHARE),
                (_SHARE, 0.5, 0.5),
            ],
            "a network that reads the marker is right where the marker is: on eight of ten.": [
                (1, 0.5, 0),
                (0.9, 0.5, 0),
                (0.5, 0.5, 0),
            ],
        },
    )
    return "Eight of ten, a coin, and nothing: three tests of one network."


# Group numbers with a group that is not there, one that is rare, and groups of one size.
_GROUPS = [np.array([0, 0, 0, 1, 3, 3]), np.array([2, 2, 2, 2, 2, 2, 2, 0]), np.array([0, 1, 2, 3])]


def _costs(groups):
    sizes = np.bincount(groups)
    return len(groups) / (sizes > 0).sum() / sizes[groups]


def _costed_wrongly(right, groups):
    """Wrong costs, and what to say then."""
    sizes = np.bincount(groups)
    return {
        "a large group costs more this way; it is the small ones that want to be dear.": [
            sizes[groups] / len(groups),
            sizes[groups].astype(float),
        ],
        "groups that do not occur are counted; only those that are there share the whole.": [
            len(groups) / len(sizes) / sizes[groups],
            len(groups) / 4 / sizes[groups],
        ],
        "the groups are equally dear, but the mean cost is not one: scale all costs alike.": [
            1 / sizes[groups],
            len(groups) / sizes[groups],
            right / len(groups),
        ],
        "this gives one cost for each group; wanted is one for each X-ray.": right[
            np.unique(groups, return_index=True)[1]
        ],
    }


@exercise(16, 2)
def group_costs(answer):
    """What a mistake on each X-ray costs, if all groups are to count alike.

    Parameters
    ----------
    answer : callable
        Takes whole numbers, shape (n,), which group each X-ray is in; returns floats, shape (n,).
    """
    match_calls(
        answer,
        [given(groups) for groups in _GROUPS],
        _costs,
        "the costs are off: add them up for each group, and see whether the sums are equal.",
        read=_one_each,
        case=lambda groups: f"for groups {groups.tolist()}",
        mistakes=_costed_wrongly,
    )
    return "Small groups are dear, and the training as a whole costs what it did."


def _one_each(result):
    if not isinstance(result, np.ndarray) or result.ndim != 1:
        raise Wrong(f"wanted is an array with one number for each; this is {describe(result)}.")
    if result.dtype.kind != "f":
        raise Wrong(f"costs are floating-point numbers; these are {result.dtype} values.")
    return result


_STEPS = [
    (np.array([0.5, 0.3, 0.2]), np.array([0.1, 2.0, 0.7]), 0.5),
    (np.array([0.25, 0.25, 0.25, 0.25]), np.array([0.0, 1.0, 0.2, 3.0]), 0.1),
]


def _next(blame, losses, step):
    raised = blame * np.exp(step * losses)
    return raised / raised.sum()


def _blamed_wrongly(right, blame, losses, step):
    """Wrong prices, and what to say then."""
    raised, softmax = blame * np.exp(step * losses), np.exp(step * losses)
    backwards = _next(blame, losses, -step)
    return {
        "the prices do not add up to one; divide them by their sum.": [raised, len(blame) * right],
        "the group with the largest loss becomes cheaper; is there a minus too many?": backwards,
        "the old prices are forgotten; each step goes on from the last.": softmax / softmax.sum(),
        "the step is left out.": _next(blame, losses, 1),
        "the losses are added, and not raised to a power of e.": [
            blame * step * losses / (blame * step * losses).sum(),
            blame * (1 + step * losses) / (blame * (1 + step * losses)).sum(),
            (blame + step * losses) / (blame + step * losses).sum(),
        ],
        "this is softmax of the raised prices; they want to be divided by their sum as they are.": (
            np.exp(raised) / np.exp(raised).sum()
        ),
    }


@exercise(16, 3)
def next_blame(answer):
    """One step of group DRO: the price of each group, raised by its loss.

    Parameters
    ----------
    answer : callable
        Takes prices and losses, both of shape (groups,), and the step; returns the new prices.
    """
    match_calls(
        answer,
        [given(*case) for case in _STEPS],
        _next,
        "the prices are off: multiply each by e to the power of step times loss, then divide by the sum.",
        axes="(groups,)",
        mistakes=_blamed_wrongly,
    )
    return "Whoever is worst gets dearer, step by step, until another is worst."


# Where the habit is, its reader is right; c and e show X-rays that do not fit it.
_NOTICES = np.array([False, False, True, False, True])


@exercise(16, 4)
def would_notice(answer):
    """Whether a test would come out badly for a network that reads nothing but the marker.

    Parameters
    ----------
    answer : bool array, shape (5,)
        For the tests a to e.
    """
    judge(
        answer,
        _NOTICES,
        turned="all five are turned round; is your True for a test that the network passes?",
        every="in some of these the marker is where the network expects it; it passes them.",
        none="in some of these the marker and the class part company.",
        question="Ask of each: is there an X-ray in it whose marker does not fit its class?",
        reasons=[
            "Held-out patients of A have the habit of A; equal classes do not change that.",
            "An interval says how far luck reaches, and not what was learned.",
            "With the marker on all, the normal X-rays are called COVID-19.",
            "Another hospital with the same habit is no other test.",
            "Without a marker all COVID-19 is missed.",
        ],
    )
    return "A test notices a habit only where the habit is broken."
