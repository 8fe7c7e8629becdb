"""Problems of chapter 5: batch statistics, moving averages, and what a young network's validation says."""

import numpy as np

from coronet_lib.course.bank._answers import Statements, Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed, pick
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "05_batch_norm_and_dropout.html#"


@problem(
    5, 1, title="When the beginning is forgotten", kind=Kind.COMPUTE, minutes=10, points=4,
    read=PAGE + "moving-averages",
)  # fmt: skip
def forgotten_after(draw, hidden):
    """Steps and epochs until little is left of an average's first value."""
    momentum, left = pick(draw, [(0.9, 5), (0.95, 2), (0.95, 5), (0.98, 5), (0.98, 2), (0.99, 5), (0.99, 10)])
    batch = int(draw.choice([8, 10, 16]))
    images = batch * int(draw.integers(7, 24)) + int(draw.integers(1, batch))
    exact = np.log(left / 100) / np.log(momentum)
    steps, an_epoch = int(exact) + 1, images // batch
    epochs = -(-steps // an_epoch)
    linear = round((1 - left / 100) / (1 - momentum))
    turned = int(np.log(left / 100) / np.log(1 - momentum)) + 1
    typed = Typed("forgotten_after", 2, "the steps and the epochs")
    return Problem(
        text=f"A fresh batch normalisation has the momentum {momentum} (Keras's: the share of the old that "
        f"stays). {images} X-rays are there to learn from, in batches of {batch}; the few that fill no batch "
        f"are left out of an epoch. After how many steps is, for the first time, less than {left} % left of "
        "the values that the moving averages began with? And after how many whole epochs is it so for the "
        "first time? Type both whole numbers, in this order.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# the smallest n with {momentum}**n < {left / 100}, and n / {an_epoch} rounded up\n"
        + typed.code(steps, epochs),
        parts=(
            typed.part(
                2, "steps", 0, steps,
                "each step leaves the momentum's share of what was left, so shares multiply.",
                {
                    "it is not yet below after this many; round up.": steps - 1,
                    "each step takes a share of what is left, not of the beginning.": linear,
                    "momentum is the share of the old that stays, not of the new.": turned,
                },
            ),
            typed.part(
                2, "epochs", 1, epochs,
                "an epoch has as many steps as it has whole batches.",
                {
                    "at the end of that epoch it is not so yet; round up.": epochs - 1,
                    "steps are counted in batches, not in X-rays.": -(-steps // images),
                    "these are the steps; an epoch has many.": steps,
                },
            ),
        ),
        wrong=(
            typed.wrong(2, steps - 1, epochs),
            typed.wrong(2, linear, epochs),
            typed.wrong(2, steps, epochs - 1),
            typed.wrong(0, turned, steps),
        ),
        note="Let the class halve the batch: the steps stay, the epochs halve. Then double the X-rays.",
    )  # fmt: skip


@problem(
    5, 2, title="Averages that follow the wrong thing", kind=Kind.DEBUG, minutes=15, points=4,
    read=PAGE + "moving-averages",
)  # fmt: skip
def moved_averages(draw, hidden):
    """One step of the moving averages, with two faults."""
    channels_last, of_old = bool(draw.integers(2)), bool(draw.integers(2))
    axes = "(batch, height, width, channels)" if channels_last else "(batch, channels, height, width)"
    others = "tuple(range(batch.ndim - 1))" if channels_last else "(0, *range(2, batch.ndim))"
    share = "old that stays, as in Keras" if of_old else "new that comes in, as in PyTorch"
    keep, take = ("momentum", "(1 - momentum)") if of_old else ("(1 - momentum)", "momentum")
    solution = f"""\
def moved_averages(moving, batch, momentum):
    axes = {others}
    new = np.stack([batch.mean(axis=axes), batch.var(axis=axes)])
    return {keep} * moving + {take} * new"""
    turned = altered(solution, (f"{keep} * moving + {take} * new", f"{take} * moving + {keep} * new"))
    shared = (
        "np.stack([batch.mean(axis=axes), batch.var(axis=axes)])",
        "np.array([[batch.mean()], [batch.var()]])",
    )
    everything = altered(solution, (f"    axes = {others}\n", ""), shared)

    def wanted(moving, batch, momentum, how=np.var, old=of_old):
        pixels = tuple(range(batch.ndim - 1)) if channels_last else (0, *range(2, batch.ndim))
        stays = momentum if old else 1 - momentum
        return stays * moving + (1 - stays) * np.stack([batch.mean(axis=pixels), how(batch, axis=pixels)])

    def mistakes(right, moving, batch, momentum):
        stays = momentum if of_old else 1 - momentum
        whole = stays * moving + (1 - stays) * np.array([[batch.mean()], [batch.var()]])
        return {
            "old and new are exchanged: see what the text calls the momentum.": wanted(
                moving, batch, momentum, old=not of_old
            ),
            "the second row averages variances, not deviations.": wanted(moving, batch, momentum, np.std),
            "all channels share one mean; each has its own.": whole,
            "the variance divides by the number of values, not by one fewer.": wanted(
                moving, batch, momentum, lambda x, axis: x.var(axis=axis, ddof=1)
            ),
        }

    def case(*size):
        batch = np.arange(1, 1 + size[-1]) * (1 + hidden.normal(size=size))
        moving = hidden.random((2, size[-1])) + 1
        return moving, batch if channels_last else np.moveaxis(batch, -1, 1), 0.7

    judged = Hidden(wanted, "the averages are others; take one channel and one step.", mistakes)
    return Problem(
        text="`moved_averages(moving, batch, momentum)` is to take a step of a batch normalisation's moving "
        "averages. `moving` has shape (2, channels), the means above the variances, and so has the result. "
        f"`batch` has shape (batch, channels) behind a dense layer, or {axes} behind a convolution. The "
        "variance is that of all values, divided by their number, and `momentum` is the share of the "
        f"{share}. For one channel and momentum 0.5 the function below is right. Mend both of its faults.",
        starter=stopped(altered(turned, (f"    axes = {others}\n", ""), shared)),
        form="form.function(moved_averages, np.ones((2, 3)), np.ones((4, 3)), 0.9, returns=(2, 3))",
        solution=solution,
        parts=(
            judged.part(2, "dense features", "Every channel for itself.", case(7, 3), case(4, 4)),
            judged.part(
                2, "feature maps", "All pixels of a channel count alike.",
                case(4, 2, 5, 3), case(2, 2, 2, 2),
            ),
        ),
        wrong=(
            KnownWrong(turned, 0),
            KnownWrong(everything, 0),
            KnownWrong(altered(solution, ("batch.var", "batch.std")), 0),
            KnownWrong(altered(solution, (others, "0")), 2),
            KnownWrong(altered(solution, ("batch.var(axis=axes)", "batch.var(axis=axes, ddof=1)")), 0),
        ),
        note="Keras's 0.99 and PyTorch's 0.01 are one setting. At 0.5 the two cannot be told apart, which is "
        "why nobody should test there.",
    )  # fmt: skip


@problem(
    5, 3, title="Four averages on their way", kind=Kind.FIGURE, minutes=8, points=4,
    read=PAGE + "moving-averages",
)  # fmt: skip
def average_panels(draw, hidden):
    """Which momentum and which batch size made which curve."""
    target = draw.uniform(1.2, 1.8)
    panels = []
    for momentum, batch in ((0.97, 2), (0.97, 50), (0.8, 2), (0.8, 50)):
        dots = draw.normal(target, 0.55 / np.sqrt(batch), size=80)
        moving = [0.0]
        for dot in dots:
            moving.append(momentum * moving[-1] + (1 - momentum) * dot)
        panels.append([dots, moving[1:]])
    order = draw.permutation(4)
    a, b, c, d = (int(place) for place in order.argsort() + 1)
    typed = Typed("average_panels", 4, "the panels of a, b, c and d")
    return Problem(
        text="Each panel of the figure above follows one channel for 80 steps: a dot is a batch's mean, the "
        "line the moving mean, which begins at 0. Two momenta (Keras's: the share of the old that stays) and "
        "two batch sizes were used:\n\n- a: momentum 0.97, batches of 2\n- b: momentum 0.97, batches of 50\n"
        "- c: momentum 0.8, batches of 2\n- d: momentum 0.8, batches of 50\n\n"
        "Which panel is that of a, b, c and d? Type the four numbers in this order.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

panels = {packed(np.array(panels)[order], -0.5, 3.5)}
fig, axes = plt.subplots(1, 4, num="averages", clear=True, figsize=(11, 2.8), sharey=True)
for number, (axis, (dots, line)) in enumerate(zip(axes, panels / 255 * 4 - 0.5), 1):
    axis.plot(range(1, 81), dots, ".", ms=4)
    axis.plot(range(1, 81), line)
    axis.set(title=f"panel {{number}}", xlabel="step")""",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(a, b, c, d),
        parts=(
            typed.together(
                2, "the momentum", slice(0, 2), (a, b),
                "a and b have the larger momentum: more of the old stays, so is their line slow or quick?",
                "The more of the old stays, the later a line arrives.",
            ),
            typed.together(
                2, "the batch size", slice(0, 4, 2), (a, c),
                "a and c have the smaller batches: do their means scatter more or less?",
                "Small batches know their mean badly.",
            ),
        ),
        wrong=(
            typed.wrong(2, c, d, a, b),
            typed.wrong(2, b, a, d, c),
            typed.wrong(0, d, c, b, a),
            typed.wrong(0, 1, 1, 1, 1),
        ),
        note="Ask for the price of the quick line with small batches: it never comes to rest.",
    )  # fmt: skip


_SIGNS = """
+ In inference mode the training X-rays are right as seldom as those of validation.
what was learned by heart is known in inference mode, too; only averages that are not ready spoil it.
+ With the exact statistics of the training X-rays in each layer, the same weights do well in validation.
only the statistics have changed there, so they were at fault.
+ After 1000 further steps that move the averages and no weight, validation is good.
no weight has moved there; what was learned by heart would not get better.
- In training mode nearly all of the training X-rays are right.
training mode does not look at the moving averages; both explanations expect this.
- The validation loss is much higher than the training loss.
both explanations expect a gap; its size does not tell them apart.
- Validation with other X-rays of the same kind is as poor.
both explanations fail on any X-rays that were not trained on.
"""


@problem(
    5, 4, title="It has learned by heart", kind=Kind.CRITICISE, minutes=20, points=4,
    read=PAGE + "same-weights-other-statistics",
)  # fmt: skip
def signs_of_averages(draw, hidden):
    """A claim that a young network overfits."""
    epochs, steps = int(draw.integers(2, 5)), int(draw.integers(6, 13))
    marks = Statements("signs_of_averages", draw, _SIGNS)
    left = f"{0.99 ** (epochs * steps):.0%}"
    return Problem(
        text=f"“After {epochs} epochs of {steps} steps our network gets 99 % of the training X-rays right "
        "and 50 % in validation, as a coin would. So it has learned by heart. We therefore doubled the "
        "dropout and halved the number of channels.” The network is normalised throughout, began with fresh "
        "weights, and its momentum is Keras's 0.99. The 99 % were measured in training mode.\n\n"
        "Which of these observations would speak for moving averages that are not ready, and *against* "
        "learning by heart? Answer True for each that would, and False for each that both explanations "
        f"expect.\n\n{marks.text}\n\n"
        "Then, in at most 150 words: what do you think of the claim? Say how much of the averages' beginning "
        "is left, which test you would make first, and what you would do in either case.",
        starter=marks.starter,
        form=marks.form,
        solution=marks.solution,
        parts=marks.parts(2, 2, "A sign is what only one of the two explanations expects."),
        wrong=(
            marks.all_same(True),
            marks.all_turned(),
            marks.wrong(2, 0),
            marks.wrong(2, 3),
            marks.wrong(0, 4, 5),
            marks.wrong(0, 1, 2),
        ),
        note=f"0.99 to the power of {epochs * steps} is {left}. Both may be true at once: a network can "
        "learn by heart *and* have young averages. The test tells of the second.",
        rubric=(
            Criterion(1, "How much is left: 0.99 to the power of the steps, by far the most of it."),
            Criterion(2, "The first test: the training X-rays in inference mode, and why it decides."),
            Criterion(1, "If the averages: recompute them, lower the momentum, or wait; the weights stay."),
            Criterion(1, "If by heart: more data, augmentation, dropout; only then are the remedies apt."),
        ),
        model_answer=f"The numbers fit both explanations, so the claim comes too soon. After "
        f"{epochs * steps} steps {left} of the averages is still what they began with, and inference "
        "divides by deviations that are far too large. The first test costs nothing: evaluate the training "
        "X-rays in inference mode. If they are a coin, too, the network knows them and its averages do not: "
        "compute exact statistics, take a momentum of 0.9, or train for more steps, and leave dropout and "
        "channels alone. If nearly all are right, it has learned by heart, and the remedies are worth "
        "trying.",
    )  # fmt: skip


@problem(
    5, 5, title="A batch on several machines", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "one-channel-one-mean",
)  # fmt: skip
def normalised_apart(draw, hidden):
    """Batch normalisation in which each part of the batch has its own statistics."""
    epsilon = float(draw.choice([0.001, 0.01, 0.05, 0.1]))
    solution = f"""\
def normalised_apart(maps, size):
    parts = []
    for first in range(0, len(maps), size):
        part = maps[first : first + size]
        mean, variance = part.mean(axis=(0, 1, 2)), part.var(axis=(0, 1, 2))
        deviation = np.sqrt(variance + {epsilon})
        parts.append((part - mean) / deviation)
    return np.concatenate(parts)"""

    def normal(part, axes=(0, 1, 2), root=True):
        deviation = np.sqrt(part.var(axis=axes, keepdims=True) + epsilon * root) + epsilon * (not root)
        return (part - part.mean(axis=axes, keepdims=True)) / deviation

    def apart(maps, size, **how):
        return np.concatenate([normal(maps[i : i + size], **how) for i in range(0, len(maps), size)])

    def mistakes(right, maps, size):
        dealt, machines = np.empty_like(maps), -(-len(maps) // size)
        for first in range(machines):
            dealt[first::machines] = normal(maps[first::machines])
        return {
            "the whole batch shares its statistics; each machine sees only its own X-rays.": normal(maps),
            "each pixel has a mean of its own: the axes are all but the channels.": apart(maps, size, axes=0),
            "each X-ray is normalised by itself; a machine has several.": normal(maps, (1, 2)),
            "all channels share one mean and one variance.": apart(maps, size, axes=None),
            "epsilon belongs to the variance, under the root.": apart(maps, size, root=False),
            "the X-rays are dealt out one by one; a machine gets those that follow each other.": dealt,
        }

    def case(batch, size):
        scale = np.array([0.1, 1.0, 3.0])
        return scale * hidden.normal(size=(batch, 3, 4, 3)) + hidden.normal(size=(batch, 1, 1, 3)), size

    judged = Hidden(
        apart,
        "the maps are others; add up a channel over a part.",
        mistakes,
        lambda right, maps, size: {
            "the last part, which is smaller, is left out.": (len(maps) // size * size, *maps.shape[1:])
        },
    )
    return Problem(
        text="Where a batch is spread over several machines, each normalises its own part, with its own "
        "statistics. Write `normalised_apart(maps, size)` for maps of shape (batch, height, width, "
        "channels): the first `size` X-rays are one part, the next `size` another, and the last part may be "
        f"smaller. Each channel of a part is brought to mean 0 and variance 1, with an epsilon of {epsilon} "
        "that is added to the variance (divided by the number of values). There are no gamma and beta. The "
        "result has the shape of `maps`.",
        starter=unwritten(solution),
        form="form.function(normalised_apart, np.ones((5, 2, 3, 4)), 2, returns=(5, 2, 3, 4))",
        solution=solution,
        parts=(
            judged.part(2, "equal parts", "Each part has its own ruler.", case(6, 3), case(4, 2)),
            judged.part(1, "a smaller last part", "The rest is a part, too.", case(5, 2), case(7, 4)),
            judged.part(1, "one X-ray a part", "A part of one still has its pixels.", case(3, 1)),
        ),
        wrong=(
            KnownWrong(altered(solution, ("part.mean", "maps.mean"), ("part.var", "maps.var")), 0),
            KnownWrong(altered(solution, ("axis=(0, 1, 2)", "axis=0")), 0),
            KnownWrong(altered(solution, ("maps), size)", "maps))"), ("first + size", "first + 1")), 1),
            KnownWrong(altered(solution, (f"(variance + {epsilon})", f"(variance) + {epsilon}")), 0),
            KnownWrong(altered(solution, ("(0, len(maps), size)", "(0, len(maps) - size + 1, size)")), 3),
        ),
        note="Ten X-rays on five machines are batches of two to every normalisation: the chapter's figure of "
        "small batches says what that costs.",
    )  # fmt: skip
