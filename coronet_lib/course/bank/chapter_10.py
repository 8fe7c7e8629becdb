"""Problems of chapter 10: what a head costs, what of it is trained, and what its numbers give away."""

import numpy as np

from coronet_lib import paper
from coronet_lib.course.bank._answers import Typed, altered, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem
from coronet_lib.layers import forward
from coronet_lib.layers.cost import parameters

PAGE = "10_coronet.html#"
FEATURES = 2048
XCEPTION, AVERAGES = paper.TABLE_II["xception"].parameters, paper.TABLE_II_PARAMETERS.non_trainable
PRINTED = {name: system.parameters for name, system in paper.TABLE_VIII_SYSTEMS.items()}


def _dense(inputs, outputs):
    return parameters("dense", inputs, outputs, bias=True)


@problem(
    10, 1, title="Another size, another head", kind=Kind.COMPUTE, minutes=12, points=4,
    read=PAGE + "what-the-head-costs",
)  # fmt: skip
def head_cost(draw, hidden):
    """Parameters of CoroNet's design for another image, hidden layer and number of classes."""
    size, grid = map(int, draw.choice([(205, 7), (220, 7), (240, 8), (255, 8), (270, 9), (285, 9)]))
    units, classes = int(draw.choice([64, 96, 160])), int(draw.choice([3, 5, 6]))
    dense, last = _dense(grid**2 * FEATURES, units), _dense(units, classes)
    small, total = _dense(FEATURES, units), XCEPTION + dense + last
    paper_dense, rounded_down = (_dense(n * n * FEATURES, units) for n in (5, grid - 1))
    typed = Typed("head_cost", 3, "the first dense layer, the whole network, and the network with averages")
    return Problem(
        text=f"A network is built as CoroNet is: Xception without its top ({XCEPTION:,} parameters, "
        f"{FEATURES:,} features at each place of its last map), flatten, dropout, a dense layer of "
        f"{units} units, and one of {classes} for the classes. The images have {size} × {size} pixels. "
        "Type three whole numbers: the parameters of the first dense layer; of the whole network; and "
        "of the whole network if global average pooling comes in place of the flattening.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(dense, total, total - dense + small),
        parts=(
            typed.part(
                2, "the first dense layer", 0, dense,
                "a weight for each feature, place and unit, a bias a unit; the image decides on the grid.",
                {
                    "the grid of 5 × 5 belongs to the paper's 150 pixels.": paper_dense,
                    "an odd edge is halved and rounded up, which makes the grid one larger.": rounded_down,
                    "each unit has a bias, too.": dense - units,
                    "a place has all the features; they are flattened, not averaged.": small,
                },
            ),
            typed.part(
                1, "the whole network", 1, total,
                "base, first dense layer, last dense layer; flatten and dropout have no parameters.",
                {
                    "the layer of the classes is missing.": total - last,
                    "the base is missing.": dense + last,
                    "the grid of 5 × 5 belongs to the paper's 150 pixels.": XCEPTION + paper_dense + last,
                },
            ),
            typed.part(
                1, "averages instead", 2, total - dense + small,
                "an average leaves one number a feature, whatever the size of the image.",
                {
                    "the layer of the classes is missing.": total - dense + small - last,
                    "averaging does not take the hidden layer away.": XCEPTION + _dense(FEATURES, classes),
                    "this is the first dense layer alone.": small,
                },
            ),
        ),
        wrong=(
            typed.wrong(1, paper_dense, XCEPTION + paper_dense + last, total - dense + small),
            typed.wrong(2, dense, total - last, total - dense + small - last),
            typed.wrong(3, dense, total, XCEPTION + _dense(FEATURES, classes)),
            typed.wrong(1, rounded_down, dense + last, total - dense + small),
            typed.wrong(0, small, XCEPTION + small, small),
        ),
        note="Ask before they count: which of the three numbers would change with the image? (The first two.)"
    )  # fmt: skip


@problem(
    10, 2, title="What the gradient reaches", kind=Kind.PREDICT, minutes=10, points=4,
    read=PAGE + "what-is-not-trained",
)  # fmt: skip
def trained_counts(draw, hidden):
    """How many parameters train if all, some or none of the base is frozen."""
    units, classes = int(draw.choice([32, 64, 128, 512])), int(draw.integers(2, 7))
    head = _dense(25 * FEATURES, units) + _dense(units, classes)
    everything = XCEPTION - AVERAGES + head
    typed = Typed("trained_counts", 3, "the trained parameters in the three cases")
    return Problem(
        text=f"CoroNet at 150 pixels, but with {units} units in its hidden layer and {classes} classes, "
        f"so that its head has {head:,} parameters. Xception has {XCEPTION:,}; its batch normalisations "
        f"have {AVERAGES // 2:,} channels in all. How many parameters does the gradient of the loss "
        "change, (1) if nothing is frozen; (2) if all of Xception is frozen; (3) if only the batch "
        "normalisations are frozen, their scales and shifts included? Type three whole numbers.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(everything, head, everything - AVERAGES),
        parts=(
            typed.part(
                2, "nothing frozen", 0, everything,
                "all but the two averages that each normalised channel keeps.",
                {
                    "moving averages are measured along the way, by no gradient.": XCEPTION + head,
                    "each channel has two averages, a mean and a variance.": XCEPTION - AVERAGES // 2 + head,
                    "scale and shift are trained; only the averages are not.": everything - AVERAGES,
                },
            ),
            typed.part(
                1, "the base frozen", 1, head,
                "what is left to train is the head.",
                {
                    "frozen weights are where they were: the gradient changes none of them.": everything,
                    "biases of the head are trained, too.": head - units - classes,
                    "the head has no batch normalisation.": head - AVERAGES,
                },
            ),
            typed.part(
                1, "batch normalisation frozen", 2, everything - AVERAGES,
                "scale and shift of each channel go, in addition to its two averages.",
                {
                    "frozen with scale and shift: two more a channel do not train.": everything,
                    "the averages did not train before; what goes in addition are scales and shifts.": (
                        everything - 2 * AVERAGES
                    ),
                    "each channel has a scale and a shift.": everything - AVERAGES // 2,
                },
            ),
        ),
        wrong=(
            typed.wrong(1, XCEPTION + head, head, everything),
            typed.wrong(1, everything - AVERAGES, head, everything - 2 * AVERAGES),
            typed.wrong(2, everything, head - AVERAGES, everything),
            typed.wrong(1, XCEPTION - AVERAGES // 2 + head, head, everything - AVERAGES // 2),
            typed.wrong(3, everything, head - units - classes, everything - AVERAGES),
        ),
        note="The first is the paper's own slip (A2 of the audit) with other numbers. In case 3 the averages "
        "stay as well: they would move without a gradient if the layers were not frozen.",
    )  # fmt: skip


_HEAD = """\
def head_scores(grid, w1, b1, w2, b2):
    x = grid.reshape(len(grid), -1)
    x = np.maximum(x @ w1 + b1, 0)
    scores = x @ w2 + b2
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)"""


def _scores(grid, w1, b1, w2, b2, bend=forward.relu, keep=1):
    units = bend(forward.dense(grid.reshape(len(grid), -1), w1, b1))
    return forward.dense(keep * units, w2, b2)


def _headed_wrongly(right, *given):
    bare = np.exp(_scores(*given))
    return {
        "dropout is for training; a trained network keeps all units, and at full strength.": (
            [forward.softmax(_scores(*given, keep=keep)) for keep in (0.5, 2)]
        ),
        "a ReLU follows the hidden layer.": forward.softmax(_scores(*given, bend=np.positive)),
        "softmax shares out among the classes of an image, not among images.": (
            forward.softmax(_scores(*given), axis=0)
        ),
        "the power of a large score is beyond all floats; take the largest score off first.": (
            bare / bare.sum(axis=1, keepdims=True)
        ),
    }


@problem(
    10, 3, title="The head in five lines", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "the-head-four-layers", variants=False,
)  # fmt: skip
def head_scores(draw, hidden):
    """CoroNet's head in NumPy, as it answers after training."""

    def network(places, features, units=6, classes=4):
        shapes = (places * features, units), (units,), (units, classes), (classes,)
        return [hidden.normal(size=shape) for shape in shapes]

    loud = np.array([[[[1.0]]]]), np.array([[1.0]]), np.array([0.0]), np.array([[1200.0, 0.0]]), np.zeros(2)
    function = Hidden(
        lambda *given: forward.softmax(_scores(*given)),
        "the scores are others; go through the four layers one by one.",
        _headed_wrongly,
    )
    return Problem(
        text="Write CoroNet's head as it answers *after* training, in NumPy: `head_scores(grid, w1, b1, "
        "w2, b2)`. `grid` is the base's last map of some images, shape `(images, height, width, "
        "features)`; flattened row by row it meets the hidden layer with weights `w1` of shape `(height "
        "* width * features, units)` and biases `b1`, then the last layer with `w2` of shape `(units, "
        "classes)` and `b2`. Return an array of shape `(images, classes)`, whose rows add up to 1. It "
        "has to work for scores of any size.",
        starter=unwritten(_HEAD),
        form="form.function(head_scores, np.ones((2, 1, 3, 2)), np.ones((6, 4)), np.ones(4), "
        "np.ones((4, 3)), np.ones(3), returns=(2, 3))",
        solution=_HEAD,
        parts=(
            function.part(
                2, "several images", "Flatten, dense, ReLU, dense, softmax.",
                (hidden.normal(size=(3, 2, 4, 3)), *network(8, 3)),
            ),
            function.part(
                1, "one image", "One image is a batch, too.",
                (hidden.normal(size=(1, 3, 3, 2)), *network(9, 2)),
            ),
            function.part(1, "large scores", "However large the scores are, they add up to 1.", loud),
        ),
        wrong=(
            KnownWrong(altered(_HEAD, ("np.maximum(x @ w1 + b1, 0)", "x @ w1 + b1")), 1),
            KnownWrong(altered(_HEAD, ("axis=1", "axis=0")), 0),
            KnownWrong(altered(_HEAD, (" - scores.max(axis=1, keepdims=True)", "")), 3),
            KnownWrong(altered(_HEAD, ("+ b1, 0)", "+ b1, 0) * 0.5")), 1),
            KnownWrong(altered(_HEAD, ("grid.reshape(len(grid), -1)", "grid.mean(axis=(1, 2))")), 1),
        ),
        note="Dropout is the trap: Keras scales up while it trains, so that nothing is to be done "
        "afterwards. The last wrong answer averages, and its shapes do not fit unless the grid is 1 × 1.",
    )  # fmt: skip


@problem(
    10, 4, title="The leaner network", kind=Kind.CRITICISE, minutes=20, points=3,
    read=PAGE + "what-the-head-costs",
)  # fmt: skip
def two_bodies(draw, hidden):
    """What is left of two networks without their heads."""
    small, large = int(draw.integers(8_000_000, 13_000_000)), int(draw.integers(15_000_000, 21_000_000))
    features, units, classes = int(draw.choice([512, 640, 768])), 1024, 3
    flat, pooled = _dense(49 * features, units), _dense(1536, 256)
    last_a, last_b = _dense(units, classes), _dense(256, classes)
    total_a, total_b = small + flat + last_a, large + pooled + last_b
    typed = Typed("two_bodies", 2, "the parameters of A's and of B's base")
    return Problem(
        text=f"“Our network B has {total_b:,} parameters, network A has {total_a:,}. B is the leaner "
        f"network, and needs less computing.” Both are a convolutional base with a head for {classes} "
        f"classes. A's base ends in a map of 7 × 7 places with {features} features; its head flattens "
        f"them, then come a dense layer of {units:,} units and the one of the classes. B's base ends in "
        "a map of 7 × 7 places with 1,536 features; its head averages each feature over the places, "
        "then come a dense layer of 256 units and the one of the classes. All dense layers have "
        "biases.\n\n1. How many parameters has A's base, how many has B's? Type two whole "
        "numbers.\n\n2. In five to eight sentences: what does the sentence in the quotation compare, "
        "does its second half follow, and what would you count instead?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(small, large),
        parts=(
            typed.part(
                2, "A's base", 0, small,
                "take both dense layers off, the first with a weight for each feature at each place.",
                {
                    "A's head flattens: each feature counts at each of the 49 places.": (
                        total_a - _dense(features, units) - last_a
                    ),
                    "the layer of the classes belongs to the head, too.": small + last_a,
                    "the dense layers have biases.": small + units + classes,
                    "this is A's head; wanted is what is left without it.": flat + last_a,
                },
            ),
            typed.part(
                1, "B's base", 1, large,
                "an average leaves one number a feature to the dense layer.",
                {
                    "B's head averages first: a place has no weight of its own.": (
                        total_b - _dense(49 * 1536, 256) - last_b
                    ),
                    "the layer of the classes belongs to the head, too.": large + last_b,
                    "the dense layers have biases.": large + 256 + classes,
                    "this is B's head; wanted is what is left without it.": pooled + last_b,
                },
            ),
        ),
        wrong=(
            typed.wrong(1, total_a - _dense(features, units) - last_a, large),
            typed.wrong(2, small, total_b - _dense(49 * 1536, 256) - last_b),
            typed.wrong(0, small + last_a, large + last_b),
            typed.wrong(0, small + units + classes, large + 256 + classes),
            typed.wrong(0, flat + last_a, pooled + last_b),
        ),
        rubric=(
            Criterion(1, "Says that the difference is one of heads, flattened against averaged."),
            Criterion(1, "Says that without heads B is the larger of the two."),
            Criterion(1, "Knows that a kernel works at every place of the map, and a dense weight once."),
            Criterion(1, "Wants multiply-accumulates or measured time, on images of one size."),
        ),
        model_answer="The totals differ because A flattens 49 places in front of a wide dense layer and "
        "B averages them. Without the heads B has more parameters than A. The second half does not "
        "follow: a weight of a dense layer is used once an image, a weight of a kernel once at every "
        "place of its map, so nearly all of the work is in the bases. A's large head costs memory and "
        "little computing. I would count multiply-accumulates of both for an image of one size, measure "
        "the time on one machine, and give the parameters of base and head apart.",
        note=f"The paper's {PRINTED['coronet']} against {PRINTED['covid_net']} million is of this kind "
        "(A6 of the audit). Ask whether A with an averaged head would still be network A.",
    )  # fmt: skip


@problem(
    10, 5, title="One number is wrong", kind=Kind.DEBUG, minutes=12, points=3,
    read=PAGE + "table-ii-from-the-model",
)  # fmt: skip
def mended_row(draw, hidden):
    """A printed summary with one wrong number."""
    grid, features = int(draw.integers(4, 9)), int(draw.choice([384, 512, 640]))
    units, classes = int(draw.choice([48, 96, 160])), int(draw.integers(3, 7))
    base, kept = int(draw.integers(5_000_000, 9_000_000)), 2 * int(draw.integers(7000, 12_000))
    flat = grid**2 * features
    dense, last = _dense(flat, units), _dense(units, classes)
    total = base + dense + last
    right = [flat, dense, last, total, total - kept]
    slips = [grid * features, dense - units, last + units, total - kept, total]
    row = int(draw.integers(5))
    printed = [*right[:row], slips[row], *right[row + 1 :]]
    other = (row + 2) % 5
    typed = Typed("mended_row", 2, "the letter's place and the number that should stand there")
    return Problem(
        text="Of this summary of a network exactly one of the numbers marked 1 to 5 is wrong; the rest "
        "of it is right. The dense layers have biases.\n\n| layer | output | parameters |\n| --- | --- "
        f"| --- |\n| base | {grid} × {grid} × {features} | {base:,} |\n| flatten | (1) {printed[0]:,} | "
        f"0 |\n| dropout | as above | 0 |\n| dense | {units} | (2) {printed[1]:,} |\n| dense_1 | "
        f"{classes} | (3) {printed[2]:,} |\n\nTotal (4): {printed[3]:,}. Trainable (5): {printed[4]:,}. "
        f"Not trainable: {kept:,}.\n\nType the mark of the wrong number, 1 to 5, and the number that "
        "should stand there.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(row + 1, right[row]),
        parts=(
            typed.part(
                1, "which one", 0, row + 1,
                "each number follows from others: compute it, and see which one alone does not fit.",
                {"there are only the marks 1 to 5.": [0, 6, printed[row]]},
            ),
            typed.part(
                2, "what should stand there", 1, right[row],
                "the number that makes everything else fit.",
                {
                    "this is what stands there already.": printed[row],
                    "this is by how much it is off.": abs(right[row] - printed[row]),
                },
            ),
        ),
        wrong=(
            typed.wrong(1, row + 1, printed[row]),
            typed.wrong(1, row + 1, abs(right[row] - printed[row])),
            typed.wrong(2, other + 1, right[row]),
            typed.wrong(0, other + 1, printed[other] + 1),
        ),
        note="Every slip is one that people make: one edge for two, a bias forgotten or too many, "
        "averages left out or in. Ask in which order to check: first what follows from shapes, then the "
        "sums.",
    )  # fmt: skip
