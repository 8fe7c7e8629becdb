"""Problems of chapter 11: what a loss says, how a training goes on and ends, and what is luck."""

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "11_training.html#"

_FORMULA = "len(labels) / (there.sum() * images[there])"
_WEIGHTS = f"""\
def class_weights(labels, classes):
    images = np.bincount(labels, minlength=classes)
    there = images > 0
    weights = np.zeros(classes)
    weights[there] = {_FORMULA}
    return weights"""


def _weights(labels, classes):
    images = np.bincount(labels, minlength=classes)
    return np.where(images > 0, len(labels) / np.maximum(images, 1) / np.count_nonzero(images), 0)


def _weighed_wrongly(right, labels, classes):
    images = np.bincount(labels, minlength=classes)
    there = np.count_nonzero(images)
    return {
        "an image counts the more, the fewer its class has; yours is turned round.": [
            images / len(labels), images / len(labels) * there,
        ],
        "the classes count alike, but the mean weight of an image is not 1.": [
            right * there / len(labels), right * there, right / right.max(), right / right.sum(),
        ],
        "a class without images takes no part: the others share without it.": right * there / classes,
        "a class without images has no weight: 0.": [
            len(labels) / np.maximum(images, 1) / number for number in (there, classes)
        ],
    }  # fmt: skip


@problem(
    11, 1, title="What a class weighs", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "what-so-small-an-experiment-cannot-show", variants=False,
)  # fmt: skip
def class_weights(draw, hidden):
    """A function for the weights of classes in the loss."""
    function = Hidden(
        _weights,
        "the weights are others: each class's images times its weight is to be the same for all classes.",
        _weighed_wrongly,
    )
    return Problem(
        text="In the loss of a training each image is multiplied by the weight of its class. Write "
        "`class_weights(labels, classes)`: from the classes of the training images, whole numbers from "
        "0 to `classes` − 1, to an array of shape `(classes,)`. The weights are to fulfil two "
        "conditions: all classes that occur weigh the same altogether (images times weight), and the "
        "mean weight of an image is 1. A class without images gets 0. There is at least one image.",
        starter=unwritten(_WEIGHTS),
        form="form.function(class_weights, np.array([0, 1, 1, 0]), 2, returns=(2,))",
        solution=_WEIGHTS,
        parts=(
            function.part(
                2, "every class occurs", "The rarer a class, the more an image of it counts.",
                (hidden.permutation(np.repeat(np.arange(3), [2, 30, 9])), 3),
            ),
            function.part(
                1, "a class without images", "Who is not there takes no share.",
                (hidden.permutation(np.repeat([0, 3], [4, 8])), 5),
            ),
            function.part(1, "one class only", "Alone, a class weighs 1.", (np.array([1, 1, 1]), 2)),
        ),
        wrong=(
            KnownWrong(altered(_WEIGHTS, ("there.sum()", "classes")), 2),
            KnownWrong(altered(_WEIGHTS, (_FORMULA, "1 / images[there]")), 0),
            KnownWrong(altered(_WEIGHTS, (_FORMULA, "images[there] / len(labels)")), 1),
            KnownWrong(altered(_WEIGHTS, (_FORMULA, "images.max() / images[there]")), 1),
            KnownWrong(altered(_WEIGHTS, (
                "return weights", "return len(labels) / np.maximum(images, 1) / classes")), 2),
        ),
        note="Keras and scikit-learn call these weights balanced. Two conditions fix them; ask for them "
        "before anybody writes a formula. What do they do to the scale of the loss? Nothing, by the "
        "second condition.",
    )  # fmt: skip


@problem(
    11, 2, title="Right more often, and dearer", kind=Kind.COMPUTE, minutes=10, points=4,
    read=PAGE + "one-batch",
)  # fmt: skip
def two_losses(draw, hidden):
    """Losses of a sure network and of a careful one."""
    sure = [*(draw.integers(80, 95, 4) / 100), int(draw.integers(5, 15)) / 1000]
    careful = [*(draw.integers(56, 70, 3) / 100), *(draw.integers(38, 47, 2) / 100)]
    sure, careful = draw.permutation(sure), draw.permutation(careful)
    losses = [-np.log(one).mean() for one in (sure, careful)]
    without = -np.log(np.sort(sure)[1:]).mean()
    typed = Typed("two_losses", 3, "the loss of A, that of B, and that of A without its worst X-ray", 3)

    def mistakes(chances, other):
        return {
            "A and B are exchanged.": other,
            "these are logarithms to base 10; cross-entropy has the natural ones.": -np.log10(chances).mean(),
            "these are logarithms to base 2; cross-entropy has the natural ones.": -np.log2(chances).mean(),
            "this is the sum; the loss of a batch is the mean over its X-rays.": -np.log(chances).sum(),
            "the mean comes last: of the logarithms, not of the chances.": -np.log(chances.mean()),
            "this is the mean of what the chances lack of 1; cross-entropy takes a logarithm.": 1
            - chances.mean(),
            "a loss is not negative.": np.log(chances).mean(),
        }

    why = "the loss is the mean of minus the natural logarithm of each chance."
    return Problem(
        text="Two networks tell COVID-19 from everything else. To the true answer of five X-rays "
        f"network A gives the chances {', '.join(f'{one:g}' for one in sure)}, and network B "
        f"{', '.join(f'{one:g}' for one in careful)}. A network is right where this chance is above one "
        "half, so A is right on four of five and B on three. Guess first whose loss is lower. Then type "
        "the loss of A, the loss of B, and the loss that A has on the four X-rays without the one that "
        "it is most wrong about, each to three decimals.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(*losses, without),
        parts=(
            typed.part(1, "A's loss", 0, losses[0], why, mistakes(sure, losses[1])),
            typed.part(1, "B's loss", 1, losses[1], why, mistakes(careful, losses[0])),
            typed.part(
                2, "A without its worst", 2, without,
                "what one X-ray costs that a network is sure and wrong about, the mean of the others "
                "does not show.",
                {
                    "four X-rays are left, so that the mean is over four.": without * 4 / 5,
                    "the worst is the one with the smallest chance.": -np.log(np.sort(sure)[:-1]).mean(),
                    "these are logarithms to base 10, not the natural ones.": without / np.log(10),
                    "this is the sum; the loss of a batch is the mean over its X-rays.": without * 4,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, *(-np.log10(one).mean() for one in (sure, careful)), without / np.log(10)),
            typed.wrong(0, *(-np.log(one).sum() for one in (sure, careful)), without * 4),
            typed.wrong(2, *losses, without * 4 / 5),
            typed.wrong(2, *(-np.log(one.mean()) for one in (sure, careful)), without),
            typed.wrong(2, losses[1], losses[0], without),
        ),
        note="Accuracy asks who is right, loss what it cost. So a validation loss may rise while the "
        "accuracy rises, too: some X-rays are got wrong with great conviction. Ask which network you "
        "would rather be told by.",
    )  # fmt: skip


@problem(
    11, 3, title="When would it have stopped?", kind=Kind.FIGURE, minutes=10, points=4,
    read=PAGE + "what-so-small-an-experiment-cannot-show",
)  # fmt: skip
def stopping(draw, hidden):
    """Early stopping read off two curves."""
    patience, first, kept = int(draw.integers(2, 4)), int(draw.integers(3, 5)), int(draw.integers(7, 9))
    start = int(draw.integers(125, 150)) / 100
    low = start - 0.07 * kept
    losses = [start - 0.07 * epoch for epoch in range(1, kept + 1)]
    losses[first] = losses[first - 1] + 0.05  # one epoch that is worse, before the patience is tried
    losses += [low + rise for rise in (0.08, 0.05, 0.10, 0.06, 0.09)[: patience + 1]]
    losses += [low - 0.07, low - 0.13, low - 0.06, low]
    last, best = len(losses), kept + patience + 3
    accuracies = [0.95 - loss / 2.5 for loss in losses]
    accuracies[kept + 1] = max(accuracies) + 0.04  # the most accurate epoch is another one
    typed = Typed("stopping", 2, "the epoch whose weights are kept, and the last epoch that is run")
    return Problem(
        text=f"The curves are those of a training of {last} epochs. Early stopping with a patience of "
        f"{patience} would have ended it before: it stops after an epoch if {patience} epochs in a row, "
        "this one included, have brought no validation loss below the lowest until then, and it keeps "
        "the weights of the epoch with the lowest validation loss that it has seen. Type two whole "
        "numbers: the epoch whose weights would have been kept, and the last epoch that would have been "
        "run.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

losses, accuracies = {packed([losses, accuracies], 0, 1.5)} / 170
epochs = range(1, {last} + 1)
fig, axes = plt.subplots(1, 2, figsize=(8, 2.8), num="stopping", clear=True)
for axis, values, name in zip(axes, (losses, accuracies), ("loss", "accuracy")):
    axis.plot(epochs, values, "o-", color="#0072B2")
    axis.set(xlabel="epoch", title=f"validation {{name}}", xticks=epochs[::2])
    axis.set_xticks(epochs, minor=True)
    axis.grid(which="both")""",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(kept, kept + patience),
        parts=(
            typed.part(
                2, "the epoch that is kept", 0, kept,
                "the lowest validation loss among the epochs that are run.",
                {
                    "that epoch is never run: the training has stopped before.": best,
                    "the patience is longer than that one worse epoch.": first,
                    "what is watched is the loss, not the accuracy.": kept + 2,
                    "these are the weights at the end; those of the best epoch are kept.": kept + patience,
                },
            ),
            typed.part(
                2, "the last epoch", 1, kept + patience,
                "so many epochs after the best one as there is patience.",
                {
                    "it does not wait for one epoch more.": kept + patience + 1,
                    "it goes on after the best epoch, as long as it has patience.": kept,
                    "the patience is longer than that one worse epoch.": [first + 1, first + patience],
                    "it would have stopped long before the end.": [last, best, best + patience],
                },
            ),
        ),
        wrong=(
            typed.wrong(0, best, last),
            typed.wrong(2, kept, kept + patience + 1),
            typed.wrong(0, first, first + 1),
            typed.wrong(2, kept + 2, kept + patience),
            typed.wrong(2, kept, kept),
        ),
        note="The best epoch of all is never reached: patience is a bet. Ask what a longer one costs, "
        "and on which X-rays the result may then be reported.",
    )  # fmt: skip


@problem(
    11, 4, title="Better than the baseline", kind=Kind.CRITICISE, minutes=20, points=4,
    read=PAGE + "one-choice-at-a-time",
)  # fmt: skip
def seed_spread(draw, hidden):
    """A change of the recipe against the spread of seeds."""
    level = int(draw.integers(880, 920))
    seeds = (level + draw.permutation([-14, -6, 1, 8, 19]) + draw.integers(-2, 3, 5)) / 10
    quoted, top = seeds.min(), np.sort(seeds)[-2:]
    new = round(float(draw.choice([top[0] - 0.1, top.mean().round(1)])), 1)
    gain, spread, as_good = new - seeds.mean(), np.ptp(seeds), int((seeds >= new).sum())
    listed = ", ".join(f"{seed:.1f}" for seed in seeds)
    typed = Typed("seed_spread", 3, "new less mean, largest less smallest, and how many are as good", 2)
    return Problem(
        text=f"“With label smoothing the accuracy on the test fold rises from {quoted:.1f} to {new:.1f} "
        "%. We trained 20 epochs and report the epoch that was best on the test fold, for both. Label "
        "smoothing makes a better network.” Asked for more, the authors send the accuracies of five "
        f"trainings *without* label smoothing, which differ in the seed alone: {listed} %. With it they "
        "trained once.\n\n1. Type three numbers, to two decimals where they have them: the new accuracy "
        "less the *mean* of the five, in points; the largest of the five less the smallest, in points; "
        "and how many of the five are at least as good as the new one.\n\n2. In five to eight "
        "sentences: what is wrong with the comparison, and how should it have been done?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(gain, spread, as_good),
        parts=(
            typed.part(
                2, "the gain over the mean", 0, gain,
                "what is typical of the old recipe is the mean of its seeds.",
                {
                    "that is the gain over the seed that the authors chose to quote.": new - quoted,
                    "that is the difference from the best seed.": [new - seeds.max(), seeds.max() - new],
                    "the new one comes first: what is gained is positive.": -gain,
                    "that is the gain over the middle one of the five, their median.": new - np.median(seeds),
                },
            ),
            typed.part(
                1, "the spread of the seeds", 1, spread,
                "so far apart lie trainings that differ in nothing but luck.",
                {
                    "that is their standard deviation.": [seeds.std(), seeds.std(ddof=1)],
                    "that is how far the new one is from the smallest.": new - quoted,
                },
            ),
            typed.part(
                1, "as good by luck", 2, as_good,
                "whoever trained the old recipe often enough would have got that far, too.",
                {"that is how many are not as good.": 5 - as_good},
            ),
        ),
        wrong=(
            typed.wrong(2, new - quoted, spread, as_good),
            typed.wrong(1, new - quoted, new - quoted, as_good),
            typed.wrong(3, gain, seeds.std(), as_good),
            typed.wrong(0, new - seeds.max(), seeds.std(ddof=1), 5 - as_good),
            typed.wrong(2, -gain, spread, as_good),
        ),
        rubric=(
            Criterion(1, "Sees that the least lucky seed is quoted, and that the gain is within the spread."),
            Criterion(1, "Says that one training with label smoothing cannot be told from a lucky seed."),
            Criterion(1, "Says that an epoch chosen on the test fold makes both numbers too large."),
            Criterion(1, "Asks for as many seeds of both, a choice on validation patients, a fresh test."),
        ),
        model_answer="The authors compare their one new training with the worst of five old ones. "
        "Against the mean of the five the gain is smaller than the distance between the luckiest and "
        "the unluckiest seed, and at least one old training is as good. So it may be luck. Both "
        "accuracies are too large as well, because the epoch was chosen on the X-rays that are "
        "reported. Five trainings of each recipe with the same seeds and folds, the epoch chosen on "
        "validation patients, and the differences seed by seed would have shown whether there is more "
        "than luck.",
        note="The claim may be true all the same: nothing here refutes label smoothing. Ask how many "
        "seeds would do.",
    )  # fmt: skip


_EPOCH = """\
def one_epoch(x, y, w, rate, batch, order):
    for start in range(0, len(x), batch):
        rows = order[start:start + batch]
        chance = 1 / (1 + np.exp(-x[rows] @ w))
        w = w - rate * x[rows].T @ (chance - y[rows]) / len(rows)
    return w"""
_EPOCH_BROKEN = """\
def one_epoch(x, y, w, rate, batch, order):
    x = x[order]
    for start in range(0, len(x) - batch, batch):
        rows = slice(start, start + batch)
        chance = 1 / (1 + np.exp(-x[rows] @ w))
        w = w + rate * x[rows].T @ (chance - y[rows]) / batch
    return w"""


def _epoch(x, y, w, rate, batch, order, labels=True, sign=-1, last=True, whole=False, fresh=True):
    end = len(x) if last else len(x) - batch if last is None else len(x) // batch * batch
    start_w = w
    for start in range(0, end, batch):
        rows = order[start : start + batch]
        chance = 1 / (1 + np.exp(-x[rows] @ (w if fresh else start_w)))
        truth = y[rows] if labels else y[start : start + batch]
        w = w + sign * rate * x[rows].T @ (chance - truth) / (batch if whole else len(rows))
    return w


@problem(
    11, 5, title="An epoch that climbs", kind=Kind.DEBUG, minutes=20, points=4, read=PAGE + "all-batches",
    variants=False,
)  # fmt: skip
def one_epoch(draw, hidden):
    """One epoch of gradient descent with mistakes in it."""

    def case(images, batch, shuffled=True):
        order = hidden.permutation(images) if shuffled else np.arange(images)
        labels = hidden.integers(0, 2, images).astype(float)
        return hidden.normal(size=(images, 3)), labels, hidden.normal(size=3), 0.3, batch, order

    function = Hidden(
        _epoch,
        "the weights at the end are others; take one step by hand, with a batch of two.",
        lambda right, *case: {
            "the loss climbs: a step goes against the gradient.": [
                _epoch(*case, sign=1), _epoch(*case, sign=1, whole=True), _epoch(*case, sign=1, last=None)
            ],
            "images are taken in another order than their labels.": [
                _epoch(*case, labels=False), _epoch(*case, labels=False, whole=True)
            ],
            "the last batch is left out.": [_epoch(*case, last=False), _epoch(*case, last=None)],
            "a short batch has a mean as well: over as many images as it holds.": _epoch(*case, whole=True),
            "every batch starts from the weights that the one before has left.": _epoch(*case, fresh=False),
        },
    )  # fmt: skip
    return Problem(
        text="`one_epoch(x, y, w, rate, batch, order)` is to go once through the data with logistic "
        "regression. `x` has the shape `(images, features)`, `y` holds 0 or 1 for each image and `w` "
        "one weight for each feature. `order` lists the rows of `x` in the order in which they are to "
        "be taken, `batch` of them at a time; the last batch may be shorter and counts as well. Each "
        "batch moves the weights once, by `rate` times the gradient of its mean cross-entropy, which is "
        "`x.T @ (chance - y)` over the number of its images, so that the loss falls. It returns the "
        "weights at the end. Below is more than one mistake; mend it.",
        starter=stopped(_EPOCH_BROKEN),
        form="form.function(one_epoch, np.ones((4, 2)), np.ones(4), np.ones(2), 0.1, 2, np.arange(4), "
        "returns=(2,))",
        solution=_EPOCH,
        parts=(
            function.part(1, "whole batches, in order", "Down the gradient, all of them.", case(6, 2, False)),
            function.part(1, "another order", "Each image meets its own label.", case(8, 4)),
            function.part(
                2, "a short batch", "The last batch counts by what it holds.", case(7, 3), case(2, 5),
            ),
        ),
        wrong=(
            KnownWrong(_EPOCH_BROKEN, 0),
            KnownWrong(altered(_EPOCH, ("w - rate", "w + rate")), 0),
            KnownWrong(altered(_EPOCH, ("/ len(rows)", "/ batch")), 2),
            KnownWrong(altered(_EPOCH, ("len(x), batch)", "len(x) // batch * batch, batch)")), 2),
            KnownWrong(altered(_EPOCH, ("y[rows]", "y[start:start + batch]")), 1),
        ),
        note="Only the sign shows in the loss at once. Labels that do not belong to their images look "
        "like a task that is too hard, as in the chapter's turned phantoms: ask how to tell the two.",
    )  # fmt: skip
