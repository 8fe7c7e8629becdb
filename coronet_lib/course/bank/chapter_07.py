"""Problems of chapter 7: gradients on their way back, with a road beside the layers and without."""

from itertools import product

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed, pick
from coronet_lib.course.problem import Kind, KnownWrong, Part, Problem, problem

PAGE = "07_residual_connections.html#"


@problem(
    7, 1, title="How deep, and how large", kind=Kind.COMPUTE, minutes=12, points=4,
    read=PAGE + "deeper-and-other-weights",
)  # fmt: skip
def depth_and_scale(draw, hidden):
    """The depth that a plain stack bears, and the scale that one with shortcuts does."""
    scale, rest = pick(draw, product((0.6, 0.7, 0.8, 0.85), (100, 1000, 10000)))
    depth, growth = pick(draw, product((20, 30, 40, 50), (3, 5, 10)))
    exact = np.log(rest) / -np.log(scale)
    layers, factor = int(exact), growth ** (1 / depth)
    largest = np.sqrt(factor**2 - 1)
    typed = Typed("depth_and_scale", 2, "the layers and the scale", decimals=2)
    return Problem(
        text="In the chapter's stacks, with random weights of scale s, a layer multiplies the RMS of the "
        "gradient by s without a shortcut, and by the square root of 1 + s² with one. How many layers can "
        f"a plain stack with s = {scale} have at most, if at least 1/{rest} of the gradient's RMS at the "
        f"output is to arrive at the input? And how large may s be at most in a stack of {depth} layers with "
        f"shortcuts, if the RMS is to grow by a factor of {growth} at most from output to input? Type the "
        "whole number of layers, then the scale, rounded to two decimals.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# {scale}**n >= 1/{rest}; (1 + s**2)**({depth} / 2) = {growth}\n"
        + typed.code(layers, largest),
        parts=(
            typed.part(
                2, "the depth of a plain stack", 0, layers,
                "factors multiply, so a logarithm counts them, and part of a layer is none.",
                {
                    "with one layer more, less than that arrives; round down.": layers + 1,
                    "that many layers leave it of the mean square; its root is the RMS.": int(exact / 2),
                    "each layer takes a share of what is left, not of what there was.": (
                        int((1 - 1 / rest) / (1 - scale))
                    ),
                },
            ),
            typed.part(
                2, "the scale with shortcuts", 1, largest,
                "take the depth's root of the growth, square it, and take away the 1 of the shortcut.",
                {
                    "this is the factor of a layer; the shortcut's part of it is 1.": factor,
                    "shortcut and branch have nothing to do with each other, so their squares add up.": (
                        factor - 1
                    ),
                    "the root is missing: this is s squared.": largest**2,
                    "the growth is that of the RMS, not of the mean square.": np.sqrt(factor - 1),
                },
            ),
        ),
        wrong=(
            typed.wrong(2, layers + 1, largest),
            typed.wrong(2, layers, factor),
            typed.wrong(0, int(exact / 2), largest**2),
            typed.wrong(2, layers, factor - 1),
            typed.wrong(2, layers, np.sqrt(factor - 1)),
        ),
        note="Keras's default has s = 0.71, more than the answer: what in CoroNet keeps the growth small?",
    )  # fmt: skip


@problem(
    7, 2, title="Back through two layers at once", kind=Kind.FUNCTION, minutes=20, points=4,
    read=PAGE + "one-addition",
)  # fmt: skip
def block_gradient(draw, hidden):
    """The gradient through a block whose branch has two dense layers."""
    opened, slope = bool(draw.integers(2)), pick(draw, (0, 0.1, 0.2))
    inner = "bend(x)" if opened else "x"
    bend = f"np.where(z > 0, z, {slope} * z)" if slope else "np.maximum(z, 0)"
    solution = f"""\
def block_gradient(upstream, x, first, second):
    hidden = {f"np.where(x > 0, x, {slope} * x)" if opened else "x"} @ first
    by_hidden = (upstream @ second.T) * np.where(hidden > 0, 1.0, {slope})
    by_inner = by_hidden @ first.T
    return upstream + by_inner{f" * np.where(x > 0, 1.0, {slope})" if opened else ""}"""

    def passes(z):
        return np.where(z > 0, 1.0, slope)

    def branch(upstream, x, first, second, inner_bend=True):
        inside = (x * passes(x) if opened else x) @ first
        by_hidden = (upstream @ second.T) * (passes(inside) if inner_bend else 1.0)
        return (by_hidden @ first.T) * (passes(x) if opened else 1.0)

    def wanted(upstream, x, first, second):
        return upstream + branch(upstream, x, first, second)

    def mistakes(right, upstream, x, first, second):
        by_branch = right - upstream
        return {
            "the shortcut is missing: x reaches the sum by two ways.": by_branch,
            "a bend stands on the shortcut; it belongs into the branch.": upstream * passes(x) + by_branch,
            "the bend between the two layers lets everything through.": (
                upstream + branch(upstream, x, first, second, False)
            ),
            "the shortcut is taken away from the branch, not added.": by_branch - upstream,
        }

    def case(batch, units, width, shut=False):
        upstream, x = hidden.normal(size=(2, batch, units))
        first, second = hidden.normal(size=(units, width)), hidden.normal(size=(width, units))
        if shut:
            return upstream, abs(x), -abs(first), second
        x[:, 0], x[:, 1] = -abs(x[:, 0]), abs(x[:, 1])  # so each bend has something to bend
        first[:, 0] = 0.1, *[-1] * (units - 1)
        first[:, 1], x[0, 2:] = -first[:, 0], abs(x[0, 2:])
        return upstream, x, first, second

    judged = Hidden(wanted, "the numbers differ from what nudging one number of x gives.", mistakes)
    return Problem(
        text="A block has a shortcut beside a branch of two dense layers without biases:\n\n"
        f"    y = x + bend({inner} @ first) @ second,    bend(z) = {bend}\n\n"
        "`x` has shape (batch, units), `first` (units, width) and `second` (width, units). Write "
        "`block_gradient(upstream, x, first, second)`: given `upstream`, the gradient of the loss by `y`, "
        "the gradient by `x`, of its shape. At a corner of the bend, take the slope of the side below 0.",
        starter=unwritten(solution),
        form="form.function(block_gradient, np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 5)), "
        "np.ones((5, 3)), returns=(2, 3))",
        solution=solution,
        parts=(
            judged.part(
                2, "a wide and a narrow branch", "Both ways, added up.", case(4, 3, 5), case(3, 6, 2)
            ),
            judged.part(1, "a single X-ray", "A batch of one is a batch.", case(1, 4, 4)),
            judged.part(
                1, "a branch that is shut", "The road stays open when a branch is shut.", case(3, 4, 2, True)
            ),
        ),
        wrong=(
            KnownWrong(altered(solution, ("return upstream + ", "return ")), 0),
            KnownWrong(altered(solution, ("upstream +", f"upstream * np.where(x > 0, 1.0, {slope}) +")), 1),
            KnownWrong(altered(solution, (f" * np.where(hidden > 0, 1.0, {slope})", "")), 0),
            KnownWrong(altered(solution, ("first.T", "first"), ("second.T", "second")), 0),
        ),
        note="With ReLU and a branch that is shut, the gradient is `upstream` itself. Without the shortcut "
        "it would be zero: such a block would be dead.",
    )  # fmt: skip


@problem(7, 3, title="A list of the same", kind=Kind.DEBUG, minutes=12, points=4, read=PAGE + "one-addition")
def running_sums(draw, hidden):
    """A forward pass that keeps one array many times."""
    share = pick(draw, (0.1, 0.2, 0.25, 0.5))
    solution = f"""\
def running_sums(x, weights):
    kept = [x]
    for matrix in weights:
        branch = np.maximum(kept[-1], 0) @ matrix
        kept.append(kept[-1] + {share} * branch)
    return np.array(kept)"""
    broken = f"""\
def running_sums(x, weights):
    kept = [x]
    for matrix in weights:
        x += {share} * np.maximum(x, 0) @ matrix
        kept.append(x)
    return np.array(kept)"""

    def stack(x, weights, step):
        kept = [x]
        for matrix in weights:
            kept.append(step(kept[-1], matrix))
        return np.array(kept)

    def added(h, matrix):
        return h + share * np.maximum(h, 0) @ matrix

    def mistakes(right, x, weights):
        last = np.array([x, *[right[-1]] * len(weights)])
        bent = stack(x, weights, lambda h, matrix: np.maximum(added(h, matrix), 0))
        return {
            "all entries are the last sum: `+=` changes an array in place, and the list holds it often.": [
                last,
                np.array([right[-1]] * len(right)),
            ],
            "the shortcut is missing.": stack(x, weights, lambda h, m: share * np.maximum(h, 0) @ m),
            "these are Figure 3's blocks, with a ReLU behind the sum; it belongs into the branch.": bent,
            "each branch counts in full; it is to be scaled.": (
                stack(x, weights, lambda h, m: h + np.maximum(h, 0) @ m)
            ),
            "the branch has no ReLU.": stack(x, weights, lambda h, m: h + share * h @ m),
        }

    def case(depth, batch=3, units=4):
        return hidden.normal(size=(batch, units)), 2 * hidden.normal(size=(depth, units, units))

    judged = Hidden(
        lambda x, weights: stack(x, weights, added),
        "the sums are others; compute the first layer by hand.",
        mistakes,
        lambda right, x, weights: {"the input itself is missing; it is the first entry.": right[1:].shape},
    )
    return Problem(
        text="`running_sums(x, weights)` is to keep what the way back will need of a deep stack: the input "
        "`x`, of shape (batch, units), and the sum behind each layer. A layer adds to what comes in its "
        f"branch, {share} · ReLU(h) @ W. `weights` has shape (layers, units, units), and the result "
        "(layers + 1, batch, units). The last entry of what the function below returns is right. Mend it.",
        starter=stopped(broken),
        form="form.function(running_sums, np.ones((2, 3)), np.ones((4, 3, 3)), returns=(5, 2, 3))",
        solution=solution,
        parts=(
            judged.part(1, "one layer", "An input and a sum.", case(1)),
            judged.part(3, "several layers", "Every sum is an array of its own.", case(3), case(5, 1, 6)),
        ),
        wrong=(
            KnownWrong(altered(broken, ("kept = [x]", "kept, x = [x], x.copy()")), 1),
            KnownWrong(altered(solution, ("kept[-1] + ", "")), 0),
            KnownWrong(altered(solution, ("(kept[-1] +", "(np.maximum(0, kept[-1] +"), ("h)", "h))")), 0),
            KnownWrong(altered(solution, (f"{share} * branch", "branch")), 0),
            KnownWrong(altered(solution, ("np.array(kept)", "np.array(kept[1:])")), 0),
        ),
        note="The first wrong answer shows half of an understanding: it saves the input, and all sums are "
        "still one array. `x = x + …` makes a new one each time.",
    )  # fmt: skip


@problem(
    7, 4, title="The road and the gate", kind=Kind.PREDICT, minutes=12, points=4,
    read=PAGE + "where-the-addition-stands",
)  # fmt: skip
def road_or_gate(draw, hidden):
    """Three blocks of one number each, in Xception's order and in Figure 3's."""
    candidates = product((1, 2, 4), (0.5, 1.0, 1.5), (-1.5, -2.0, -3.0), (0.5, 1.0, -0.5))
    x, first, second, third = pick(
        draw, (one for one in candidates if one[1] * one[2] * one[3] != (1 + one[1]) * (1 + one[2]))
    )
    by_x = (1 + first) * (1 + second)
    h2 = x * by_x  # below zero, so the third branch is silent
    typed = Typed("road_or_gate", 4, "output and gradient, Xception's and then Figure 3's", decimals=2)
    return Problem(
        text="Three blocks follow each other, and all of it is single numbers: in Xception's order a block "
        "makes `h + relu(h) * w` of `h`, in that of Figure 3 `relu(h + relu(h) * w)`. The three weights are "
        f"{first}, {second} and {third}, and the first block gets x = {x}. What comes out of the third "
        "block, and what is the gradient of this output by x? Type four numbers to two decimals: output and "
        "gradient in Xception's order, then output and gradient in Figure 3's.",
        starter=typed.starter,
        form=typed.form,
        solution="# behind the second block the sum is negative: a silent branch there, a shut road here\n"
        + typed.code(h2, by_x, 0, 0),
        parts=(
            typed.part(
                3, "Xception's order", slice(0, 2), (h2, by_x),
                "a negative sum goes on along the shortcut; the branch behind it is silent.",
                {
                    "the third branch is silent, because what comes in is negative.": (
                        (h2 * (1 + third), by_x * (1 + third))
                    ),
                    "the shortcut is forgotten: each block adds to what comes in.": [
                        (x * first * second * third, first * second * third),
                        (0, 0),
                    ],
                    "the output is right; the gradient goes through the branches, too.": (h2, 1),
                },
            ),
            typed.part(
                1, "Figure 3's order", slice(2, 4), (0, 0),
                "a ReLU on the road lets nothing negative through, and no gradient back.",
                {
                    "the ReLU stands behind the sum, so it shuts the road, too.": (h2, by_x),
                    "where the output is cut off, moving x a little moves nothing.": (0, by_x),
                },
            ),
        ),
        wrong=(
            typed.wrong(3, h2, by_x, h2, by_x),
            typed.wrong(1, h2 * (1 + third), by_x * (1 + third), 0, 0),
            typed.wrong(1, x * first * second * third, first * second * third, 0, 0),
            typed.wrong(0, h2, 1, 0, by_x),
        ),
        note="Ask for which x the two orders agree: with these weights for 0 alone. A negative x Xception "
        "hands on as it is, and Figure 3 answers 0.",
    )  # fmt: skip


@problem(
    7, 5, title="Four stacks, thirty layers", kind=Kind.FIGURE, minutes=12, points=4,
    read=PAGE + "deeper-and-other-weights",
)  # fmt: skip
def gradient_curves(draw, hidden):
    """Which curve belongs to which stack, and the scale of one of them."""
    unknown = int(draw.integers(10, 15)) / 20
    factors = [unknown, 1.15, np.sqrt(1 + 0.25**2), np.sqrt(1 + 0.8**2)]
    logs = np.log10(factors)[:, None] * np.arange(30, -1, -1)
    logs += np.cumsum(draw.normal(0, 0.015, size=logs.shape), axis=1)[:, ::-1]
    order = draw.permutation(4)
    a, b, c, d = (int(place) for place in order.argsort() + 1)
    typed = Typed("gradient_curves", 5, "the curves of a, b, c and d, and a's scale", decimals=2)

    def judge_scale(answer):
        given = typed.read(answer)[4]
        for wrong, message in (
            (unknown, None),
            (unknown**2, "this is the factor of the mean square; the curve shows its root."),
            (unknown**0.5, "this is the factor of half a layer: count the layers between your two points."),
            (unknown**10, "this is the factor of ten layers; take the tenth root."),
            (-np.log10(unknown), "this is by how many powers of ten a layer shrinks it, not the factor."),
        ):
            if abs(given - wrong) <= 0.04:
                if message:
                    raise Wrong(message)
                return "On a logarithmic axis the slope is the logarithm of the factor."
        raise Wrong("the scale is another; read two points far apart, divide, and take the root.")

    return Problem(
        text="The figure above shows the RMS of the gradient in four stacks of 30 layers with random "
        "weights, as a share of that at the output. In the chapter's terms they are:\n\n"
        "- a: plain, with a scale below 1 that is not told\n- b: plain, scale 1.15\n"
        "- c: with shortcuts, scale 0.25\n- d: with shortcuts, scale 0.8\n\n"
        "Which curve is that of a, b, c and d? And what is the scale of a, read off the figure to within "
        "0.04? Type the four numbers of the curves and then the scale.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

curves = {packed(logs[order], -14, 6)}
fig, axis = plt.subplots(num="gradients", clear=True, figsize=(7, 4))
for number, (curve, style) in enumerate(zip(curves / 255 * 20 - 14, ["-", "--", "-.", ":"]), 1):
    axis.semilogy(10**curve, style, label=f"curve {{number}}")
axis.set(xlabel="after layer (0: the input)", ylabel="RMS of the gradient (output: 1)")
axis.grid(True)
_ = axis.legend()""",
        starter=typed.starter,
        form=typed.form,
        solution=f"# {unknown}**30 arrives of 1; the root of 1 + s**2 is 1.03 for c and 1.28 for d\n"
        + typed.code(a, b, c, d, unknown),
        parts=(
            typed.part(
                2, "the four curves", slice(0, 4), (a, b, c, d),
                "without a shortcut a layer's factor is the scale, with one the root of 1 + its square.",
                {
                    "a shortcut's factor is the root of 1 + s²: compare it with b's.": (a, d, c, b),
                    "with a shortcut a small scale does not shrink the gradient.": [
                        (b, c, a, d),
                        (c, b, a, d),
                    ],
                    "a scale above 1 makes a plain stack's gradient grow.": [(b, a, c, d), (a, c, b, d)],
                },
            ),
            Part(2, "the scale of a", judge_scale),
        ),
        wrong=(
            typed.wrong(2, a, d, c, b, unknown),
            typed.wrong(0, c, b, a, d, unknown**2),
            typed.wrong(2, a, b, c, d, unknown**10),
            typed.wrong(0, b, a, c, d, -np.log10(unknown)),
        ),
        note="Of the growing curves, b ends at 1.15 to the power of 30, about 66, and d at 1.28 to the same, "
        "about 1700. Ask which of the four could be trained for a thousand steps.",
    )  # fmt: skip
