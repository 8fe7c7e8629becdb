"""Problems of chapter 2: sizes, windows, kernels, many channels, and what padding tells."""

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import pick, pictures
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem
from coronet_lib.layers.forward import convolve2d, cross_correlate2d

PAGE = "02_convolution.html#"


@problem(
    2, 1, title="A map's edge", kind=Kind.COMPUTE, minutes=8, points=3,
    read=PAGE + "where-the-window-stands-stride-padding-dilation",
)  # fmt: skip
def map_edges(draw, hidden):
    """Edges of a map with two paddings."""
    n, k, s = int(draw.integers(90, 160)) * 2 + 1, int(draw.choice([5, 7])), 3
    valid, same = (n - k) // s + 1, -(-n // s)
    typed = Typed("map_edges", 2, "the edges with `valid` and `same` padding")
    exchanged = "`valid` and `same` are exchanged."
    return Problem(
        text=f"A {k} × {k} kernel goes over an image of {n} × {n} pixels with stride {s}. How many pixels "
        "has an edge of the map with `valid` padding, and how many with `same`? Type both, in this order.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# ({n} - {k}) // {s} + 1, and {n} / {s} rounded up\n" + typed.code(valid, same),
        parts=(
            typed.part(
                2, "valid padding", 0, valid,
                "with `valid` padding the last window begins a kernel's width before the edge.",
                {
                    "the first window is not counted with `valid` padding.": valid - 1,
                    "the stride is forgotten with `valid` padding.": n - k + 1,
                    exchanged: same,
                },
            ),
            typed.part(
                1, "same padding", 1, same,
                "with `same` padding only the stride counts.",
                {"`same` keeps the size at stride 1 only.": n, exchanged: valid},
            ),
        ),
        wrong=(
            typed.wrong(1, valid - 1, same),
            typed.wrong(0, n - k + 1, n),
            typed.wrong(0, same, valid),
            typed.wrong(2, valid, n),
        ),
        note="Count windows, not pixels: the last one that fits begins the kernel's width before the edge.",
    )  # fmt: skip


@problem(
    2, 2, title="Sum over a window", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "slide-the-window",
)  # fmt: skip
def window_sums(draw, hidden):
    """A function for sums over windows of any size."""
    k = int(draw.choice([2, 3, 4]))

    def mistakes(right, image):
        whole = np.full(right.shape, image.sum())
        return {
            "this is the mean of each window, not its sum.": right / k**2,
            "every window gives the sum of the whole image; cut it out first.": whole,
        }

    judged = Hidden(
        lambda image: cross_correlate2d(image, np.ones((k, k))),
        "the sums are not those of the windows; compare one by hand.",
        mistakes,
        lambda right, image: {
            "windows that reach over the edge are counted; only whole ones are wanted.": image.shape,
            "the last row and column of windows are missing.": (right.shape[0] - 1, right.shape[1] - 1),
            "the result is as wide as it is high, and the image is not.": (right.shape[0],) * 2,
        },
    )
    solution = f"""\
def window_sums(image):
    windows = np.lib.stride_tricks.sliding_window_view(image, ({k}, {k}))
    return windows.sum(axis=(2, 3))"""
    return Problem(
        text=f"Write `window_sums(image)`: for a grey image of any height and width, the sum over each "
        f"{k} × {k} window that lies within it, as an array with a row for each window down and a column "
        "for each window across.",
        starter=unwritten(solution),
        form=f"form.function(window_sums, np.ones((6, 6)), returns=({7 - k}, {7 - k}))",
        solution=solution,
        parts=(
            judged.part(
                2, "a square image", "Each pixel is the sum of a window.", (hidden.normal(size=(9, 9)),)
            ),
            judged.part(
                2, "other shapes", "Height and width each have their own count.",
                (hidden.normal(size=(6, 11)),), (hidden.normal(size=(4, 5)),),
            ),
        ),
        wrong=(
            KnownWrong(altered(solution, (".sum", ".mean")), 0),
            KnownWrong("def window_sums(image):\n    return image.copy()", 0),
            KnownWrong(f"""\
def window_sums(image):
    edge = range(len(image) - {k} + 1)
    return np.array([[image[i:i + {k}, j:j + {k}].sum() for j in edge] for i in edge])""", 2),
            KnownWrong(altered(solution, ("(2, 3))", "(2, 3))[:-1, :-1]")), 0),
            KnownWrong(altered(solution, ("windows.sum(", "image.sum() + 0 * windows.sum(")), 0),
        ),
        note="A convolution with a kernel of ones. The third wrong answer takes the height for the width.",
    )  # fmt: skip


_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_EDGES = {"a": _SOBEL, "b": -_SOBEL, "c": _SOBEL.T, "d": -_SOBEL.T}


@problem(
    2, 3, title="Four kernels, four maps", kind=Kind.FIGURE, minutes=10, points=4,
    read=PAGE + "nine-numbers-and-one-sum",
)  # fmt: skip
def kernel_maps(draw, hidden):
    """Which map belongs to which of four edge detectors."""
    dark, bright = draw.permutation([0.25, 0.75])
    scene = np.full((18, 18), dark)
    top, left = draw.integers(3, 7, size=2)
    scene[top : top + int(draw.integers(6, 9)), left : left + int(draw.integers(6, 9))] = bright
    maps = {letter: 0.5 + cross_correlate2d(scene, kernel) / 4 for letter, kernel in _EDGES.items()}
    order = [str(letter) for letter in draw.permutation(list(maps))]
    a, b, c, d = (order.index(letter) + 1 for letter in "abcd")
    numbered = {f"map {place}": maps[letter] for place, letter in enumerate(order, 1)}
    typed = Typed("kernel_maps", 4, "the numbers of the maps of a, b, c and d")
    kernels = "\n".join(f"- {letter}: `{kernel.tolist()}`" for letter, kernel in _EDGES.items())
    return Problem(
        text="The cell above draws an image and, with `valid` padding, the four maps that the kernels below "
        "make of it, as a layer of a network does (the kernel is not turned). In a map, mid-grey is 0, "
        "brighter is positive and darker negative. Which map is that of a, of b, of c and of d? Type the "
        f"four numbers in this order.\n\n{kernels}",
        setup=pictures("maps", {"image": scene[1:-1, 1:-1], **numbered}),
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(a, b, c, d),
        parts=(
            typed.together(
                2, "the edges' direction", slice(0, 2),
                (a, b),
                "a and b compare columns, c and d compare rows; which edges does each pair answer to?",
                "What compares columns sees upright edges.",
            ),
            typed.part(
                2, "their sign", slice(0, 4), (a, b, c, d),
                "a kernel answers with a plus where its positive weights lie on the brighter side.",
                {
                    "all signs are turned, as if the kernels were.": (b, a, d, c),
                    "the signs of c and d are exchanged: rows are counted downwards.": (a, b, d, c),
                    "the signs of a and b are exchanged: the last column is on the right.": (b, a, c, d),
                    "what compares columns and what compares rows is exchanged.": [
                        (c, d, a, b), (d, c, b, a),
                    ],
                },
            ),
        ),
        wrong=(
            typed.wrong(2, b, a, d, c),
            typed.wrong(0, c, d, a, b),
            typed.wrong(2, a, b, d, c),
            typed.wrong(2, b, a, c, d),
        ),
        note="Half of the variants show a dark square. Let students say the sign at one edge aloud, window "
        "and weights in hand, before they look for a map.",
    )  # fmt: skip


@problem(
    2, 4, title="A layer that lost its channels", kind=Kind.DEBUG, minutes=15, points=4,
    read=PAGE + "many-channels-in-many-channels-out",
)  # fmt: skip
def layer_maps(draw, hidden):
    """A layer of many channels with two faults."""
    solution = """\
def layer_maps(image, kernel, bias):
    rows, columns, channels_in, channels_out = kernel.shape
    height, width = image.shape[0] - rows + 1, image.shape[1] - columns + 1
    maps = np.zeros((height, width, channels_out)) + bias
    for i, j, o in np.ndindex(maps.shape):
        window = image[i : i + rows, j : j + columns]
        for c in range(channels_in):
            maps[i, j, o] += (window[:, :, c] * kernel[:, :, c, o]).sum()
    return maps"""
    often = altered(solution, (" + bias", ""), (".sum()", ".sum() + bias[o]"))
    faults = ("+= ", "= "), ("window[:, :, c]", "window[:, :, 0]"), ("c, o]", "0, o]"), ("c, o]", "c, 0]")

    def maps(image, kernel, bias):
        return cross_correlate2d(image[None], kernel, bias=bias)[0]

    def mistakes(right, image, kernel, bias):
        channels = kernel.shape[2]
        bare = right - bias
        return {
            "the last channel in overwrites the others; a map is the sum over all of them.": [
                maps(image[..., -1:], kernel[:, :, -1:], b * bias) for b in (0, 1)
            ],
            "the bias is added once for each channel in; it belongs to the channel out.": (
                bare + channels * bias
            ),
            "the bias is missing.": bare,
            "a mean over the channels in, where a sum belongs.": bare / channels + bias,
            "the kernel is turned by 180°.": convolve2d(image[None], kernel, bias=bias)[0],
        }

    def case(*sizes):
        rows, columns, inside, outside = sizes[2:]
        image = hidden.normal(size=(*sizes[:2], inside))
        return image, hidden.normal(size=(rows, columns, inside, outside)), 1 + hidden.random(outside)

    def plain(case):
        return case[0], case[1], 0 * case[2]

    judged = Hidden(maps, "the maps are others; follow one pixel, channel by channel.", mistakes)
    return Problem(
        text="`layer_maps(image, kernel, bias)` is to be a layer with `valid` padding and stride 1: `image` "
        "has shape (height, width, channels in), `kernel` (rows, columns, channels in, channels out), `bias` "
        "(channels out), and the result (height - rows + 1, width - columns + 1, channels out). For a grey "
        "image and a single map it is right. Two faults show as soon as there are more channels in. Find and "
        "mend both.",
        starter=stopped(altered(often, pick(draw, faults))),
        form="form.function(layer_maps, np.ones((5, 6, 2)), np.ones((3, 3, 2, 4)), np.ones(4), "
        "returns=(3, 4, 4))",
        solution=solution,
        parts=(
            judged.part(
                2, "many channels, no bias", "A map is a sum over all channels in.",
                plain(case(5, 5, 3, 3, 2, 3)), plain(case(4, 7, 2, 3, 3, 2)),
            ),
            judged.part(
                2, "with a bias", "One bias for each channel out.",
                case(5, 5, 3, 3, 2, 3), case(6, 4, 3, 1, 3, 2),
            ),
        ),
        wrong=(
            KnownWrong(altered(solution, ("+= ", "= ")), 0),
            KnownWrong(often, 2),
            KnownWrong(altered(solution, (" + bias", "")), 2),
            KnownWrong(altered(solution, (".sum()", ".sum() / channels_in")), 0),
            KnownWrong(altered(solution, ("kernel[:, :", "kernel[::-1, ::-1")), 0),
        ),
        note="One channel in hides both faults: the loop then runs once. A good test has two channels in, "
        "three out, and a bias that is not zero.",
    )  # fmt: skip


@problem(
    2, 5, title="Blind to the corner", kind=Kind.CRITICISE, minutes=20, points=3,
    read=PAGE + "move-the-image-and-the-map-moves-along",
)  # fmt: skip
def edge_frame(draw, hidden):
    """A claim that convolutions cannot know where they look."""
    layers, k, n = int(draw.integers(3, 8)), int(draw.choice([3, 5])), int(draw.integers(40, 80)) * 2
    frame = layers * (k - 1) // 2
    inner = (n - 2 * frame) ** 2
    typed = Typed("edge_frame", 2, "the width of the frame and the pixels inside it")
    return Problem(
        text=f"“Our network has {layers} convolutions of {k} × {k}, stride 1, `same` padding. A kernel is "
        "the same everywhere, so the network cannot know where in the picture a pixel lies. The letters that "
        "hospitals print into a corner can therefore not help it.”\n\n"
        f"First two whole numbers, for an image of {n} × {n} pixels. Along each side of the *last* map runs "
        "a frame of pixels that depend on padded zeros: how wide is it, in pixels? And how many pixels of "
        "that map lie inside it, and depend on none? Then, in at most 150 words: what is right in the claim, "
        "what is wrong, and with which experiment would you test it?",
        starter=typed.starter,
        form=typed.form,
        solution="# each layer hands the zeros on by half a kernel; the frame has two sides each way\n"
        + typed.code(frame, inner),
        parts=(
            typed.part(
                2, "the frame", 0, frame,
                "each layer hands the zeros on by half a kernel, and the layers add up.",
                {
                    "this is the frame of one layer; the next ones hand the zeros on.": k // 2,
                    "this is how far the layers see on both sides together.": 2 * frame,
                    "half of the kernel reaches over the edge, not all of it.": layers * k,
                },
            ),
            typed.part(
                1, "the pixels inside", 1, inner,
                "the frame runs along all four sides.",
                {
                    "the frame has two sides each way.": (n - frame) ** 2,
                    "this is the frame; wanted are the others.": n**2 - inner,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, k // 2, (n - 2 * (k // 2)) ** 2),
            typed.wrong(1, 2 * frame, inner),
            typed.wrong(2, frame, (n - frame) ** 2),
            typed.wrong(2, frame, n**2 - inner),
        ),
        note="Two ways lead out of blindness: the padding, and any dense layer on flattened maps.",
        rubric=(
            Criterion(1, "Right: one kernel serves all places; inside the frame the map moves along."),
            Criterion(1, "Wrong: zeros at the border are a landmark, handed inwards layer by layer."),
            Criterion(1, "A letter is a pattern: it can be found, whether its place is known or not."),
            Criterion(2, "A test that could fail: move or cover the letter on held-out X-rays and compare."),
        ),
        model_answer="True is that each kernel is shared: away from the border the maps only move with the "
        "image. But padded zeros occur nowhere else: a window that sees them knows that it is at the edge, "
        "and later layers pass this on. And a letter needs no place to betray a hospital; a kernel can look "
        "for its shape. To test it, cover the corner on held-out X-rays, or copy the letter from one class "
        "to the other, and see whether the answers change more than when a patch of equal size elsewhere is "
        "covered.",
    )  # fmt: skip
