"""Checks of chapter 13: three classes, two classes, another data set."""

import numpy as np

from coronet_lib.checks._verdict import Wrong, array, call, describe, exercise, match, typed_numbers

_NARROW, _HIDDEN = (
    485_875,
    128,
)  # the narrow CoroNet of four classes: parameters, and units before the last layer


def _counts(lost):
    """Parameters for three and for two classes, if a class takes ``lost`` of them with it."""
    return np.array([_NARROW - lost, _NARROW - 2 * lost])


@exercise
def narrow_counts(answer):
    """Exercise 13.1: the parameters of the narrow CoroNet with three classes and with two.

    Parameters
    ----------
    answer : int array, shape (2,)

    Returns
    -------
    Verdict
    """
    wanted = _counts(_HIDDEN + 1)
    match(
        typed_numbers(answer, (2,), "one count for three classes and one for two", whole=True),
        wanted,
        "count what one output of the last layer needs: its weights and whatever else it has.",
        mistakes=[
            (wanted[::-1], "the two are exchanged: three classes come first."),
            (_counts(_HIDDEN), "an output that goes takes its bias with it, too."),
            (_counts(256 + 1), "the narrow network's dense layer has fewer units than the paper's 256."),
            (_NARROW - wanted, "this is what goes; wanted is what is left."),
            ([33_969_707, 33_969_450], "these are the full network's counts; wanted are the narrow one's."),
            ((_HIDDEN + 1) * np.array([3, 2]), "this is the last layer alone; wanted is the whole network."),
            ([wanted[0]] * 2, "the second count is that of three classes once more."),
            ([_NARROW, wanted[0]], "these are four and three classes; wanted are three and two."),
        ],
        tolerance=0,
    )
    return "Next to nothing of the network is new, and that is why so few X-rays can train it."


@exercise
def join_scores(answer):
    """Exercise 13.2: the answers to the 3-class question that a 4-class model holds.

    Parameters
    ----------
    answer : callable
        Takes float scores of shape (n, 4), the classes in the book's order, returns (n, 3).

    Returns
    -------
    Verdict
    """
    for images in (5, 1):
        four = np.random.default_rng(13).dirichlet([0.6] * 4, images)
        covid, normal, bacterial, viral = four.T
        result = array(call(answer, four), (images, 3), "(images, classes)")

        def table(*columns):
            return np.stack(columns, axis=1)

        match(
            result,
            table(covid, normal, bacterial + viral),
            "the scores are off; which columns are one class now? What is the chance of either?",
            mistakes=[
                (
                    table(covid, normal, np.maximum(bacterial, viral)),
                    "the larger of the two is the chance of that kind of pneumonia alone, not of either.",
                ),
                (
                    table(covid, normal, (bacterial + viral) / 2),
                    "with the mean of the two columns a row no longer adds up to 1.",
                ),
                (table(covid, normal, bacterial), "the viral pneumonias have been left out."),
                (table(covid, normal, viral), "the bacterial pneumonias have been left out."),
                (
                    table(covid, normal, bacterial) / (1 - viral)[:, None],
                    "a column is gone, and the rest stretched to 1 again; the two pneumonias want joining.",
                ),
                (
                    table(covid + normal, bacterial, viral),
                    "the first two columns are joined, not the last two.",
                ),
                (
                    table(covid, bacterial + viral, normal),
                    "the order of the classes is covid19, normal, pneumonia.",
                ),
                (
                    table(bacterial + viral, covid, normal),
                    "the order of the classes is covid19, normal, pneumonia.",
                ),
            ],
        )
    return "No training was needed: the question became easier."


# (printed percentage, images, decimals); none has a count exactly half-way between two printed numbers
_PRINTED = [(94.59, 222, 2), (95.0, 221, 0), (94.59, 221, 2), (99.0, 101, 0), (100.0, 29, 0), (89.6, 1251, 1)]


def _right(printed, images, decimals, *, most=None, how=np.round):
    counts = np.arange((images if most is None else most) + 1)
    shown = how(100 * counts / images * 10**decimals)
    return np.flatnonzero(shown == round(printed * 10**decimals))


@exercise
def right_counts(answer):
    """Exercise 13.3: the numbers of right answers behind a printed accuracy.

    Parameters
    ----------
    answer : callable
        Takes the percentage as a float, the number of images and the decimals that were printed,
        returns the counts as a sorted int array.

    Returns
    -------
    Verdict
    """
    for case in _PRINTED:
        result, wanted = call(answer, *case), _right(*case)
        asked = f"{case[0]:.{case[2]}f} % of {case[1]} images"
        if not isinstance(result, np.ndarray) or result.ndim != 1:
            raise Wrong(f"wanted is an array of counts, empty if there is none; this is {describe(result)}.")
        if result.dtype.kind not in "iu":
            raise Wrong(f"images are counted in whole numbers; these are {result.dtype} values.")
        if np.array_equal(result, wanted):
            continue
        mistakes = [
            (_right(*case, how=np.floor), "the digits are cut off; a printed number is rounded."),
            (_right(*case, most=case[1] - 1), "all images may be right, too; the counts end one too early."),
            (_right(case[0], case[1], 2), "the tolerance is that of two decimals, whatever was printed."),
            (_right(case[0], case[1], 0), "the tolerance is that of whole percents, whatever was printed."),
            (wanted[::-1], "the counts want to be sorted, the smallest first."),
            (wanted - 1, "the counts are one too small; does your count begin with no image right?"),
            (wanted + 1, "the counts are one too large; does your count begin with no image right?"),
            (wanted[:1], "there may be more than one count that prints so; collect them all."),
        ]
        for mistaken, message in mistakes:
            if np.array_equal(result, mistaken):
                raise Wrong(f"for {asked}: {message}")
        if len(result) == 0:
            raise Wrong(
                f"for {asked} you find no count, and there is one; compare what each count prints as, "
                "rounded to the nearest, with the printed number."
            )
        raise Wrong(f"for {asked} the counts are not right; try each count and see what it prints as.")
    return "No count prints as 94.59 % of 221 images: an audit that needs no image and no network."


# A new head forgets nothing, nor does a frozen one; a person counts as seen if any of her images was.
_FAIR = np.array([True, False, False, False, True])


@exercise
def fair_test(answer):
    """Exercise 13.4: whether an accuracy is one on patients that nothing was learned from.

    Parameters
    ----------
    answer : bool array, shape (5,)
        For the protocols a to e.

    Returns
    -------
    Verdict
    """
    result = array(answer, (5,), "True or False for each of a to e", kind="b")
    wrong = int((result != _FAIR).sum())
    if wrong == 5:
        raise Wrong("all five are turned round; is your True for a test that is spoilt?")
    if result.all():
        raise Wrong("some of these test on patients of the base's training; follow one such patient through.")
    if not result.any():
        raise Wrong("some of these are sound: nothing that was tested on had a part in any training.")
    if wrong:
        raise Wrong(
            f"{wrong} of the five {'is' if wrong == 1 else 'are'} not right. Ask of each tested patient: was "
            "an image of theirs in any training that led to these weights, the first one included?"
        )
    return "The whole history of the weights counts, not only the last training."
