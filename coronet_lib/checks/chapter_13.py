"""Checks of chapter 13: three classes, two classes, another data set."""

import numpy as np

from coronet_lib.checks.answer import describe, given, judge, match, match_calls, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise

# The narrow CoroNet of four classes: its parameters, and its units before the last layer.
_NARROW, _HIDDEN = 485_875, 128


def _counts(lost):
    """Parameters for three and for two classes, if a class takes ``lost`` of them with it."""
    return np.array([_NARROW - lost, _NARROW - 2 * lost])


@exercise(13, 1)
def narrow_counts(answer):
    """The parameters of the narrow CoroNet with three classes and with two.

    Parameters
    ----------
    answer : int array, shape (2,)
    """
    wanted = _counts(_HIDDEN + 1)
    match(
        typed_numbers(answer, (2,), "one count for three classes and one for two", whole=True),
        wanted,
        "count what one output of the last layer needs: its weights and whatever else it has.",
        {
            "the two are exchanged: three classes come first.": wanted[::-1],
            "an output that goes takes its bias with it, too.": _counts(_HIDDEN),
            "the narrow network's dense layer has fewer units than the paper's 256.": _counts(256 + 1),
            "this is what goes; wanted is what is left.": _NARROW - wanted,
            "these are the full network's counts; wanted are the narrow one's.": (33_969_707, 33_969_450),
            "this is the last layer alone; wanted is the whole network.": (_HIDDEN + 1) * np.array([3, 2]),
            "the second count is that of three classes once more.": (wanted[0], wanted[0]),
            "these are four and three classes; wanted are three and two.": (_NARROW, wanted[0]),
        },
    )
    return "Next to nothing of the network is new, and that is why so few X-rays can train it."


@exercise(13, 2)
def join_scores(answer):
    """The answers to the 3-class question that a 4-class model holds.

    Parameters
    ----------
    answer : callable
        Takes float scores of shape (n, 4), the classes in the book's order, returns (n, 3).
    """
    match_calls(
        answer,
        [given(np.random.default_rng(13).dirichlet([0.6] * 4, images)) for images in (5, 1)],
        lambda four: _columns(four[:, 0], four[:, 1], four[:, 2] + four[:, 3]),
        "the scores are off; which columns are one class now? What is the chance of either?",
        axes="(images, classes)",
        mistakes=_joined_wrongly,
    )
    return "No training was needed: the question became easier."


def _columns(*columns):
    return np.stack(columns, axis=1)


def _joined_wrongly(right, four):
    """Wrong joint scores, and what to say then."""
    covid, normal, bacterial, viral = four.T
    either, larger = bacterial + viral, _columns(covid, normal, np.maximum(bacterial, viral))
    stretched = four[:, :3] / four[:, :3].sum(axis=1, keepdims=True)
    order = "the order of the classes is covid19, normal, pneumonia."
    return {
        "the larger of the two is the chance of that kind of pneumonia alone, not of either.": larger,
        "with the mean of the two columns a row no longer adds up to 1.": _columns(covid, normal, either / 2),
        "the viral pneumonias have been left out.": _columns(covid, normal, bacterial),
        "the bacterial pneumonias have been left out.": _columns(covid, normal, viral),
        "a column is gone, and the rest stretched to 1 again; the two pneumonias want joining.": stretched,
        "the first two columns are joined, not the last two.": _columns(covid + normal, bacterial, viral),
        order: [_columns(covid, either, normal), _columns(either, covid, normal)],
    }


# (printed percentage, images, decimals); none has a count exactly half-way between two printed numbers.
# The first has so many counts that each mistake gives others than any other mistake does.
_PRINTED = [
    (89.6, 25_596, 1),
    (94.59, 222, 2),
    (95.0, 220, 0),
    (95.0, 221, 0),
    (94.59, 221, 2),
    (99.0, 101, 0),
    (100.0, 29, 0),
    (89.6, 1251, 1),
]


def _right(printed, images, decimals, *, how=np.round):
    shown = how(100 * np.arange(images + 1) / images * 10**decimals)
    return np.flatnonzero(shown == round(printed * 10**decimals))


def _counted_wrongly(right, printed, images, decimals):
    """Wrong counts behind a printed accuracy, and what to say then."""
    cut_off, up = (_right(printed, images, decimals, how=how) for how in (np.floor, np.ceil))
    share = printed * images / 100
    return {
        "the digits are cut off; a printed number is rounded.": cut_off,
        "the digits are rounded up; a printed number is rounded to the nearest.": up,
        "all images may be right, too; the counts end one too early.": right[right < images],
        "the tolerance is that of two decimals, whatever was printed.": _right(printed, images, 2),
        "the tolerance is that of whole percents, whatever was printed.": _right(printed, images, 0),
        "the counts want to be sorted, the smallest first.": right[::-1],
        "the counts are one too small; does your count begin with no image right?": right - 1,
        "the counts are one too large; does your count begin with no image right?": right + 1,
        "that is a single count; several counts, or none, may print so: try them all.": [
            right[:1],
            np.array([round(share)]),
            np.array([int(share)]),
        ],
        "you find no count, and there is one; compare what each count prints as, rounded to "
        "the nearest, with the printed number, as numbers and not as texts.": np.array([]),
    }


def _counts_found(result):
    if not isinstance(result, np.ndarray) or result.ndim != 1:
        raise Wrong(f"wanted is an array of counts, empty if there is none; this is {describe(result)}.")
    if result.dtype.kind == "f" and not result.size:
        raise Wrong("an empty list makes an array of floats: `np.array(found, int)`.")
    if result.dtype.kind not in "iu":
        raise Wrong(f"images are counted in whole numbers; these are {result.dtype} values.")
    return result


@exercise(13, 3)
def right_counts(answer):
    """The numbers of right answers behind a printed accuracy.

    Parameters
    ----------
    answer : callable
        Takes the percentage as a float, the number of images and the decimals that were printed,
        returns the counts as a sorted int array.
    """
    match_calls(
        answer,
        [given(*case) for case in _PRINTED],
        _right,
        "the counts are not right; try each count and see what it prints as.",
        read=_counts_found,
        case=lambda printed, images, decimals: f"for {printed:.{decimals}f} % of {images} images",
        mistakes=_counted_wrongly,
    )
    return "No count prints as 94.59 % of 221 images: an audit that needs no image and no network."


# A new head forgets nothing, nor does a frozen one; a person counts as seen if any of her images was.
_FAIR = np.array([True, False, False, False, True])


@exercise(13, 4)
def fair_test(answer):
    """Whether an accuracy is one on patients that nothing was learned from.

    Parameters
    ----------
    answer : bool array, shape (5,)
        For the protocols a to e.
    """
    judge(
        answer,
        _FAIR,
        turned="all five are turned round; is your True for a test that is spoilt?",
        every="some of these test on patients of the base's training; follow one such patient through.",
        none="some of these are sound: nothing that was tested on had a part in any training.",
        question="Ask of each tested patient: was an image of theirs in any training that led to these "
        "weights, the first one included?",
        reasons=[
            "To be trained twice on the same patients is no leak, as long as others are tested.",
            "Folds dealt anew bring patients of the first training into the test.",
            "A frozen layer learns nothing more and forgets nothing: not what it has learned, nor from whom.",
            "If images are dealt, a patient with several images can be in the training and in the test.",
            "To learn from patients of a hospital is no leak if other patients of it are tested.",
        ],
    )
    return "The whole history of the weights counts, not only the last training."
