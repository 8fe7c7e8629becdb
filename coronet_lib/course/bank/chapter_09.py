"""Problems of chapter 9: plans of networks, what a count sees of them, and what only outputs betray."""

import numpy as np

from coronet_lib.course.bank._answers import LETTERS, Statements, Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem
from coronet_lib.layers.cost import parameters

PAGE = "09_xception.html#"


def _brick(channels_in, channels, kind="separable_conv2d", norm=4):
    return parameters(kind, channels_in, channels, 3) + norm * channels


@problem(
    9, 1, title="A smaller plan", kind=Kind.COMPUTE, minutes=15, points=4,
    read=PAGE + "blocks-5-to-12-the-middle-flow",
)  # fmt: skip
def small_plan(draw, hidden):
    """Size and parameters of a network of the chapter's bricks."""
    size, middle = 4 * int(draw.integers(22, 32)) + 3, int(draw.choice([2, 3, 5]))
    first, wide = int(draw.choice([8, 16, 24])), int(draw.choice([40, 56, 72, 88]))
    start = (size - 3) // 2 + 1
    edge = -(-start // 2)
    convolution, block = _brick(3, first, "conv2d"), 3 * _brick(wide, wide)
    typed = Typed("small_plan", 3, "the edge, the parameters of the first brick and of all middle blocks")
    return Problem(
        text="A small network is made of the chapter's bricks, with its functions `conv`, `down` and "
        f"`middle` (the last with other channels than 728). An image of {size} × {size} pixels in three "
        f"colours goes through `conv` with {first} channels and stride 2, through one `down` whose two "
        f"bricks give {wide} channels each, and through {middle} blocks `middle` of {wide} channels. "
        "Type three whole numbers: the edge of the map at the end in pixels; the parameters of the "
        "`conv`; those of all middle blocks together. Batch normalisation counts with all its numbers.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(edge, convolution, middle * block),
        parts=(
            typed.part(
                1, "the edge", 0, edge,
                "`conv` does not pad, `down` does, and the middle blocks leave the size alone.",
                {
                    "the half is rounded up where the pooling pads.": start // 2,
                    "the `down` halves the map, too.": start,
                    "a middle block leaves the map as large as it is.": -(-edge // 2),
                },
            ),
            typed.part(
                1, "the first brick", 1, convolution,
                "a `conv` has an ordinary 3 × 3 kernel, no bias, and four numbers a channel of "
                "normalisation.",
                {
                    "batch normalisation has four numbers a channel.": [
                        _brick(3, first, "conv2d", norm) for norm in (0, 2)
                    ],
                    "batch normalisation shifts, so there is no bias.": convolution + first,
                    "`conv` is an ordinary convolution, not a separable one.": _brick(3, first),
                    "a colour image has three channels.": _brick(1, first, "conv2d"),
                },
            ),
            typed.part(
                2, "the middle blocks", 2, middle * block,
                "a middle block has three separable bricks, each from as many channels to as many.",
                {
                    "these are the parameters of one of the blocks.": block,
                    "a block has three bricks, not one.": middle * block // 3,
                    "batch normalisation has four numbers a channel.": [
                        3 * middle * _brick(wide, wide, norm=norm) for norm in (0, 2)
                    ],
                    "the bricks are separable: a filter a channel, then a mixture of channels.": (
                        3 * middle * _brick(wide, wide, "conv2d")
                    ),
                    "the shortcut of a middle block has no weights.": middle * (block + wide * (wide + 4)),
                },
            ),
        ),
        wrong=(
            typed.wrong(0, start, _brick(3, first, "conv2d", 2), block),
            typed.wrong(1, edge, _brick(3, first), 3 * middle * _brick(wide, wide, "conv2d")),
            typed.wrong(1, edge, convolution + first, middle * (block + wide * (wide + 4))),
            typed.wrong(3, -(-edge // 2), convolution, middle * block),
            typed.wrong(2, edge, convolution, 3 * middle * _brick(wide, wide, norm=0)),
        ),
        note="All counts are the chapter's with other numbers. Whoever builds the network in Keras to "
        "check it has understood the chapter, too.",
    )  # fmt: skip


_BLOCK = """\
def middle_block(x, weights):
    shortcut = x
    for brick in weights:
        x = np.maximum(x, 0)
        x = x @ brick
    return x + shortcut"""
_BLOCK_BROKEN = """\
def middle_block(x, weights):
    x = np.maximum(x, 0)
    shortcut = x
    for brick in weights:
        x = np.maximum(x @ brick, 0)
    return np.maximum(x + shortcut, 0)"""


def _block(x, weights, before=True, end=False, identity=True):
    out = x
    for brick in weights:
        out = np.maximum(out, 0) @ brick if before else np.maximum(out @ brick, 0)
    out = out + (x if identity else np.maximum(x, 0))
    return np.maximum(out, 0) if end else out


@problem(
    9, 2, title="Where the ReLUs are", kind=Kind.DEBUG, minutes=15, points=4,
    read=PAGE + "blocks-5-to-12-the-middle-flow", variants=False,
)  # fmt: skip
def middle_block(draw, hidden):
    """A middle block with its ReLUs in the wrong places."""
    signs = np.array([[1.5, -2.0, 0.5], [-1.0, 3.0, -0.25]])
    weights = hidden.normal(size=(3, 5, 5))
    function = Hidden(
        _block,
        "another block; write down for one place which number meets a ReLU, and which the shortcut carries.",
        lambda right, x, weights: {
            "a block ends with the addition: no ReLU follows it.": _block(x, weights, end=True),
            "the shortcut carries what comes in, and not what a ReLU has left of it.": (
                _block(x, weights, identity=False)
            ),
            "the ReLU stands before its brick, not after it.": _block(x, weights, before=False),
            "there are ReLUs after the bricks and after the addition.": [
                _block(x, weights, before=False, end=True), _block(np.maximum(x, 0), weights, False, True)
            ],
            "the shortcut is missing: what comes in is added at the end.": right - x,
        },
    )  # fmt: skip
    return Problem(
        text="A block of Xception's middle flow, without its 3 × 3 filters and its batch "
        "normalisations: what is left of a brick is a mixture of the channels, `x @ brick`. "
        "`middle_block(x, weights)` takes a map as an array of shape `(places, channels)` and the "
        "mixtures of all bricks, shape `(bricks, channels, channels)`; it returns an array like `x`. "
        "The ReLUs and the shortcut are to be where Xception has them. Below, more than one of them is "
        "in the wrong place, and the shapes and the counts of parameters are right all the same. Mend "
        "it.",
        starter=stopped(_BLOCK_BROKEN),
        form="form.function(middle_block, np.ones((4, 2)), np.ones((3, 2, 2)), returns=(4, 2))",
        solution=_BLOCK,
        parts=(
            function.part(
                2, "bricks that give nothing", "What comes in comes out, negative numbers, too.",
                (signs, np.zeros((3, 3, 3))),
            ),
            function.part(
                1, "three bricks", "ReLU, brick, three times, and the addition last.",
                (hidden.normal(size=(6, 5)), weights),
            ),
            function.part(
                1, "one brick, one place", "It holds for any number of bricks.",
                (np.array([[-1.0, 2.0]]), np.array([[[1.0, -1.0], [2.0, -3.0]]])),
            ),
        ),
        wrong=(
            KnownWrong(_BLOCK_BROKEN, 0),
            KnownWrong(altered(_BLOCK, ("return x + shortcut", "return np.maximum(x + shortcut, 0)")), 0),
            KnownWrong(altered(_BLOCK, ("shortcut = x", "shortcut = np.maximum(x, 0)")), 0),
            KnownWrong(altered(_BLOCK_BROKEN, ("    x = np.maximum(x, 0)\n", ""), (
                "np.maximum(x + shortcut, 0)", "x + shortcut")), 2),
            KnownWrong(altered(_BLOCK, ("return x + shortcut", "return x")), 0),
        ),
        note="Fixed halfway, it still learns, and no table of shapes betrays it. The broken one is a "
        "block as the paper's Figure 3 draws it, with a ReLU too many. Ask what eight ReLUs after "
        "additions would leave of a negative number.",
    )  # fmt: skip


_PLACES = """\
def partner(names, others):
    where = {name: place for place, name in enumerate(others)}
    return np.array([where.get(name, -1) for name in names], dtype=int)"""


@problem(
    9, 3, title="Copy by name", kind=Kind.FUNCTION, minutes=12, points=4,
    read=PAGE + "the-same-network-as-keras-s", variants=False,
)  # fmt: skip
def partner(draw, hidden):
    """A function that finds each layer's partner in another network."""
    blocks = [f"block{block}_sepconv{brick}" for block in range(1, 13) for brick in (1, 2)]
    mixed = [blocks[place] for place in hidden.permutation(len(blocks))]
    fewer = [blocks[place] for place in sorted(hidden.choice(len(blocks), 15, replace=False))]

    def places(names, others):
        return np.array([others.index(name) if name in others else -1 for name in names])

    def mistakes(right, names, others):
        in_order = np.argsort(np.argsort(names))
        return {
            "layers are matched by their place, and the other network may list them in another order.": (
                [np.arange(len(names)), np.where(right < 0, right, np.arange(len(names)))]
            ),
            "turned round: this is, for each layer of the other network, its place in the first.": (
                places(others, names)
            ),
            "both are sorted and matched in that order; that goes wrong once a name is missing.": (
                np.argsort(others, kind="stable")[in_order % len(others)]
            ),
            "“block1” is the beginning of “block12” as well: compare whole names.": np.array(
                [next((i for i, other in enumerate(others) if other.startswith(name)), -1) for name in names]
            ),
        }

    function = Hidden(
        places, "some layers have another partner; which layer has the same name?", mistakes,
    )  # fmt: skip
    return Problem(
        text="Weights are to be copied from one network into another by the names of the layers. Write "
        "`partner(names, others)`: both are lists of strings, the names of the layers of two networks "
        "in the order in which each lists them; no name stands twice in a list. Return an array of "
        "whole numbers, one for each of `names`: the place, from 0, of the layer of the same name among "
        "`others`, and −1 where there is none.",
        starter=unwritten(_PLACES),
        form="form.function(partner, ['a', 'b'], ['b', 'c', 'a'], returns=(2,), kind='iu')",
        solution=_PLACES,
        parts=(
            function.part(2, "another order", "Each layer finds its partner.", (blocks, mixed)),
            function.part(
                1, "a layer without a partner", "Who has no partner gets none.",
                (blocks, fewer), (["head", "block2"], ["block2"]),
            ),
            function.part(
                1, "names that begin alike", "Whole names are compared.",
                (["block1", "block2", "block12"], ["block12", "block1", "block2"]),
            ),
        ),
        wrong=(
            KnownWrong("def partner(names, others):\n    return np.arange(len(names))", 0),
            KnownWrong("""\
def partner(names, others):
    order = np.argsort(others, kind="stable")
    return order[np.argsort(np.argsort(names)) % len(others)]""", 3),
            KnownWrong("""\
def partner(names, others):
    return np.array([others.index(name) for name in names])""", 3),
            KnownWrong("""\
def partner(names, others):
    found = [[i for i, other in enumerate(others) if other.startswith(name)] for name in names]
    return np.array([places[0] if places else -1 for places in found])""", 3),
            KnownWrong(altered(_PLACES, ("(others)", "(names)"), ("in names]", "in others]")), 0),
        ),
        note="Equal shapes hide a wrong copy: all middle blocks have them. Ask how one would notice (by "
        "outputs, with batch normalisations that are awake).",
    )  # fmt: skip


@problem(
    9, 4, title="Read a plan", kind=Kind.FIGURE, minutes=8, points=3,
    read=PAGE + "fourteen-blocks-three-flows",
)  # fmt: skip
def identity_fits(draw, hidden):
    """Which blocks of a drawn plan can have an identity as shortcut."""
    blocks = Statements("identity_fits", draw, """
        + as it was
        the map is as large and as deep as before: what comes in can be added to what comes out.
        + as it was, once more
        the map is as large and as deep as before: what comes in can be added to what comes out.
        - halved and deeper
        map and channels change: the shortcut needs a 1 × 1 convolution with stride 2.
        - halved, as deep
        as many channels, but at fewer places: what comes in does not fit what comes out.
        - as large, deeper
        as large as before, but with more channels: there is nothing to add to the new ones.
        - as large, shallower
        as large as before, but with fewer channels: some of what comes in would have nowhere to go.
    """)  # fmt: skip
    changes = (1, 1), (1, 1), (2, 2), (2, 1), (1, 2), (1, 0.5)  # divides the edge, multiplies the channels
    edges, channels = [int(draw.choice([64, 80, 96]))], [int(draw.choice([32, 48, 64]))]
    for one in blocks.order:
        edges.append(edges[-1] // changes[one][0])
        channels.append(int(channels[-1] * changes[one][1]))
    return Problem(
        text="The figure follows a map through six blocks, a to f: on the left how many pixels its edge "
        "has, on the right how many channels it has, each before the first block (“in”) and after every "
        "block. Which of the blocks could have a shortcut without any weights, one that adds to what "
        "comes out of the block exactly what came in? Six times `True` or `False`, a first.",
        setup=f"""\
import matplotlib.pyplot as plt

curves = {{"edge of the map (pixels)": {edges}, "channels": {channels}}}
fig, axes = plt.subplots(1, 2, figsize=(7, 2.6), num="a plan", clear=True)
for axis, (title, values) in zip(axes, curves.items()):
    axis.step(range(7), values, where="mid", color="#0072B2")
    axis.set_xticks(range(7), ["in", *"{LETTERS[:6]}"])
    axis.set(title=title, yticks=sorted(set(values)), ylim=(0, None))
    axis.grid()""",
        starter=blocks.starter,
        form=blocks.form,
        solution=blocks.solution,
        parts=blocks.parts(2, 1, "An identity fits where neither the edge nor the channels change."),
        wrong=(
            blocks.wrong(0, 4, 5), blocks.wrong(2, 3), blocks.all_same(False),
            blocks.all_turned(), blocks.wrong(0, 2, 3),
        ),
        note="Whoever reads only one panel takes blocks that change the other for identities. In class: "
        "what is the smallest shortcut for each of the others?",
    )  # fmt: skip


@problem(
    9, 5, title="Ninety layers deep", kind=Kind.CRITICISE, minutes=20, points=3, read=PAGE + "how-deep-is-it",
)  # fmt: skip
def two_depths(draw, hidden):
    """Two ways to count the depth of a network, and a claim that mixes them."""
    middle = int(draw.choice([6, 7, 9, 10, 11, 12]))
    plain, double = 12 + 3 * middle, 23 + 6 * middle
    a_block = 3 * _brick(728, 728) / 1e6
    typed = Typed("two_depths", 2, "the depth by either way of counting")
    return Problem(
        text=f"“Xception is 36 layers deep. Our XceptionPlus has {middle} middle blocks instead of eight "
        f"and is otherwise the same; it is {double} layers deep. It was also "
        f"{draw.integers(12, 29) / 10} points more accurate on our test set, which shows what depth is "
        "worth.”\n\n1. The chapter counts Xception's depth in two ways: the convolutions on the main "
        "path, each separable one as one, without the classifier (36); and each separable one as two, "
        "with the classifier as one more (71). Type the depth of XceptionPlus by the first way, then by "
        "the second.\n\n2. In five to eight sentences: what is wrong with the comparison of depths, "
        "what could the difference in accuracy come from besides, and what would have to be held still "
        "to learn what depth is worth?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(plain, double),
        parts=(
            typed.part(
                2, "separable as one", 0, plain,
                "each middle block adds three separable convolutions to what the other blocks have.",
                {
                    "the shortcuts are not on the main path.": plain + 4,
                    "a middle block has three separable convolutions, not two, and not one.": [
                        36 + per * (middle - 8) for per in (1, 2)
                    ],
                    "the two ways are exchanged.": double,
                    "the classifier counts in the second way only.": plain + 1,
                },
            ),
            typed.part(
                1, "separable as two, and the classifier", 1, double,
                "two more for each separable convolution, one each for the others and for the classifier.",
                {
                    "the classifier counts as one layer, too.": double - 1,
                    "the two ordinary convolutions of block 1 count as one each.": [2 * plain, 2 * plain + 1],
                    "the two ways are exchanged.": plain,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, double, plain),
            typed.wrong(1, plain + 4, double),
            typed.wrong(2, plain, 2 * plain),
            typed.wrong(2, plain, double - 1),
            typed.wrong(0, 36 + 2 * (middle - 8), 2 * plain + 1),
        ),
        rubric=(
            Criterion(1, "Says that two ways of counting are compared, and gives both numbers by one way."),
            Criterion(1, "Names another cause: the parameters, the weights to start from, the seed, luck."),
            Criterion(1, "Wants the same images and recipe, several seeds, an interval of the difference."),
        ),
        model_answer=f"36 counts a separable convolution as one layer, {double} counts it as two and the "
        f"classifier as well. By the first way it is 36 against {plain}, by the second 71 against "
        f"{double}. The number of blocks changes the parameters by {a_block:.1f} million a block, too, and "
        "weights from ImageNet fit eight middle blocks only, so the start may differ. One training of each "
        "on one test set may differ by as much for a seed. Needed: both trained with one recipe, from the "
        "same kind of start, on the same patients, with several seeds each, and an interval for the "
        "difference that draws patients.",
        note="With fewer than eight blocks the network is called deeper and is not. The chapter: a depth "
        "means little without its way of counting.",
    )  # fmt: skip
