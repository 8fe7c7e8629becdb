"""Problems of chapter 4: softmax, temperature, cross-entropy and the hinge loss."""

from itertools import product

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import pick
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem
from coronet_lib.layers.forward import softmax

PAGE = "04_softmax_and_svm.html#"


@problem(
    4, 1, title="As sure as you are told to be", kind=Kind.COMPUTE, minutes=12, points=4,
    read=PAGE + "temperature",
)  # fmt: skip
def wanted_temperature(draw, hidden):
    """The temperature that gives the best class a wanted probability."""
    n, lead, p = pick(draw, product((3, 4, 5, 6), (4, 6, 7, 9), (0.6, 0.7, 0.8, 0.9)))
    exponent = np.log((n - 1) * p / (1 - p))
    at_one = 1 / (1 + (n - 1) * np.exp(-lead))
    typed = Typed("wanted_temperature", 2, "the temperature, and the limit", decimals=2)
    return Problem(
        text=f"Of an X-ray's {n} scores the largest is {lead} above each of the others, which are equal. By "
        f"which temperature must all scores be divided, so that softmax gives the best class {p:.0%}? And "
        "which probability does the best class come near to as the temperature grows without end? Type "
        "both numbers in this order, to two decimals; a probability lies between 0 and 1.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# 1 / (1 + {n - 1} exp(-{lead} / T)) = {p}, solved for T; then 1 / {n}\n"
        + typed.code(lead / exponent, 1 / n),
        parts=(
            typed.part(
                3, "the temperature", 0, lead / exponent,
                "the probability depends on T by the lead over T alone; write it down and solve for T.",
                {
                    "there are more others than one, and each adds to the sum.": lead / np.log(p / (1 - p)),
                    "this is one over the temperature: scores are divided by it.": exponent / lead,
                    "the logarithm is the natural one.": lead / exponent * np.log(10),
                    "the best class itself is in the sum, too, and is no rival.": (
                        lead / np.log(n * p / (1 - p))
                    ),
                },
            ),
            typed.part(
                1, "the limit", 1, 1 / n,
                "divided by enough, all scores become equal.",
                {
                    "nothing falls to zero: the scores become equal.": 0,
                    "this is a temperature of almost zero: the best class takes all.": 1,
                    "only two classes are left in it.": 0.5,
                },
            ),
        ),
        wrong=(
            typed.wrong(1, lead / np.log(p / (1 - p)), 1 / n),
            typed.wrong(0, exponent / lead, 0),
            typed.wrong(3, lead / exponent, 1),
            typed.wrong(0, lead / exponent * np.log(10), 0.5),
        ),
        note=f"At T = 1 the best class has {at_one:.4f}: a temperature above 1 makes it less sure, and never "
        "wrong.",
    )  # fmt: skip


@problem(
    4, 2, title="A loss in which rare classes count", kind=Kind.FUNCTION, minutes=20, points=4,
    read=PAGE + "cross-entropy-the-price-of-a-probability",
)  # fmt: skip
def weighted_loss(draw, hidden):
    """Cross-entropy with a weight for each class."""
    one_hot, base = bool(draw.integers(2)), pick(draw, ("the natural one", "to base 2", "to base 10"))
    unit = {"the natural one": "", "to base 2": " / np.log(2)", "to base 10": " / np.log(10)"}[base]
    nats = {"the natural one": 1, "to base 2": np.log(2), "to base 10": np.log(10)}[base]

    def each_loss(scores, truth, weights):
        truth = truth if one_hot else np.eye(4)[truth]
        scores = scores - scores.max(axis=1, keepdims=True)
        return (np.log(np.exp(scores).sum(axis=1)) - (scores * truth).sum(axis=1)) / nats, truth @ weights

    def wanted(*case):
        losses, counts = each_loss(*case)
        return (losses * counts).sum() / counts.sum()

    def mistakes(right, *case):
        losses, counts = each_loss(*case)
        return {
            "the weights have no effect; the true class of each X-ray has one.": losses.mean(),
            "the sum is right; it is to be divided by the weights that are in it.": [
                (losses * counts).mean(),
                (losses * counts).sum() / case[2].sum(),
                (losses * counts).sum(),
            ],
            "the logarithm has another base than the one asked for.": (
                [right * nats / other for other in (1, np.log(2), np.log(10))]
            ),
            "the sign is turned: a loss is never negative.": -right,
            "large scores overflow, or leave a probability of 0; take out each X-ray's largest first.": (
                [np.inf, np.nan]
            ),
            "one maximum for the whole batch lets the powers of other X-rays vanish.": -np.inf,
        }

    def case(batch, scale, lift=0):
        scores = scale * hidden.normal(size=(batch, 4)) + lift * np.arange(batch)[:, None]
        labels = hidden.permutation(np.arange(batch) % 4)
        return scores, np.eye(4)[labels] if one_hot else labels, np.array([5.3, 0.4, 3.1, 2.2])

    judged = Hidden(wanted, "the loss is another; compute that of one X-ray by hand.", mistakes)
    of_true = "(scores * truth).sum(axis=1)" if one_hot else "scores[np.arange(len(truth)), truth]"
    nat = f"np.log(np.exp(scores).sum(axis=1)) - {of_true}"
    solution = f"""\
def weighted_loss(scores, truth, weights):
    scores = scores - scores.max(axis=1, keepdims=True)
    losses = {f"({nat}){unit}" if unit else nat}
    counts = {"truth @ weights" if one_hot else "weights[truth]"}
    return (losses * counts).sum() / counts.sum()"""
    row = "a row for each X-ray, 1 for its true class and 0 for the others"
    return Problem(
        text="COVID-19 is rare in a collection, so its X-rays are to count for more. Write "
        "`weighted_loss(scores, truth, weights)`, which returns one number: the cross-entropies of the "
        "X-rays, each times the weight of its true class, added up and divided by the sum of these weights, "
        "one for each X-ray. `scores` has shape (batch, classes) and comes before softmax, `weights` has "
        f"shape (classes,), and `truth` has {row if one_hot else 'the index of each true class'}. The "
        f"logarithm is {base}. Scores may be as large as 1000.",
        starter=unwritten(solution),
        form="form.function(weighted_loss, np.zeros((2, 4)), np."
        + ("eye(4)[:2]" if one_hot else "array([0, 3])")
        + ", np.ones(4))",
        solution=solution,
        parts=(
            judged.part(2, "scores of usual size", "Each X-ray has its weight.", case(6, 1), case(4, 2)),
            judged.part(1, "large scores", "In one step nothing overflows.", case(5, 1000), case(3, 1, 1500)),
            judged.part(1, "a single X-ray", "A batch of one is a batch.", case(1, 2)),
        ),
        wrong=(
            KnownWrong(altered(solution, ("(losses * counts).sum() / counts.sum()", "losses.mean()")), 1),
            KnownWrong(altered(solution, ("counts.sum()", "len(scores)")), 0),
            KnownWrong(altered(solution, ("scores - scores.max(axis=1, keepdims=True)", "1 * scores")), 3),
            KnownWrong(altered(solution, ("max(axis=1, keepdims=True)", "max()")), 3),
            KnownWrong(altered(solution, ("return (", "return -(")), 0),
        ),
        note="A single X-ray costs the same whatever its weight, for the divisor has the weight, too. Ask "
        "what the other divisor, the number of X-rays, would do to the steps of a batch with rare classes.",
    )  # fmt: skip


@problem(
    4, 3, title="Probabilities that forget the batch", kind=Kind.DEBUG, minutes=12, points=4,
    read=PAGE + "scores-that-are-too-large",
)  # fmt: skip
def class_shares(draw, hidden):
    """Softmax along an axis, with one maximum for all."""
    axes, classes = pick(
        draw,
        [
            ("(batch, classes)", 1),
            ("(classes, batch)", 0),
            ("(batch, height, width, classes)", 3),
            ("(batch, classes, height, width)", 1),
        ],
    )
    ndim = axes.count(",") + 1
    others = tuple(axis for axis in range(ndim) if axis != classes)
    solution = f"""\
def class_shares(scores):
    powers = np.exp(scores - scores.max(axis={classes}, keepdims=True))
    return powers / powers.sum(axis={classes}, keepdims=True)"""
    top, total = (f"{name}(axis={classes}, keepdims=True)" for name in ("scores.max", "powers.sum"))
    broken = altered(solution, (top, "scores.max()"), (total, "powers.sum()"))

    def wanted(scores):
        return softmax(scores, axis=classes)

    def mistakes(right, scores):
        powers, bare = np.exp(scores - scores.max()), np.exp(scores)
        shares, naive = (one / one.sum(axis=classes, keepdims=True) for one in (powers, bare))
        return {
            "all of them together add up to one; they are to do so for each set of classes.": (
                powers / powers.sum()
            ),
            "they add up to one across the batch: another axis.": [softmax(scores, a) for a in others],
            "each score goes through a sigmoid of its own; the classes have to share one.": (
                1 / (1 + np.exp(-scores))
            ),
            "one maximum for all lets the powers of other X-rays vanish; each set needs its own.": shares,
            "large scores overflow; take out the largest of each set of classes first.": naive,
        }

    def case(size, lift=0.0):
        scores = hidden.normal(size=(size,) * ndim)
        where = [1] * ndim
        where[others[-1]] = size
        return (scores + lift * np.arange(size).reshape(where),)

    judged = Hidden(wanted, "these are not the probabilities; add some of them up.", mistakes)
    return Problem(
        text=f"`class_shares(scores)` is to turn scores of shape {axes} into probabilities of the same "
        "shape, which add up to 1 over the classes and survive scores of any size. For a single X-ray (and a "
        "single pixel, if there are some) the function below is right. Mend it.",
        starter=stopped(broken),
        form=f"form.function(class_shares, np.zeros({tuple(range(2, 2 + ndim))}), "
        f"returns={tuple(range(2, 2 + ndim))})",
        solution=solution,
        parts=(
            judged.part(2, "as many of each axis", "The sum runs over the classes.", case(4), case(3)),
            judged.part(2, "scores of very different size", "Each set has its own maximum.", case(3, 800.0)),
        ),
        wrong=(
            KnownWrong(broken, 0),
            KnownWrong(altered(solution, (top, "scores.max()")), 2),
            KnownWrong(altered(solution, (top, "0")), 2),
            KnownWrong(altered(solution, (f"axis={classes}", f"axis={others[0]}")), 0),
            KnownWrong("def class_shares(scores):\n    return 1 / (1 + np.exp(-scores))", 0),
        ),
        note="One maximum for the whole batch looks like the max trick and is half of it: powers no longer "
        "overflow, and those of other X-rays vanish to 0 / 0.",
    )  # fmt: skip


_CLASSES = ("COVID-19", "normal", "bacterial", "viral")


@problem(
    4, 4, title="What the hinge asks for", kind=Kind.PREDICT, minutes=10, points=4,
    read=PAGE + "the-other-classifier-a-support-vector-machine",
)  # fmt: skip
def hinge_prices(draw, hidden):
    """The hinge loss of four X-rays, each for itself."""
    true = draw.integers(-10, 21, size=4) / 10
    leads = np.array(  # of the true class over each rival; the first row is beyond the margin
        [
            [*draw.integers(12, 18, size=3)],
            [draw.integers(2, 9), *draw.integers(11, 20, size=2)],
            [-draw.integers(3, 12), draw.integers(2, 8), 15],
            [draw.integers(1, 5), draw.integers(6, 9), 13],
        ]
    ) / 10  # fmt: skip
    rows = []
    for letter, score, lead in zip("abcd", true, leads, strict=True):
        place = int(draw.integers(4))
        scores = np.insert(draw.permutation(score - lead), place, score).round(1) + 0  # no minus before a 0
        rows.append(f"| {letter} | {' | '.join(f'{s:.1f}' for s in scores)} | {_CLASSES[place]} |")
    unclipped, bare = 1 - leads.min(axis=1), np.maximum(0, -leads.min(axis=1))
    prices, added = np.maximum(0, unclipped), np.maximum(0, 1 - leads).sum(axis=1)
    with_itself = 1 + bare
    typed = Typed("hinge_prices", 4, "the hinge losses of a, b, c and d", decimals=1)
    table = "\n".join([f"| X-ray | {' | '.join(_CLASSES)} | true class |", "| --- " * 6 + "|", *rows])
    summed = "the rivals are added up; only the best of them counts."
    no_margin = "the margin of one point is forgotten."
    itself = "the true class is among its own rivals."
    return Problem(
        text="What does each of these X-rays cost by the chapter's hinge loss (Crammer and Singer, a margin "
        f"of one point)? Type the four losses, a to d, to one decimal.\n\n{table}",
        starter=typed.starter,
        form=typed.form,
        solution="# one, plus the best rival, minus the true class, if that is above zero\n"
        + typed.code(*prices),
        parts=(
            typed.part(
                1, "beyond the margin", 0, prices[0],
                "a lead of a point or more costs nothing.",
                {
                    "a loss is never negative: beyond the margin the hinge stops caring.": unclipped[0],
                    itself: with_itself[0],
                },
            ),
            typed.part(
                1, "right by less than a point", 1, prices[1],
                "what is lacking to a lead of one point is the price.",
                {no_margin: bare[1], itself: with_itself[1]},
            ),
            typed.part(
                2, "several rivals within reach", slice(2, 4), prices[2:],
                "of all rivals the best one counts, and no other.",
                {summed: added[2:], no_margin: bare[2:], itself: with_itself[2:]},
            ),
        ),
        wrong=(
            typed.wrong(2, *added),
            typed.wrong(1, *bare),
            typed.wrong(3, *unclipped),
            typed.wrong(0, *with_itself),
        ),
        note="Then ask for the gradient: zeros for a, and one plus and one minus for each of the others.",
    )  # fmt: skip


@problem(4, 5, title="Sharper is surer", kind=Kind.CRITICISE, minutes=20, points=4, read=PAGE + "temperature")
def sharpened(draw, hidden):
    """A claim that a low temperature makes a classifier better."""
    leads, T = pick(
        draw, product(([3, 2, 1, -2], [2, 2, 1, -3], [4, 1, 2, -1.5], [3, 1, 1, -2.5]), (0.2, 0.25, 0.5))
    )
    leads = np.array(leads, dtype=float)
    sure = 1 / (1 + np.exp(-np.abs(leads)))
    sharp = 1 / (1 + np.exp(-np.abs(leads) / T))

    def loss(leads):
        return np.log1p(np.exp(-leads)).mean()

    before, after, soft = loss(leads), loss(leads / T), loss(leads * T)
    typed = Typed("sharpened", 3, "the share that is right, the loss before and the loss after", decimals=2)
    by_named = -np.log(sure).mean(), -np.log(sharp).mean()
    return Problem(
        text=f"“We divide all scores by T = {T}. On the examination set the mean probability of the class "
        f"that the network names thereby rises from {sure.mean():.1%} to {sharp.mean():.1%}: it has become "
        "more reliable, at no cost.” The set has two classes and four X-rays, on which the score of the true "
        f"class minus that of the other is, before the division, {', '.join(f'{d:g}' for d in leads)}.\n\n"
        "First three numbers, to two decimals: the share of the X-rays that are right after the division "
        "(from 0 to 1), and the mean cross-entropy (natural logarithm) before and after it. Then, in at most "
        "150 words: what does the claim mix up, what does the division change, and how would you choose "
        "T?",
        starter=typed.starter,
        form=typed.form,
        solution="# the order stays; -log p of the true class is log(1 + exp(-lead / T))\n"
        + typed.code(0.75, before, after),
        parts=(
            typed.part(
                1, "how many are right", 0, 0.75,
                "dividing by a positive number leaves the order as it is.",
                {
                    "no answer is changed by the division.": 1,
                    "this is the share that is wrong.": 0.25,
                },
            ),
            typed.part(
                3, "the losses", slice(1, 3), (before, after),
                "what is wrong and sure pays nearly its whole lead, and dividing makes the lead larger.",
                {
                    "the loss asks for the true class, not for the one that the classifier names.": by_named,
                    "the order stays, but the probabilities move, and with them the loss.": (before, before),
                    "the scores are divided by T, not multiplied.": (before, soft),
                    "the logarithm is the natural one.": (before / np.log(10), after / np.log(10)),
                },
            ),
        ),
        wrong=(
            typed.wrong(1, 0.75, *by_named),
            typed.wrong(1, 0.75, before, soft),
            typed.wrong(1, 0.75, before, before),
            typed.wrong(0, 0.25, before / np.log(10), after / np.log(10)),
            typed.wrong(3, 1, before, after),
        ),
        note="The loss rises although nothing else has changed: a fair price for being surer than right.",
        rubric=(
            Criterion(1, "Sure and right are two things; the share that is right has not moved."),
            Criterion(1, "The X-ray that is wrong gets surer, too, and pays more: the loss says so."),
            Criterion(1, "A probability is reliable if, of those called so sure, as many are right."),
            Criterion(2, "T is fitted on X-rays held out from training, for a small loss; not on the exam."),
        ),
        model_answer="The claim takes confidence for reliability. A division by T keeps the order of the "
        "classes, so three of four are right before and after; only the probabilities move, those of the "
        "wrong answer as well. That is why the loss rises. Probabilities are reliable when, of all X-rays "
        "called 90 % sure, nine in ten are right, and here nobody has counted. T should be chosen where the "
        "cross-entropy of X-rays that took no part in training is lowest, and then be reported on others; "
        "for most networks it comes out above 1.",
    )  # fmt: skip
