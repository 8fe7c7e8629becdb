"""Problems of chapter 6: what separable layers cost, what they are, and what they cannot do."""

from itertools import product

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import pick
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem
from coronet_lib.layers.forward import relu, separable_conv2d

PAGE = "06_separable_convolution.html#"


@problem(
    6, 1, title="Wide in the middle", kind=Kind.COMPUTE, minutes=15, points=4,
    read=PAGE + "what-it-costs",
)  # fmt: skip
def bottleneck_costs(draw, hidden):
    """Weights and multiplications of a block that mixes, filters and mixes again."""
    C, k, t, n, edge = pick(draw, product((16, 24, 32), (40, 48), (4, 6), (3, 5), (36, 56, 72)))
    wide = t * C
    first, middle, last = C * wide, n**2 * wide, wide * k
    weights, half = first + middle + last, edge // 2
    cost = first * edge**2 + (middle + last) * half**2
    full = n**2 * wide**2
    typed = Typed("bottleneck_costs", 2, "the weights and the multiplications")
    return Problem(
        text=f"A block for phones takes {C} channels on maps of {edge} × {edge} pixels and does three steps, "
        f"without biases: a pointwise convolution to {wide} channels; a depthwise one of {n} × {n}, one "
        f"kernel for each channel, with stride 2 and `same` padding; a pointwise one to {k} channels. How "
        "many weights has the block, and how many multiplications does it make for one image? Type both "
        "whole numbers, in this order.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# {C}·{wide} on {edge}² pixels, then {n}²·{wide} and {wide}·{k} on {half}²\n"
        + typed.code(weights, cost),
        parts=(
            typed.part(
                2, "the weights", 0, weights,
                "a pointwise step has a weight for each pair of channels, a depthwise one a kernel for each.",
                {
                    "the middle step is depthwise: no channel looks at another.": first + full + last,
                    "the last step is missing; it has weights, too.": first + middle,
                    "a kernel is counted by its edge, not by its area.": first + n * wide + last,
                },
            ),
            typed.part(
                2, "the multiplications", 1, cost,
                "each weight is used once for every pixel that its own step gives out.",
                {
                    "the stride has no effect; from the middle step on there are fewer pixels.": (
                        weights * edge**2
                    ),
                    "the first step comes before the stride and works on all pixels.": weights * half**2,
                    "the middle step gives out few pixels, and so it multiplies for few only.": (
                        (first + middle) * edge**2 + last * half**2
                    ),
                    "these are the weights; a weight is used for many pixels.": weights,
                },
            ),
        ),
        wrong=(
            typed.wrong(2, weights, weights * edge**2),
            typed.wrong(2, weights, weights * half**2),
            typed.wrong(0, first + full + last, weights),
            typed.wrong(0, first + n * wide + last, (first + middle) * edge**2 + last * half**2),
            typed.wrong(2, first + middle, cost),
        ),
        note="Ask which of the three steps costs most, and what that says of the window's edge: 5 × 5 is "
        "nearly as cheap as 3 × 3. The block is MobileNetV2's, on the chapter's list of what to read.",
    )  # fmt: skip


@problem(
    6, 2, title="Between full and depthwise", kind=Kind.FUNCTION, minutes=20, points=4,
    read=PAGE + "one-kernel-made-of-two", variants=False,
)  # fmt: skip
def grouped_kernel(draw, hidden):
    """The full kernel of a convolution in groups."""
    solution = """\
def grouped_kernel(kernel, groups):
    rows, columns, inside, outside = kernel.shape
    full = np.zeros((rows, columns, inside * groups, outside))
    for group in range(groups):
        into = slice(group * inside, (group + 1) * inside)
        out = slice(group * outside // groups, (group + 1) * outside // groups)
        full[:, :, into, out] = kernel[:, :, :, out]
    return full"""
    consecutive = "slice(group * inside, (group + 1) * inside)"

    def wanted(kernel, groups):
        channels = np.arange(kernel.shape[2] * groups) // kernel.shape[2]
        same = channels[:, None] == np.arange(kernel.shape[3]) * groups // kernel.shape[3]
        return np.tile(kernel, (1, 1, groups, 1)) * same

    def mistakes(right, kernel, groups):
        tiled = np.tile(kernel, (1, 1, groups, 1))
        into, out = np.arange(right.shape[2]), np.arange(right.shape[3])
        first = right * (into < kernel.shape[2])[:, None]
        dealt = kernel[:, :, into // groups] * (into[:, None] % groups == out * groups // len(out))
        return {
            "every channel out sees all channels in; the weights across groups are zero.": tiled,
            "the channels in are dealt out one by one; a group has those that follow each other.": dealt,
            "only the first group is filled in.": first,
            "what every group does is divided by their number; groups do not share.": tiled / groups,
        }

    judged = Hidden(
        wanted,
        "the layer with your kernel does something else; follow one channel in, and see where it arrives.",
        mistakes,
        lambda right, kernel, groups: {
            "a full kernel has as many channels in as all groups together.": kernel.shape
        },
    )

    def case(edge, inside, outside, groups):
        return hidden.normal(size=(edge, edge + 1, inside, outside)), groups

    return Problem(
        text="In a *grouped* convolution the C channels in and the k channels out are divided into `groups` "
        "equal groups, each of channels that follow each other, and a channel out sees the channels in of "
        "its own group only. So its kernel has the shape (rows, columns, C / groups, k): `kernel[..., o]` "
        "holds the weights of channel out `o` for the channels in of its group. Write "
        "`grouped_kernel(kernel, groups)`: the *full* kernel, of shape (rows, columns, C, k), that does the "
        "same.",
        starter=unwritten(solution),
        form="form.function(grouped_kernel, np.ones((3, 3, 2, 4)), 2, returns=(3, 3, 4, 4))",
        solution=solution,
        parts=(
            judged.part(
                2, "several groups", "Zeros stand between groups.", case(3, 3, 4, 2), case(2, 2, 6, 3)
            ),
            judged.part(1, "a single group", "One group is a full convolution.", case(3, 4, 3, 1)),
            judged.part(1, "a group a channel", "As many groups as channels: depthwise.", case(3, 1, 8, 4)),
        ),
        wrong=(
            KnownWrong("""\
def grouped_kernel(kernel, groups):
    return np.tile(kernel, (1, 1, groups, 1))""", 1),
            KnownWrong(altered(solution, (consecutive, "slice(group, None, groups)")), 2),
            KnownWrong(altered(solution, ("in range(groups)", "in range(1)")), 1),
            KnownWrong(altered(solution, ("inside * groups", "inside"), ("into, out", ":, out")), 1),
            KnownWrong("""\
def grouped_kernel(kernel, groups):
    return np.tile(kernel, (1, 1, groups, 1)) / groups""", 1),
        ),
        note="Full, grouped and depthwise are one family: how many of the weights are forced to zero. A "
        "depthwise layer followed by a pointwise one fills the zeros again, with rank 1.",
    )  # fmt: skip


@problem(
    6, 3, title="Two steps, one fault each", kind=Kind.DEBUG, minutes=15, points=4,
    read=PAGE + "first-filter-then-mix",
)  # fmt: skip
def separable_maps(draw, hidden):
    """A separable layer that is right for one channel and square images."""
    solution = """\
def separable_maps(image, filters, mixture):
    n, _, channels = filters.shape
    height, width = image.shape[0] - n + 1, image.shape[1] - n + 1
    filtered = np.zeros((height, width, channels))
    for i, j in np.ndindex(height, width):
        window = image[i : i + n, j : j + n]
        filtered[i, j] = (window * filters).sum(axis=(0, 1))
    return filtered @ mixture"""
    products = "(window * filters).sum(axis=(0, 1))"
    summed = altered(solution, (products, "(window * filters).sum()"))
    shared = altered(solution, (products, "(window * filters[:, :, :1]).sum(axis=(0, 1))"))
    square = altered(solution, ("image.shape[1]", "image.shape[0]"))
    faulty = (summed, shared)[draw.integers(2)]
    rectified = ("filtered @ mixture", "np.maximum(filtered, 0) @ mixture")
    fault = (("image.shape[1]", "image.shape[0]"), rectified)[draw.integers(2)]

    def maps(image, filters, mixture):
        return separable_conv2d(image[None], filters[..., None], mixture[None, None])[0]

    def mistakes(right, image, filters, mixture):
        filtered = maps(image, filters, np.eye(len(mixture)))
        alike = maps(image, filters[:, :, :1].repeat(len(mixture), 2), mixture)
        together = filtered.sum(axis=2, keepdims=True) * mixture.sum(axis=0)
        return {
            "the filters add up their channels; a depthwise step keeps them apart.": together,
            "one pattern serves all channels; each has its own.": alike,
            "a ReLU stands between the two steps; nothing does.": relu(filtered) @ mixture,
            "the filters are turned by 180°.": maps(image, filters[::-1, ::-1], mixture),
        }

    def case(height, width, n, C, k):
        sizes = (height, width, C), (n, n, C), (C, k)
        return tuple(hidden.normal(size=size) for size in sizes)

    judged = Hidden(
        maps,
        "the maps are others; follow one channel through the first step, then through the second.",
        mistakes,
        lambda right, image, filters, mixture: {
            "height and width of the map are equal, and those of the image are not.": (
                (right.shape[0], right.shape[0], right.shape[2])
            )
        },
    )
    return Problem(
        text="`separable_maps(image, filters, mixture)` is to be Xception's layer, first filter and then "
        "mix, with `valid` padding, stride 1 and nothing between the steps: `image` has shape (height, "
        "width, C), `filters` (n, n, C), `mixture` (C, k), and the result (height - n + 1, width - n + 1, "
        "k). On a square image with one channel and no negative numbers, in image or weights, the function "
        "below is right. It has two faults. Mend both.",
        starter=stopped(altered(faulty, fault)),
        form="form.function(separable_maps, np.ones((5, 6, 2)), np.ones((3, 3, 2)), np.ones((2, 4)), "
        "returns=(3, 4, 4))",
        solution=solution,
        parts=(
            judged.part(
                2, "square images", "Filter each, then mix all.", case(5, 5, 3, 3, 4), case(6, 6, 2, 4, 4)
            ),
            judged.part(
                2, "other images", "Height and width each count.", case(4, 7, 3, 2, 3), case(6, 5, 2, 3, 1)
            ),
        ),
        wrong=(
            KnownWrong(summed, 0),
            KnownWrong(shared, 0),
            KnownWrong(square, 2),
            KnownWrong(altered(solution, rectified), 0),
            KnownWrong(altered(solution, ("* filters)", "* filters[::-1, ::-1])")), 0),
        ),
        note="The test on which it is right was chosen badly in three ways at once. Ask for the smallest "
        "test that catches each fault by itself.",
    )  # fmt: skip


_ONLY_FILTER_FIRST, _ONLY_MIX_FIRST, _BOTH, _NEITHER = 1, 2, 3, 0
_JOBS = (
    ("One channel in, two out: A of it, and B of it.", _ONLY_MIX_FIRST),
    ("Two channels in, one out: A of the first plus B of the second.", _ONLY_FILTER_FIRST),
    (
        "Two channels in, two out: A of the first plus B of the second, and B of the first plus A of the "
        "second.",
        _NEITHER,
    ),
    ("Two channels in, two out: A of the second, and A of the first.", _BOTH),
    ("Three channels in, one out: A of their mean.", _BOTH),
    ("Two channels in, two out: A of the first, and B of the second.", _BOTH),
)


@problem(
    6, 4, title="Which order can do it?", kind=Kind.PREDICT, minutes=12, points=4,
    read=PAGE + "does-the-order-matter",
)  # fmt: skip
def possible_orders(draw, hidden):
    """For some layers, which of the two orders can be them."""
    order = [int(job) for job in draw.permutation([0, 1, 2, *draw.choice([3, 4, 5], 2, replace=False)])]
    right = np.array([_JOBS[job][1] for job in order])
    one_way = np.isin(right, (_ONLY_FILTER_FIRST, _ONLY_MIX_FIRST))
    rest, exchanged = ~one_way, np.array([0, 2, 1, 3])[right]
    typed = Typed("possible_orders", 5, "a number from 0 to 3 for each of a to e")
    jobs = "\n".join(f"- {letter}: {_JOBS[job][0]}" for letter, job in zip("abcde", order, strict=True))
    return Problem(
        text="A and B are two 3 × 3 kernels, neither of which is a multiple of the other. Which of these "
        "layers can be built as *one* depthwise separable layer, with one pattern for each channel that is "
        "filtered? Type for each 1 if only “filter first, then mix” can do it, 2 if only “mix first, then "
        f"filter” can, 3 if both can, each by itself, and 0 if neither can.\n\n{jobs}",
        starter=typed.starter,
        form=typed.form,
        solution="# 1: one pattern for each channel in; 2: one for each channel out\n" + typed.code(*right),
        parts=(
            typed.part(
                2, "what one order only can do", one_way, right[one_way],
                "filter first has a pattern for each channel in, mix first one for each channel out.",
                {
                    "the orders are exchanged: whose channel does a pattern belong to?": exchanged[one_way],
                    "two patterns on one channel, or summed up in one, are too much for one of the orders.": (
                        3,
                        3,
                    ),
                },
            ),
            typed.part(
                2, "what both or neither can do", rest, right[rest],
                "a mixture may hold zeros, so it can leave channels alone; it cannot make up for a pattern.",
                {
                    "where each channel out has one pattern, and each channel in, both orders can.": (
                        np.where(right == _BOTH, _ONLY_FILTER_FIRST, right)[rest]
                    ),
                    "four patterns are asked for there, and a layer of two channels has two.": (3, 3, 3),
                },
            ),
        ),
        wrong=(
            typed.wrong(2, *exchanged),
            typed.wrong(0, 3, 3, 3, 3, 3),
            typed.wrong(2, *np.where(right == _BOTH, _ONLY_FILTER_FIRST, right)),
            typed.wrong(2, *np.where(right == _NEITHER, _BOTH, right)),
        ),
        note="Let students write the kernel as a table of patterns, channels in down and channels out "
        "across: filter first repeats along a row, mix first along a column, each times a factor.",
    )  # fmt: skip


@problem(
    6, 5, title="Nine times as fast", kind=Kind.CRITICISE, minutes=20, points=4,
    read=PAGE + "and-the-clock",
)  # fmt: skip
def times_cheaper(draw, hidden):
    """A claim that takes a layer for a network and a count for a time."""
    share, k = pick(draw, product((50, 60, 70, 80), (32, 64, 128)))
    part, layer = share / 100, 1 / k + 1 / 9
    whole, limit = 1 / (1 - part + part * layer), 1 / (1 - part + part / 9)
    by_paper = 1 / (1 - part + part / k)
    typed = Typed("times_cheaper", 2, "times fewer now, and at most", decimals=2)
    return Problem(
        text=f"“Of our network's multiplications, {share} % are made by full 3 × 3 convolutions of {k} "
        "channels to as many. We replaced all of these by depthwise separable ones. As such a layer needs "
        f"1/k of the multiplications, the network is now {k} times as fast, and finds just what it found "
        "before.”\n\n"
        "First two numbers, to two decimals: how many times fewer multiplications does the *whole* network "
        "make now? And how many times fewer would it make at the very most, were the channels of the "
        f"replaced layers ever so many and their share still {share} %? Then, in at most 150 words: name "
        "what is wrong in the claim, and say how you would measure what it promises.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# 1 / ({1 - part:.1f} + {part:.1f} (1/{k} + 1/9)); without 1/{k}, the limit\n"
        + typed.code(whole, limit),
        parts=(
            typed.part(
                2, "the whole network", 0, whole,
                "what is not replaced stays, and of what is replaced 1/k + 1/9 is left.",
                {
                    "this is a replaced layer; the rest of the network is as dear as before.": 1 / layer,
                    "1/k counts the filters and forgets the mixture.": by_paper,
                    "shares of what is left are added, not how many times cheaper each is.": (
                        1 - part + part / layer
                    ),
                    "this is the share that is left; wanted is how many times fewer.": 1 / whole,
                },
            ),
            typed.part(
                2, "the limit", 1, limit,
                "with many channels 1/k vanishes and 1/9 stays, and so does the rest of the network.",
                {
                    "this is a replaced layer; the rest of the network stays.": 9,
                    "1/9 stays, however many channels there are.": 1 / (1 - part),
                },
            ),
        ),
        wrong=(
            typed.wrong(0, 1 / layer, 9),
            typed.wrong(0, by_paper, 1 / (1 - part)),
            typed.wrong(2, 1 - part + part / layer, limit),
            typed.wrong(0, 1 / whole, 9),
        ),
        note="Amdahl's law, in a network. Let the class say how much of CoroNet is separable (nearly all).",
        rubric=(
            Criterion(1, "1/k is the filters alone; the mixture's 1/9 stays."),
            Criterion(1, "A layer is not the network: what was not replaced limits all."),
            Criterion(1, "Multiplications are not time: a depthwise step moves many numbers for few."),
            Criterion(1, "It cannot find the same: one pattern a channel; it must be trained and tested."),
            Criterion(1, "A measurement: one machine, same X-rays, several runs; accuracy on held-out ones."),
        ),
        model_answer="Three things are taken for each other. The formula: a separable layer needs 1/k + 1/9, "
        "and with many channels the ninth is what is left. The layer: what was not replaced costs as much as "
        "before, and soon it is most of the network. The count: time is not proportional to multiplications, "
        "for a depthwise step does little with each number that it fetches. Nor can it find “just what it "
        "found before”: for each channel in, it has one pattern, so it must be trained anew and tested. I "
        "would time both networks on the machine in question, on the same X-rays, several times, and compare "
        "their accuracy on X-rays that neither has seen.",
    )  # fmt: skip
