"""Problems of chapter 2: sizes, kernels, strides and receptive fields."""

import numpy as np

from coronet_lib.checks.answer import given, match, match_calls, typed_numbers
from coronet_lib.course.problem import Kind, KnownWrong, Part, Problem, problem
from coronet_lib.layers.forward import cross_correlate2d


@problem(
    2,
    1,
    title="A map's edge",
    kind=Kind.COMPUTE,
    minutes=8,
    points=3,
    read="02_convolution.html#where-the-window-stands-stride-padding-dilation",
)
def map_edges(draw, hidden):
    """Edges of a map with two paddings."""
    n, k, s = int(draw.integers(90, 160)) * 2 + 1, int(draw.choice([5, 7])), 3
    valid, same = (n - k) // s + 1, -(-n // s)

    def judge_valid(answer):
        match(
            _edges(answer)[0],
            valid,
            "`valid` is wrong; where does the first window begin, and where can the last one?",
            {
                "the first window is not counted with `valid` padding.": valid - 1,
                "the stride is forgotten with `valid` padding.": n - k + 1,
                "`valid` and `same` are exchanged.": same,
            },
        )
        return "The kernel's width counts with `valid` padding."

    def judge_same(answer):
        match(
            _edges(answer)[1],
            same,
            "`same` is wrong; only the stride counts with it.",
            {"`same` keeps the size at stride 1 only.": n, "`valid` and `same` are exchanged.": valid},
        )
        return "With `same` padding only the stride counts."

    return Problem(
        text=f"A {k} × {k} kernel goes over an image of {n} × {n} pixels with stride {s}. How many pixels "
        "has an edge of the map with `valid` padding, and how many with `same`? Type both, in this order.",
        starter="map_edges = (..., ...)",
        form='form.numbers(map_edges, (2,), "the edges with `valid` and `same` padding", whole=True)',
        solution=f"map_edges = ({valid}, {same})",
        parts=(Part(2, "valid padding", judge_valid), Part(1, "same padding", judge_same)),
        wrong=(
            KnownWrong(f"map_edges = ({valid - 1}, {same})", 1),
            KnownWrong(f"map_edges = ({n - k + 1}, {n})", 0),
            KnownWrong(f"map_edges = ({same}, {valid})", 0),
            KnownWrong(f"map_edges = ({valid}, {n})", 2),
        ),
        note="Count windows, not pixels: the last one that fits begins the kernel's width before the edge.",
    )


def _edges(answer):
    return typed_numbers(answer, (2,), "the edges with `valid` and `same` padding", whole=True)


@problem(
    2,
    2,
    title="Sum over a window",
    kind=Kind.FUNCTION,
    minutes=15,
    points=4,
    read="02_convolution.html#slide-the-window",
)
def window_sums(draw, hidden):
    """A function for sums over windows of any size."""
    k = int(draw.choice([2, 3, 4]))

    def wanted(image):
        return cross_correlate2d(image[None, :, :, None], np.ones((k, k, 1, 1)))[0, :, :, 0]

    square, oblong = hidden.normal(size=(9, 9)), hidden.normal(size=(6, 11))

    def judge(image):
        def judged(answer):
            match_calls(
                answer,
                [given(image)],
                wanted,
                "the sums are not those of the windows; compare one by hand.",
                mistakes=lambda right, image: {"this is the mean of each window, not its sum.": right / k**2},
                shapes=lambda right, image: {
                    "windows that reach over the edge are counted; only whole ones are wanted.": image.shape,
                },
                axes="(rows, columns)",
            )
            return "Each pixel of the result is the sum over one window."

        return judged

    return Problem(
        text=f"Write `window_sums(image)`: for a grey image of any height and width, the sum over each "
        f"{k} × {k} window that lies within it, as an array with a row a window down and a column a window "
        "across.",
        starter="def window_sums(image):\n    raise NotImplementedError",
        form=f"form.function(window_sums, np.ones((6, 6)), returns=({7 - k}, {7 - k}))",
        solution=f"""\
def window_sums(image):
    windows = np.lib.stride_tricks.sliding_window_view(image, ({k}, {k}))
    return windows.sum(axis=(2, 3))""",
        parts=(
            Part(2, "a square image", judge(square)),
            Part(2, "an image that is no square", judge(oblong)),
        ),
        wrong=(
            KnownWrong(f"""\
def window_sums(image):
    return np.lib.stride_tricks.sliding_window_view(image, ({k}, {k})).mean(axis=(2, 3))""", 0),
            KnownWrong("""\
def window_sums(image):
    return image.copy()""", 0),
            KnownWrong(f"""\
def window_sums(image):
    edge = len(image) - {k} + 1
    return np.array([[image[i:i + {k}, j:j + {k}].sum() for j in range(edge)] for i in range(edge)])""", 2),
            KnownWrong(f"""\
def window_sums(image):
    return np.full((image.shape[0] - {k} + 1, image.shape[1] - {k} + 1), image.sum())""", 0),
        ),
        note="A convolution with a kernel of ones. The third wrong answer takes the height for the width.",
    )  # fmt: skip
