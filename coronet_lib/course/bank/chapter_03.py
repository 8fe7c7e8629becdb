"""Problems of chapter 3: bends, silent units, and what a pooled number knows of its window."""

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import pick, pictures
from coronet_lib.course.problem import Kind, KnownWrong, Problem, problem
from coronet_lib.layers.forward import pool2d

PAGE = "03_relu_and_pooling.html#"


@problem(
    3, 1, title="Who hears of the loss", kind=Kind.PREDICT, minutes=12, points=4,
    read=PAGE + "a-convolution-in-its-place",
)  # fmt: skip
def pixel_gradients(draw, hidden):
    """The way back through a pooling and a ReLU."""
    windows = draw.permuted(np.tile(np.arange(1, 10), (4, 1)), axis=1)[:, :4]
    windows[:, 2:] *= -1
    windows[draw.integers(4), :2] *= -1  # nothing positive in this one
    windows = draw.permuted(windows, axis=1)
    upstream = draw.permutation(np.arange(2, 9))[:4]

    def as_map(rows):
        """A row of four numbers, or one number, for each window, where they stand in the map."""
        rows = np.broadcast_to(np.reshape(rows, (4, -1)), (4, 4))
        return rows.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)

    x, by_output, top = map(as_map, (windows, upstream, windows.max(axis=1)))
    largest, shut = x == top, top < 0
    right, alive = by_output * largest * ~shut, ~shut
    typed = Typed("pixel_gradients", (4, 4), "four rows of four gradients", decimals=2)
    return Problem(
        text="This map of 4 × 4 goes through a ReLU and then a max pooling of 2 × 2 with stride 2:\n\n"
        f"    x = {x.tolist()}\n\n"
        f"The gradient of the loss by the four pooled numbers is `{upstream.reshape(2, 2).tolist()}`. What "
        "is its gradient by each of the sixteen numbers of `x`? Type four rows of four numbers.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(*right),
        parts=(
            typed.part(
                3, "windows with something positive", alive, right[alive],
                "the pixel that won gets the whole gradient of its window, the others nothing.",
                {
                    "the maximum does not share: that is how an average goes back.": by_output[alive] / 4,
                    "all positive pixels get the gradient; the maximum has one winner.": (
                        (by_output * (x > 0))[alive]
                    ),
                    "the winners are right, but each gets the gradient of its own output.": (
                        1 * largest[alive]
                    ),
                    "every pixel of a window gets the gradient; only one has moved the output.": (
                        by_output[alive]
                    ),
                    "this is what was pooled; wanted is the gradient.": (x * largest)[alive],
                },
            ),
            typed.part(
                1, "the window without", shut, right[shut],
                "where the ReLU shuts all of a window, no pixel of it hears of the loss.",
                {
                    "the largest of negative numbers wins, but the ReLU has shut it.": (
                        (by_output * largest)[shut]
                    ),
                },
            ),
        ),
        wrong=(
            typed.wrong(3, *(by_output * largest)),
            typed.wrong(0, *(by_output / 4)),
            typed.wrong(1, *(by_output * (x > 0))),
            typed.wrong(1, *(1 * largest * alive)),
            typed.wrong(0, *by_output),
        ),
        note="Change one number that lost by a little and ask what the loss does: nothing. Then ask for how "
        "large a change that stays true.",
    )  # fmt: skip


@problem(3, 2, title="Silent for whom?", kind=Kind.FUNCTION, minutes=15, points=4, read=PAGE + "dead-units")
def silent_share(draw, hidden):
    """For each channel, the share of X-rays for which it is silent."""
    channels_last, silent = bool(draw.integers(2)), bool(draw.integers(2))
    axes = "(batch, height, width, channels)" if channels_last else "(batch, channels, height, width)"
    pixels = (1, 2) if channels_last else (2, 3)
    what = "silent" if silent else "awake, that is, not silent"

    def turned(share):
        return share if silent else 1 - share

    def wanted(maps):
        return turned((maps.max(axis=pixels) <= 0).mean(axis=0))

    def mistakes(right, maps):
        return {
            "this is the share of pixels; a channel is silent only if all its pixels are.": turned(
                (maps <= 0).mean(axis=(0, *pixels))
            ),
            "silent and awake are exchanged.": 1 - right,
            "this says which channels are dead, for all X-rays; wanted is a share of X-rays.": turned(
                1.0 * (maps.max(axis=(0, *pixels)) <= 0)
            ),
            "a mean below zero may hide a pixel that is awake.": turned(
                (maps.mean(axis=pixels) <= 0).mean(axis=0)
            ),
            "at exactly 0 the ReLU gives 0, too: such a channel is silent.": turned(
                (maps.max(axis=pixels) < 0).mean(axis=0)
            ),
        }

    def case(batch, awake, top=None):
        """Maps in which so many X-rays of each channel have a single pixel above zero."""
        maps = -0.2 - hidden.random((batch, len(awake), 3, 5))
        if top is not None:
            maps[:, :, 1, 2] = top
        for channel, count in enumerate(awake):
            maps[hidden.permutation(batch)[:count], channel, 0, 3] = 0.5
        return (np.moveaxis(maps, 1, 3) if channels_last else maps,)

    judged = Hidden(
        wanted,
        "the shares are others; say of a single map whether it is silent, then count X-rays.",
        mistakes,
        lambda right, maps: {"one number for each X-ray; wanted is one for each channel.": maps.shape[:1]},
    )
    top = f"maps.max(axis={pixels})"
    solution = f"""\
def silent_share(maps):
    silent = {top} <= 0
    return {"" if silent else "1 - "}silent.mean(axis=0)"""
    sizes = (3, 4, 6, 2) if channels_last else (3, 2, 4, 6)
    return Problem(
        text=f"`maps`, of shape {axes}, is what goes into a ReLU. A channel is *silent* for an X-ray if the "
        "ReLU gives 0 at all of its pixels. Write `silent_share(maps)`: for each channel, the share of the "
        f"X-rays in the batch, from 0 to 1, for which it is {what}; an array of floats of shape (channels,).",
        starter=unwritten(solution),
        form=f"form.function(silent_share, np.ones({sizes}), returns=(2,))",
        solution=solution,
        parts=(
            judged.part(2, "a batch", "Pixels first, then X-rays.", case(5, (0, 1, 3, 5)), case(3, (2, 0))),
            judged.part(1, "exact zeros", "Zero is silent.", case(4, (0, 1, 2), 0.0)),
            judged.part(1, "one X-ray", "In a batch of one, a share is 0 or 1.", case(1, (0, 1, 1))),
        ),
        wrong=(
            KnownWrong(altered(solution, (top, "maps"), ("axis=0", f"axis={(0, *pixels)}")), 0),
            KnownWrong(altered(solution, (top, f"{top}.max(axis=0, keepdims=True)")), 1),
            KnownWrong(altered(solution, ("maps.max", "maps.mean")), 0),
            KnownWrong(altered(solution, ("<= 0", "< 0")), 3),
            KnownWrong(altered(solution, ("axis=0", "axis=1")), 0),
        ),
        note="All pixels first, then a share of X-rays: the order is the whole problem. A channel that is "
        "silent for the batch may be dead, or wait for an X-ray that is not in it.",
    )  # fmt: skip


@problem(
    3, 3, title="A pooling that loses its border", kind=Kind.DEBUG, minutes=15, points=4,
    read=PAGE + "pooling-one-number-for-a-window",
)  # fmt: skip
def pool_whole(draw, hidden):
    """Pooling of an image in which the last windows are not full."""
    k = int(draw.integers(3, 7))  # in windows of two, copies of the edge do no harm
    solution = f"""\
def pool_whole(image, kind):
    height, width = image.shape
    rows, columns = -(-height // {k}), -(-width // {k})
    padded = np.full((rows * {k}, columns * {k}), np.nan)
    padded[:height, :width] = image
    blocks = padded.reshape(rows, {k}, columns, {k})
    return np.nanmax(blocks, axis=(1, 3)) if kind == "max" else np.nanmean(blocks, axis=(1, 3))"""
    with_zeros = altered(solution, ("np.nan)", "0.0)"), ("np.nanm", "np.m"))

    def padded(image, **how):
        image = np.pad(image, [(0, -n % k) for n in image.shape], **how)
        return image.reshape(len(image) // k, k, -1, k)

    def wanted(image, kind):
        blocks = padded(image, constant_values=np.nan)
        return (np.nanmax if kind == "max" else np.nanmean)(blocks, axis=(1, 3))

    def mistakes(right, image, kind):
        summary = np.max if kind == "max" else np.mean
        before = np.pad(image, [(-n % k, 0) for n in image.shape], constant_values=np.nan)
        last = summary(padded(image, mode="edge"), axis=(1, 3))
        zeros = summary(padded(image), axis=(1, 3))
        return {
            "zeros take part: they win over negative numbers, and they count in an average.": zeros,
            "copies of the edge take part: harmless in a maximum, but they count in an average.": last,
            "the image is enlarged at the top and the left; wanted is below and at the right.": (
                wanted(before, kind)
            ),
        }

    judged = Hidden(
        wanted,
        "the numbers are others; write down the last window of a row and what it really holds.",
        mistakes,
        lambda right, image, kind: {
            "windows that are not full are left out.": tuple(n // k for n in image.shape)
        },
    )
    images = [hidden.normal(-2, 1, size=size) for size in ((k + 1, 2 * k), (2 * k - 1, 3 * k + 1))]
    return Problem(
        text="`pool_whole(image, kind)` is to pool a map of any height and width, by the maximum or the "
        f'average (`kind` is "max" or "average"), in windows of {k} × {k} with stride {k}. Where the last '
        "windows of a row or a column are not full, the map is enlarged below and at the right until they "
        "are; what is added takes no part in a maximum or an average. On maps whose sides are multiples "
        f"of {k} the function below is right. Mend it.",
        starter=stopped(with_zeros),
        form=f'form.function(pool_whole, np.ones(({k + 1}, {2 * k})), "max", returns=(2, 2))',
        solution=solution,
        parts=(
            judged.part(
                2, "the maximum", "What is added never wins.", *((image, "max") for image in images)
            ),
            judged.part(
                2, "the average", "An average divides by what is there.",
                *((image, "average") for image in images),
            ),
        ),
        wrong=(
            KnownWrong(with_zeros, 0),
            KnownWrong(altered(with_zeros, ("0.0)", '-np.inf if kind == "max" else 0.0)')), 2),
            KnownWrong(f"""\
def pool_whole(image, kind):
    image = np.pad(image, [(0, -n % {k}) for n in image.shape], mode="edge")
    blocks = image.reshape(len(image) // {k}, {k}, -1, {k})
    return blocks.max(axis=(1, 3)) if kind == "max" else blocks.mean(axis=(1, 3))""", 2),
            KnownWrong(f"""\
def pool_whole(image, kind):
    rows, columns = image.shape[0] // {k}, image.shape[1] // {k}
    blocks = image[: rows * {k}, : columns * {k}].reshape(rows, {k}, columns, {k})
    return blocks.max(axis=(1, 3)) if kind == "max" else blocks.mean(axis=(1, 3))""", 0),
            KnownWrong(altered(solution, ("padded[:height, :width]", "padded[-height:, -width:]")), 0),
        ),
        note="Behind a ReLU zeros are harmless to a maximum, which is why the fault lives long. CoroNet "
        "pools behind a normalisation, where they are not: ask what such a pooling would do there.",
    )  # fmt: skip


@problem(
    3, 4, title="Four ways to say it shorter", kind=Kind.FIGURE, minutes=10, points=4,
    read=PAGE + "pooling-one-number-for-a-window",
)  # fmt: skip
def pooled_maps(draw, hidden):
    """Which map was pooled in which way, and with which stride."""
    stride = int(draw.choice([2, 3, 4]))
    last, filled = 24 // stride - 2, 8 // stride  # in windows
    image = np.zeros((24, 24))
    image[stride : (1 + filled) * stride, stride : (1 + filled) * stride] = 1
    image[last * stride + 1, stride : last * stride] = 1
    image[int(draw.integers(1, last)) * stride + 1, last * stride + 1] = 1
    image = image.T if draw.integers(2) else image
    batch = image[None, :, :, None]
    maps = [pool2d(batch, stride, kind=kind)[0, :, :, 0] for kind in ("max", "average", "l2")]
    maps.append(image[::stride, ::stride])
    order = draw.permutation(4)
    largest, mean, energy, pick_one = (int(place) for place in order.argsort() + 1)
    numbered = {f"map {place}": maps[way] / maps[way].max() for place, way in enumerate(order, 1)}
    typed = Typed("pooled_maps", 5, "the maps of max, average, L2 and picking, then the stride")
    return Problem(
        text="The cell above draws an image with a filled square, a thin line and a single bright pixel on "
        "black, and what four ways make of it: max, average and L2 pooling, and *picking*, which keeps the "
        "upper left pixel of each window. All have the same windows, as large as their stride, and no "
        "padding. Each map is drawn from black (0) to white (its own largest number). Which map is that of "
        "max, of average, of L2 and of picking, and what is the stride in pixels? Type the five numbers in "
        "this order.",
        setup=pictures("pooled", {"image": image, **numbered}),
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(largest, mean, energy, pick_one, stride),
        parts=(
            typed.part(
                2, "average and L2", slice(1, 3), (mean, energy),
                "beside a full window, a lone pixel of n × n counts 1/n² in an average and 1/n in L2.",
                {"average and L2 are exchanged: the root lifts what is rare.": (energy, mean)},
            ),
            typed.part(
                1, "max and picking", slice(0, 4, 3), (largest, pick_one),
                "the maximum never overlooks a pixel, and picking overlooks most.",
                {"max and picking are exchanged: which of them can lose a line?": (pick_one, largest)},
            ),
            typed.part(
                1, "the stride", 4, stride,
                "the stride is how many pixels of the image one pixel of a map stands for.",
                {"this is an edge of the map; how many pixels of the image is one of its own?": 24 // stride},
            ),
        ),
        wrong=(
            typed.wrong(2, largest, energy, mean, pick_one, stride),
            typed.wrong(3, pick_one, mean, energy, largest, stride),
            typed.wrong(3, largest, mean, energy, pick_one, 24 // stride),
            typed.wrong(1, mean, largest, energy, pick_one, stride),
        ),
        note="The square looks alike in all four; only what does not fill a window tells them apart.",
    )  # fmt: skip


@problem(
    3, 5, title="A roof of bends", kind=Kind.COMPUTE, minutes=12, points=3,
    read=PAGE + "why-a-network-must-bend",
)  # fmt: skip
def bend_weights(draw, hidden):
    """Weights of a few units whose sum goes through given points."""
    slopes = pick(draw, [(2, -1, -4), (3, 1, -2), (4, 2, -3), (1, 3, -2), (5, -2, -3), (2, 5, -6)])
    lengths = draw.permutation([2, 3, 4])
    knots = np.cumsum([0, *lengths])
    heights = np.cumsum([0, *(lengths * slopes)])
    right = np.diff([0, *slopes, 0])
    points = ", ".join(f"({x}, {y})" for x, y in zip(knots, heights, strict=True))
    units = " + ".join(f"w{j} · relu(x - {knot})" for j, knot in enumerate(knots))
    typed = Typed("bend_weights", 4, "the weights w0 to w3")
    return Problem(
        text=f"The sum `{units}` is to go through the points {points} in straight lines, and to stay at the "
        "height of the last point for all larger `x`. What are the four weights? Type `w0` to `w3`.",
        starter=typed.starter,
        form=typed.form,
        solution="# each weight is the slope after its bend minus the slope before it\n" + typed.code(*right),
        parts=(
            typed.part(
                2, "the bends", slice(0, 3), right[:3],
                "each unit goes on for ever, so its weight is by how much the slope changes.",
                {
                    "these are the slopes; each unit adds to those that have begun before.": slopes,
                    "these are the heights; a weight is a change of slope.": heights[1:],
                    "these are the steps in height; a slope divides by the length of the step.": (
                        np.diff(heights)
                    ),
                    "the signs are turned: slope after the bend minus slope before.": -right[:3],
                },
            ),
            typed.part(
                1, "the level end", 3, right[3],
                "level means that all weights together add up to zero.",
                {
                    "no unit ends by itself; without a last one the slope goes on.": 0,
                    "the slope has to be taken away, not added.": -right[3],
                    "a weight changes the slope, not the height.": -heights[3],
                },
            ),
        ),
        wrong=(
            typed.wrong(0, *slopes, 0),
            typed.wrong(2, *right[:3], 0),
            typed.wrong(1, *np.diff(heights), right[3]),
            typed.wrong(0, *heights[1:], 0),
            typed.wrong(2, *right[:3], -right[3]),
        ),
        note="Draw the units under the curve, as the chapter's figure does, and switch them off one by one.",
    )  # fmt: skip
