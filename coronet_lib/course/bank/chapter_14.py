"""Problems of chapter 14: what may be compared, and which difference is more than luck."""

from math import sqrt

import numpy as np

from coronet_lib.course.bank._answers import LETTERS, Statements, Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "14_other_systems.html#"

_HOLM = """\
def holm(p):
    order = np.argsort(p)
    factors = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return adjusted"""


@problem(
    14, 1, title="Holm's correction", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "are-they-different", variants=False,
)  # fmt: skip
def holm(draw, hidden):
    """A function that corrects p values for their number."""
    from coronet_lib.evaluation.uncertainty import holm as corrected  # here, because it brings pandas

    def mistakes(right, p):
        order = np.argsort(p, kind="stable")
        place = np.argsort(order)
        alone = p * (len(p) - place)  # each without a look at the smaller ones
        return {
            "this is Bonferroni's correction: all times their number; Holm's factors go down.": (
                [np.minimum(p * len(p), 1), p * len(p)]
            ),
            "the factors follow the size of the p values, and not the order in which they are given.": (
                np.minimum(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), 1)
            ),
            "each belongs in its old place, not in the order of size.": np.sort(right),
            "the largest p is multiplied by one and the smallest by their number, not the other way.": (
                np.minimum(p * (place + 1), 1)
            ),
            "a corrected value is never below that of a smaller p.": [np.minimum(alone, 1), alone],
            "a p value is never above 1.": np.maximum.accumulate(alone[order])[place],
        }

    apart = np.array([0.001, 0.004, 0.012, 0.04]) * hidden.uniform(0.9, 1.1)
    function = Hidden(
        corrected, "the corrected values are others; go from the smallest p to the largest.", mistakes
    )
    return Problem(
        text="Write `holm(p)`: from the p values of several tests, an array of shape `(tests,)` with at "
        "least one, to the corrected ones, in the same places. The smallest is multiplied by the number "
        "of tests, the next smallest by one less, and so on; no corrected value is above 1, nor below "
        "that of a smaller p. Equal p values get equal corrected ones.",
        starter=unwritten(_HOLM),
        form="form.function(holm, np.array([0.2, 0.01]), returns=(2,))",
        solution=_HOLM,
        parts=(
            function.part(1, "in rising order, one", "The factors go down.", (apart,), (np.array([0.03]),)),
            function.part(
                1, "in any order", "Each in its old place.", (apart[[2, 0, 3, 1]],), (apart[[3, 1, 0, 2]],),
            ),
            function.part(
                2, "ties, steps back, large values", "Never above 1, and never a step back.",
                (np.array([0.03, 0.02, 0.021, 0.02]),), (np.array([0.9, 0.01, 0.6, 0.55]),),
            ),
        ),
        wrong=(
            KnownWrong("def holm(p):\n    return np.minimum(p * len(p), 1)", 0),
            KnownWrong(altered(_HOLM, ("order = np.argsort(p)", "order = np.arange(len(p))")), 1),
            KnownWrong(altered(_HOLM, ("np.maximum.accumulate(", "(")), 2),
            KnownWrong(altered(_HOLM, ("np.minimum(", "("), (" factors), 1)", " factors))")), 2),
            KnownWrong(altered(_HOLM, ("adjusted[order] =", "adjusted[:] =")), 1),
        ),
        note="The running maximum is what students forget: without it a larger p could end as the "
        "smaller one. Ask why each row that is added to a table makes it harder for all others.",
    )  # fmt: skip


@problem(
    14, 2, title="Which pairs differ?", kind=Kind.PREDICT, minutes=12, points=3,
    read=PAGE + "are-they-different",
)  # fmt: skip
def tells_apart(draw, hidden):
    """Which tables of agreement McNemar's test tells apart."""
    few, many = int(draw.integers(20, 60)), int(draw.integers(900, 1500))
    five, six = draw.permutation([0, 5]), draw.permutation([0, 6])
    clear, uneven, large = draw.permutation([3, 17]), draw.permutation([32, 45]), draw.permutation([2, 4])

    def row(both, split, neither):
        return f"{both} both, {split[0]} only the first, {split[1]} only the second, {neither} neither"

    pairs = Statements("tells_apart", draw, f"""
        + {row(few, six, int(draw.integers(1, 9)))}
        six tosses that all fall on one side: 2 in 64, less than one in twenty.
        + {row(few + 150, clear, int(draw.integers(10, 30)))}
        a split so uneven is rare for a coin, however few X-rays decide.
        - {row(few + 3, five, int(draw.integers(1, 9)))}
        five tosses that all fall on one side: 2 in 32, more than one in twenty.
        - {row(many, uneven, int(draw.integers(20, 60)))}
        the many X-rays on which both are right say nothing, and so uneven a split is nothing rare.
        - {row(many + 80, large, int(draw.integers(200, 300)))}
        six X-rays decide, and they are split nearly evenly; all the others have no say.
    """)  # fmt: skip
    return Problem(
        text="Two systems answer the same X-rays, five times over, with other systems each time. On how "
        "many X-rays both are right, only the first, only the second, or "
        f"neither:\n\n{pairs.text}\n\nFor which of the five is the exact two-sided p value of McNemar's "
        "test below 0.05? Five times `True` or `False`, a first. You may do it with coins in your head "
        "or with `math.comb`.",
        starter=pairs.starter,
        form=pairs.form,
        solution=pairs.solution,
        parts=pairs.parts(2, 1, "Only the X-rays on which exactly one is right decide."),
        wrong=(
            pairs.wrong(0, 3, 4), pairs.wrong(0, 0, 1, 3), pairs.wrong(2, 2), pairs.all_same(True),
            pairs.all_turned(),
        ),
        note="Exact p values: 0.031, 0.003, 0.063, 0.17, 0.69. With five that disagree nothing can be "
        "told apart, however lopsided. Ask how many X-rays a study should plan for.",
    )  # fmt: skip


_SCALED = """\
def scaled(features, train):
    mean, spread = features[train].mean(axis=0), features[train].std(axis=0)
    return (features - mean) / np.where(spread > 0, spread, 1)"""
_SCALED_BROKEN = """\
def scaled(features, train):
    mean, spread = features.mean(), features.std()
    return (features - mean) / spread"""


def _scaled(features, seen, axis=0):
    spread = seen.std(axis=axis)
    return (features - seen.mean(axis=axis)) / np.where(spread > 0, spread, 1)


@problem(
    14, 3, title="Who has seen the test fold?", kind=Kind.DEBUG, minutes=12, points=4,
    read=PAGE + "one-protocol", variants=False,
)  # fmt: skip
def scaled(draw, hidden):
    """A scaler that has seen the tested patients."""
    features = hidden.normal(size=(9, 3)) * [1, 20, 0.1] + [0, 50, -3]
    train = hidden.permutation(9) < 6
    constant = features.copy()
    constant[train, 1] = 4.0

    def mistakes(right, features, train):
        spread = features[train].std(axis=0)
        return {
            "the scaler has seen the tested X-rays: their mean and spread are in it.": (
                _scaled(features, features)
            ),
            "all features are scaled by one mean and one spread; each has its own.": [
                _scaled(features, seen, axis=None) for seen in (features, features[train])
            ],
            "the tested X-rays are scaled by themselves; they want the training's mean and spread.": (
                np.where(train[:, None], right, _scaled(features, features[~train]))
            ),
            "a feature that is the same in all of training has no spread to divide by.": (
                np.where(spread > 0, right, np.nan)
            ),
            "this divides by the variance, the square of what is asked for.": (
                right / np.where(spread > 0, spread, 1)
            ),
        }

    function = Hidden(
        lambda features, train: _scaled(features, features[train]),
        "the scaled features are others; whose mean is 0 now, and whose spread is 1?",
        mistakes,
    )
    return Problem(
        text="`scaled(features, train)` is to standardise features before an SVM: `features` has the "
        "shape `(X-rays, features)`, `train` holds `True` for each X-ray that is trained on. Returned "
        "is an array of the same shape, all X-rays included, from which for each feature the training "
        "X-rays' mean has been subtracted, and which has been divided by their standard deviation "
        "(NumPy's `std`). A feature that has the same value in all of training is divided by 1. What is "
        "below has more than one mistake. Mend it.",
        starter=stopped(_SCALED_BROKEN),
        form="form.function(scaled, np.array([[1.0, 2.0], [3.0, 5.0], [8.0, 4.0]]), np.array([True, "
        "True, False]), returns=(3, 2))",
        solution=_SCALED,
        parts=(
            function.part(2, "several features", "Mean 0 and spread 1 in training.", (features, train)),
            function.part(1, "a feature without spread", "It is divided by 1.", (constant, train)),
            function.part(
                1, "one X-ray to train on", "Its features become 0, the others' what they are beyond it.",
                (features[:4], np.array([False, True, False, False])),
            ),
        ),
        wrong=(
            KnownWrong(_SCALED_BROKEN, 0),
            KnownWrong(altered(_SCALED, ("features[train].", "features.")), 0),
            KnownWrong(altered(_SCALED, (".std(", ".var(")), 1),
            KnownWrong(altered(_SCALED, ("spread, 1)", "spread, np.nan)")), 2),
            KnownWrong("""\
def scaled(features, train):
    out = np.empty(features.shape)
    for rows in (train, ~train):
        spread = features[rows].std(axis=0)
        out[rows] = (features[rows] - features[rows].mean(axis=0)) / np.where(spread > 0, spread, 1)
    return out""", 0),
        ),
        note="The leak is small and the habit is not: whatever is computed from tested patients is "
        "learned from them. A pipeline of scaler and SVM cannot make this mistake.",
    )  # fmt: skip


@problem(
    14, 4, title="Overlap is no test", kind=Kind.FIGURE, minutes=8, points=3,
    read=PAGE + "are-they-different",
)  # fmt: skip
def told_apart(draw, hidden):
    """Differences with their intervals beside accuracies with theirs."""
    level = int(draw.integers(78, 86))
    pairs = Statements("told_apart", draw, """
        + overlap, and a difference that does not cross zero
        their own intervals overlap, but that of the difference on the same X-rays lies clear of zero.
        + the second is better, and clearly
        the whole interval of the difference lies on one side of zero, the left one.
        - a large difference with a wide interval
        a large difference, but its interval crosses zero.
        - a difference of next to nothing
        next to nothing, and the interval holds zero.
        - a difference whose interval just crosses zero
        the interval holds zero, if only just; it leaves open which of the two is better.
    """)  # fmt: skip
    facts = (2.4, 1.9), (-3.1, 1.7), (3.6, 4.3), (0.3, 1.4), (1.8, 2.3)  # difference, half of its interval
    rows = [facts[one] for one in pairs.order]
    return Problem(
        text="Five pairs of systems, a to e. On the left the accuracy of either system with its own 95 "
        "% interval; on the right the difference in accuracy on the *same* X-rays, first less second, "
        "with an interval for which whole patients were drawn again, always the same for both. For "
        "which pairs does the figure say that one of the two trained systems is better, by more than "
        "another draw of patients would explain? Five times `True` or `False`, a first. (Leave out that "
        "five pairs give chance five tries.)",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

rows = {packed(rows, -5, 5)} / 25.5 - 5  # difference, half of its interval (points)
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3), num="told apart", clear=True)
for row, (difference, half) in enumerate(rows):
    for shift, accuracy in ((-0.12, {level} + difference), (0.12, {level})):
        left.hlines(row + shift, accuracy - 3, accuracy + 3, color="#777777")
        left.plot(accuracy, row + shift, "o", color="#0072B2" if shift < 0 else "#D55E00")
    right.hlines(row, difference - half, difference + half, color="#777777")
    right.plot(difference, row, "o", color="black")
right.axvline(0, color="black", lw=1)
left.set(title="accuracy (%), the first in blue", yticks=range(5), yticklabels="{LETTERS[:5]}")
right.set(title="difference (points)", yticks=range(5), yticklabels="{LETTERS[:5]}")
for axis in (left, right):
    axis.invert_yaxis()
    axis.grid(axis="x")""",
        starter=pairs.starter,
        form=pairs.form,
        solution=pairs.solution,
        parts=pairs.parts(2, 1, "What decides is the interval of the difference, and whether it holds zero."),
        wrong=(
            pairs.wrong(0, 2, 4), pairs.wrong(0, 0, 2), pairs.wrong(2, 1), pairs.all_same(False),
            pairs.all_turned(),
        ),
        note="All intervals on the left overlap: who reads only those finds nothing. Both systems meet "
        "the same hard X-rays, which the difference takes out. Ask what the parenthesis would change "
        "(Holm).",
    )  # fmt: skip


_Z = 1.96  # as the problem gives it, so not `wilson_interval`, which takes more decimals
_ENDS = r"$$\frac{p + \frac{z^2}{2n} \pm z\sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}$$"


def _wilson(right, total):
    share, shrink = right / total, 1 + _Z**2 / total
    middle = (share + _Z**2 / (2 * total)) / shrink
    reach = _Z * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2)) / shrink
    return 100 * (middle - reach), 100 * (middle + reach)


def _wald(right, total):
    share = right / total
    reach = _Z * sqrt(share * (1 - share) / total)
    return 100 * (share - reach), 100 * (share + reach)


@problem(
    14, 5, title="Ninety-eight beats ninety-five", kind=Kind.CRITICISE, minutes=25, points=4,
    read=PAGE + "eight-x-rays",
)  # fmt: skip
def two_intervals(draw, hidden):
    """Intervals of two reported accuracies."""
    few, many = int(draw.integers(48, 62)), int(draw.integers(1100, 1500))
    ours, theirs = few - int(draw.integers(1, 3)), round(many * draw.integers(947, 956) / 1000)
    first, second = _wilson(ours, few), _wilson(theirs, many)
    said = 100 * ours / few, 100 * theirs / many
    typed = Typed("two_intervals", 4, "the ends of the first interval and of the second, in percent", 1)
    return Problem(
        text=f"“Our small network is right on {said[0]:.1f} % of our test set ({ours} of {few} X-rays), "
        f"with two classes. The best published system has {said[1]:.1f} % ({theirs} of {many:,} X-rays "
        "of other collections, with two classes, too) and twenty times the parameters. So ours is the "
        "better system, and size does not help.”\n\n1. The ends of the 95 % Wilson interval of $k$ "
        f"right of $n$ are, with $p = k/n$ and $z = {_Z}$,\n\n{_ENDS}\n\nType, in percent and to one "
        "decimal, the lower and the upper end for the small network, then the lower and the upper end "
        "for the published system.\n\n2. In six to nine sentences: do the intervals decide which system "
        "is better? What else stands in the way of the first conclusion, what of the second, and what "
        "would the authors have to do?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(*first, *second),
        parts=(
            typed.part(
                2, "the small network's interval", slice(0, 2), first,
                "with few X-rays the interval is wide, and wider below than above.",
                {
                    "without the terms in z² this promises too much for few X-rays.": (
                        _wald(ours, few)
                    ),
                    "the last division, by 1 + z²/n, is missing.": tuple(
                        end * (1 + _Z**2 / few) for end in first
                    ),
                    "the two intervals are exchanged.": second,
                    "the lower end comes first.": first[::-1],
                },
            ),
            typed.part(
                2, "the published system's interval", slice(2, 4), second,
                "with many X-rays the interval is narrow, which says nothing of whose X-rays they are.",
                {
                    "this takes as few X-rays as the other test has.": _wilson(few * theirs / many, few),
                    "the two intervals are exchanged.": first,
                    "the lower end comes first.": second[::-1],
                },
            ),
        ),
        wrong=(
            typed.wrong(2, *_wald(ours, few), *second),
            typed.wrong(2, *first, *_wilson(few * theirs / many, few)),
            typed.wrong(0, *second, *first),
            typed.wrong(0, *first[::-1], *second[::-1]),
            typed.wrong(2, *(end * (1 + _Z**2 / few) for end in first), *second),
        ),
        rubric=(
            Criterion(1, "Says that the small test leaves open accuracies below the other's, and above."),
            Criterion(1, "Says that other X-rays, classes and folds make the two incomparable at any size."),
            Criterion(1, "Names images of one patient or a choice by the test set as a further doubt."),
            Criterion(1, "Says that one pair of systems cannot show what size does."),
            Criterion(1, "Wants both on the same X-rays, and an interval of the difference by patient."),
        ),
        model_answer="The first interval reaches from well below the other accuracy to above it, so "
        "even as two samples of one kind of X-ray they decide nothing. And they are not of one kind: "
        "another collection can be harder by more points than any network gains, and “not COVID-19” may "
        "mean something else in each. The interval also takes the X-rays as independent, which several "
        "of a patient are not. About size the comparison says nothing, since everything else differs as "
        "well, and one pair is no trend. Both systems should be trained by one protocol on the same "
        "folds by patient and asked about the same X-rays; then the X-rays on which exactly one is "
        "right, and an interval of the difference that draws patients, can say something about these "
        "two trained systems.",
        note="Overlapping intervals do not show that two systems are equal, either. Ask which of the "
        "doubts would remain with ten thousand X-rays.",
    )  # fmt: skip


@problem(
    14, 6, title="Padding around a dot", kind=Kind.COMPUTE, minutes=8, points=3,
    read=PAGE + "what-the-systems-are-made-of",
)  # fmt: skip
def padded_edges(draw, hidden):
    """Edges of a map in DarkCovidNet's pattern, and as it would be without the slip."""
    edge = 4 * int(draw.integers(10, 30))
    once = (edge + 2) // 2
    after = (once + 2) // 2
    typed = Typed("padded_edges", 3, "the edge after one group, after two, and after two without the slip")
    return Problem(
        text="DarkCovidNet's pattern: a group is three convolutions with stride 1, with windows of 3 × "
        "3, 1 × 1 and 3 × 3, and then a max pooling of 2 × 2 with stride 2 and no padding, which leaves "
        "an odd last row and column out. As its authors wrote it, *every* convolution gets one pixel of "
        f"padding on all four sides. A map of {edge} × {edge} pixels comes in. Type three whole numbers: "
        "its edge after one such group; after two; and after two if the 1 × 1 convolutions were not "
        "padded.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(once, after, edge // 4),
        parts=(
            typed.part(
                1, "after one group", 0, once,
                "a 3 × 3 window uses its padding up, and a 1 × 1 window makes pixels of it.",
                {
                    "a 1 × 1 window makes a pixel of each pixel of the padding.": edge // 2,
                    "padding is on both sides: the map grows by two pixels.": (edge + 1) // 2,
                    "a 3 × 3 window uses its padding up; only the 1 × 1 lets the map grow.": (edge + 6) // 2,
                    "the pooling halves the map.": edge + 2,
                },
            ),
            typed.part(
                1, "after two groups", 1, after,
                "the second group does the same to what the first one gives.",
                {
                    "the second group pads its 1 × 1 convolution, too.": once // 2,
                    "the two pixels of the first group are halved as well.": (edge + 4) // 4 + 1,
                    "a 1 × 1 window makes a pixel of each pixel of the padding.": edge // 4,
                    "a 3 × 3 window uses its padding up; only the 1 × 1 lets the map grow.": (
                        ((edge + 6) // 2 + 6) // 2
                    ),
                },
            ),
            typed.part(
                1, "without the slip", 2, edge // 4,
                "padding that fits the window leaves the map alone, and two poolings halve it twice.",
                {"without padding the 1 × 1 window costs no border.": [edge // 4 - 1, edge // 4 - 2]},
            ),
        ),
        wrong=(
            typed.wrong(1, edge // 2, edge // 4, edge // 4),
            typed.wrong(1, (edge + 6) // 2, ((edge + 6) // 2 + 6) // 2, edge // 4),
            typed.wrong(2, once, once // 2, edge // 4),
            typed.wrong(2, once, after, edge // 4 - 1),
            typed.wrong(1, edge + 2, edge + 4, edge // 4),
        ),
        note="A network computes whatever is written down, and no error is raised. Ask how the slip "
        "could have been noticed (print every shape once), and whether it harms.",
    )  # fmt: skip
