"""Problems of chapter 1: attenuation, types of pixels, colour, fewer pixels, and bits that add nothing."""

from itertools import product

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import pick
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "01_xray_as_numbers.html#"

_SOFT, _LUNG, _BONE = 0.20, 0.05, 0.45  # per centimetre, as in the chapter


@problem(
    1, 1, title="How much air is on the way", kind=Kind.COMPUTE, minutes=12, points=4,
    read=PAGE + "what-a-grey-level-means",
)  # fmt: skip
def lung_depth(draw, hidden):
    """Centimetres of lung from a share of photons, and what a rib would change."""
    sizes = product(range(18, 25), range(9, 15), (1.5, 2.5))
    chest, lung, rib = pick(draw, ((d, a, b) for d, a, b in sizes if abs(d - 2 * a) > 1))
    share = round(100 * np.exp(-_SOFT * (chest - lung) - _LUNG * lung), 2)
    behind, on_top = (share * np.exp(-mu * rib) for mu in (_BONE - _SOFT, _BONE))
    linear = share * (1 - (_BONE - _SOFT) * rib)

    def lung_for(attenuation):
        return (_SOFT * chest - attenuation) / (_SOFT - _LUNG)

    weakening = -np.log(share / 100)
    depth, by_ten, by_lost = map(lung_for, (weakening, weakening / np.log(10), -np.log(1 - share / 100)))
    typed = Typed("lung_depth", 2, "centimetres of lung, and a share in per cent", decimals=1)
    return Problem(
        text=f"A ray crosses {chest} cm of chest, soft tissue and lung only, and {share} % of its photons "
        f"arrive. With the coefficients of the chapter (soft tissue {_SOFT:.2f}, lung {_LUNG:.2f}, bone "
        f"{_BONE:.2f} per centimetre): how many centimetres of lung did it cross? And how many per cent of "
        f"the photons would arrive if a rib took the place of {rib} cm of the *soft tissue* on this ray? "
        "Begin with the share that is given, and type both numbers in this order, to one decimal.",
        starter=typed.starter,
        form=typed.form,
        solution="# the attenuation, minus the logarithm of the share, is a sum with one unknown\n"
        + typed.code(depth, behind),
        parts=(
            typed.part(
                2, "centimetres of lung", 0, depth,
                "the attenuation is a sum over both tissues, in which one thickness is unknown.",
                {
                    "this is the soft tissue; the lung is the rest of the way.": chest - depth,
                    "the logarithm is the natural one.": by_ten,
                    "the share is of the photons that arrive, not of those that are lost.": by_lost,
                    "the soft tissue is left out; both weaken the ray.": weakening / _LUNG,
                },
            ),
            typed.part(
                2, "the share behind a rib", 1, behind,
                "only what changes on the way changes the exponent, and shares multiply.",
                {
                    "the rib does not come on top of the soft tissue, it takes its place.": on_top,
                    "each centimetre takes a share of what is left: an exponential.": linear,
                    "this share is lost; wanted is the one that arrives.": share - behind,
                },
            ),
        ),
        wrong=(
            typed.wrong(2, depth, on_top),
            typed.wrong(2, chest - depth, behind),
            typed.wrong(0, by_ten, linear),
            typed.wrong(0, by_lost, share - behind),
        ),
        note="Ask what changes if the chest may hold bone, too: two unknowns, one equation; depth is lost.",
    )  # fmt: skip


@problem(
    1, 2, title="What has changed since yesterday", kind=Kind.DEBUG, minutes=12, points=4,
    read=PAGE + "rows-and-columns",
)  # fmt: skip
def change_map(draw, hidden):
    """A difference of two X-rays that wraps round."""
    gain = int(draw.integers(2, 6))

    def right(before, after):
        return np.clip(gain * np.abs(after.astype(int) - before), 0, 255).astype(np.uint8)

    def mistakes(right, before, after):
        change = after.astype(int) - before
        one_sign = np.clip(gain * change, 0, 255)
        return {
            "the difference of two `uint8` has no sign: a pixel that got darker comes out as a large one.": [
                np.clip(gain * (after - before).astype(int), 0, 255),
                gain * (after - before),
            ],
            "what got darker is lost; a change counts whichever way it goes.": one_sign,
            "the product wraps round; clip it while the type still has room.": gain * np.abs(change) % 256,
        }

    def case(largest):
        before = hidden.integers(0, 256, size=(7, 11))
        change = hidden.permutation(np.linspace(-largest, largest, before.size).astype(int))
        after = np.clip(before + change.reshape(before.shape), 0, 255)
        return before.astype(np.uint8), after.astype(np.uint8)

    otherwise = "the greys are others; follow a pixel that gets darker by 10 through your lines."
    judged = Hidden(right, otherwise, mistakes)
    solution = f"""\
def change_map(before, after):
    change = after.astype(int) - before.astype(int)
    return np.clip({gain} * np.abs(change), 0, 255).astype(np.uint8)"""
    broken = altered(solution, (".astype(int)", ""), (".astype(np.uint8)", ""))
    return Problem(
        text="`change_map(before, after)` is to show what has changed between two X-rays of a patient, both "
        f"`uint8` and of one shape: {gain} times the absolute difference, greys above 255 shown as 255, as "
        "an array of type `uint8`. The function below was tried on two equal images and found right. Mend "
        "it.",
        starter=stopped(broken),
        form="form.function(change_map, np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8), "
        'returns=(2, 3), kind="iu")',
        solution=solution,
        parts=(
            judged.part(2, "small changes either way", "A sign needs a type that has one.", case(50)),
            judged.part(2, "changes that leave the range", "Clip first, then make small.", case(255)),
        ),
        wrong=(
            KnownWrong(broken, 0),
            KnownWrong(altered(solution, ("np.abs(change)", "change")), 0),
            KnownWrong(altered(solution, ("np.clip(", "("), (", 0, 255)", ")")), 2),
            KnownWrong(altered(solution, (".astype(np.uint8)", " / 255")), 0),
        ),
        note="A test with two equal images, or with one that is brighter everywhere, passes. Ask for the "
        "smallest test that would have shown the fault: one pixel, darker by 1.",
    )  # fmt: skip


@problem(
    1, 3, title="One form for every file", kind=Kind.FUNCTION, minutes=15, points=4,
    read=PAGE + "grey-in-disguise",
)  # fmt: skip
def as_grey(draw, hidden):
    """Grey, colour and transparent files in one form."""
    weights = pick(draw, [(0.299, 0.587, 0.114), (0.2126, 0.7152, 0.0722), (0.3, 0.5, 0.2), (0.2, 0.7, 0.1)])
    images = [hidden.integers(0, 256, size=size).astype(np.uint8) for size in ((5, 8), (7, 4, 3), (6, 9, 4))]

    def right(image):
        return (image[..., :3] @ np.array(weights) if image.ndim == 3 else image) / 255

    def mistakes(right, image):
        said = {"these are greys from 0 to 255; wanted are 0 to 1.": right * 255}
        if image.ndim == 3:
            turned = image[..., 2::-1] @ np.array(weights) / 255
            said |= {
                "one channel stands for all; that is right only for grey in disguise.": image[..., 0] / 255,
                "all channels count alike; they have weights.": image[..., :3].mean(axis=2) / 255,
                "the weights stand in the wrong order: red comes first.": turned,
                "alpha counts as if it were a colour.": image.mean(axis=2) / 255,
            }
        return said

    judged = Hidden(right, "the greys are others; compute one pixel by hand.", mistakes)
    solution = f"""\
def as_grey(image):
    if image.ndim == 3:
        image = image[:, :, :3] @ np.array({list(weights)})
    return image / 255"""
    return Problem(
        text="Write `as_grey(image)`. It takes an array of type `uint8` and shape (height, width) for a grey "
        "file, (height, width, 3) for RGB, or (height, width, 4) for RGBA, and always returns floats from 0 "
        "to 1 of shape (height, width). Colours are weighed {} for red, {} for green and {} for blue; alpha "
        "is ignored.".format(*weights),
        starter=unwritten(solution),
        form="form.function(as_grey, np.zeros((2, 3, 3), np.uint8), returns=(2, 3))",
        solution=solution,
        parts=(
            judged.part(1, "a grey image", "Grey stays what it is.", images[:1]),
            judged.part(2, "colours", "Each channel counts with its weight.", images[1:2]),
            judged.part(1, "colours with alpha", "Alpha is no colour.", images[2:]),
        ),
        wrong=(
            KnownWrong(altered(solution, (f"[:, :, :3] @ np.array({list(weights)})", "[:, :, 0]")), 1),
            KnownWrong(altered(solution, (f" @ np.array({list(weights)})", ".mean(axis=2)")), 1),
            KnownWrong(altered(solution, ("[:, :, :3]", "")), 3),
            KnownWrong(altered(solution, (":3]", "2::-1]")), 1),
            KnownWrong(altered(solution, ("image / 255", "image * 1.0")), 0),
        ),
        note="Tests with three equal channels pass the first two wrong ways. The third stops at RGBA only.",
    )  # fmt: skip


@problem(
    1, 4, title="A wire across the border", kind=Kind.PREDICT, minutes=10, points=4,
    read=PAGE + "fewer-pixels",
)  # fmt: skip
def wire_left(draw, hidden):
    """What nearest and area leave of a thin line."""
    factor, thin, above = pick(
        draw, ((f, w, a) for f in (4, 5, 6, 8) for w in range(2, f) for a in range(1, w) if 2 * a != w)
    )
    first = factor * int(draw.integers(2, 8)) - above
    picked = sum(first <= row < first + thin for row in range(factor // 2, 120, factor))
    brightest = max(above, thin - above) / factor
    typed = Typed("wire_left", 3, "rows by nearest, rows by area, and the brightest by area", decimals=2)
    return Problem(
        text=f"An image of 120 × 120 pixels is black (0) but for a white wire (1): rows {first} to "
        f"{first + thin - 1}, counted from 0 and both included. It is shrunk by {factor}, as the chapter's "
        f"`nearest` and `area` do it: of each {factor} rows, nearest picks the one at index {factor // 2}, "
        "and area takes the mean. How many rows of the small image are not black by nearest, and how many "
        "by area? How bright is the brightest row by area, to two decimals? Type the three numbers in this "
        "order, before you try.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# the wire has {above} of its {thin} rows in one block and the rest in the next\n"
        + typed.code(picked, 2, brightest),
        parts=(
            typed.part(
                2, "nearest", 0, picked,
                "nearest looks at one row of each block, and all depends on whether the wire lies on it.",
                {"every block that the wire touches is counted; nearest looks at one row of each.": 2},
            ),
            typed.part(
                2, "area", slice(1, 3), (2, brightest),
                "area spreads the wire over all blocks that it touches; each gets its rows' share.",
                {
                    "the wire lies across a border: two rows get a part of it.": (1, thin / factor),
                    "two rows share the wire; neither has all of it.": (2, thin / factor),
                    "a mean of black and white is grey.": [(2, 1), (1, 1)],
                    "the mean is over the block, not over the wire.": (2, brightest * factor / thin),
                },
            ),
        ),
        wrong=(
            typed.wrong(2, 2, 2, brightest),
            typed.wrong(2, 1 - picked, 2, brightest),
            typed.wrong(2, picked, 1, thin / factor),
            typed.wrong(2, picked, 2, 1),
            typed.wrong(0, 2, 2, thin / factor),
        ),
        note="Move the wire by one row and let the class predict again: nearest jumps, area glides.",
    )  # fmt: skip


@problem(
    1, 5, title="More bits, more pixels, more dots", kind=Kind.CRITICISE, minutes=20, points=3,
    read=PAGE + "bits-how-many-greys-there-are",
)  # fmt: skip
def bits_and_greys(draw, hidden):
    """A claim that a larger file holds more information."""
    bits, times = int(draw.choice([16, 32])), int(draw.choice([2, 4, 5]))
    dpi = int(draw.choice([150, 300, 600]))
    larger = bits // 8 * 3 * times**2
    by_dots = round(larger * (dpi / 72) ** 2)
    typed = Typed("bits_and_greys", 2, "times as many bits, and different greys at most")
    return Problem(
        text="From a methods section: “The collection holds grey JPEG files of 8 bits and 72 dpi. To let "
        f"the network see finer differences we stored each as RGB with {bits} bits a channel and {dpi} dpi, "
        f"and enlarged it {times} times each way (nearest). So the network gets many times the diagnostic "
        "information.”\n\n"
        "First two whole numbers: how many times as many bits do the pixels of one image take now, "
        "uncompressed? And how many different greys can occur at most in an image made in this way? Then, in "
        "at most 150 words: go through the steps one by one, say what each adds, and what would have helped.",
        starter=typed.starter,
        form=typed.form,
        solution=f"# {bits} / 8 bits, 3 channels, {times} × {times} pixels; dpi changes none of them\n"
        + typed.code(larger, 256),
        parts=(
            typed.part(
                2, "bits", 0, larger,
                "bits a channel, channels and pixels make up the size.",
                {
                    "the three channels are forgotten.": larger // 3,
                    "an image grows both ways.": larger // times,
                    "dots per inch are a note for a printer; no pixel comes of them.": by_dots,
                },
            ),
            typed.part(
                1, "greys", 1, 256,
                "no grey is in it that the JPEG did not have.",
                {
                    "room for greys is no grey: each comes from one of the JPEG's.": 2**bits,
                    "three equal channels are one grey, three times.": [768, 256**3],
                },
            ),
        ),
        wrong=(
            typed.wrong(2, larger, 2**bits),
            typed.wrong(1, larger // 3, 256),
            typed.wrong(0, larger // times, 768),
            typed.wrong(1, by_dots, 256),
        ),
        note="Everything is a function of the JPEG, so nothing is in it that was not in the JPEG.",
        rubric=(
            Criterion(2, "More bits give room only: the JPEG was rounded, perhaps windowed, and stays so."),
            Criterion(1, "Equal channels and repeated pixels are copies; dpi is a note for a printer."),
            Criterion(1, "What it costs: memory and time, and by nearest hard edges that no chest has."),
            Criterion(1, "What would help: the detector's own 12 to 16 bits, windowed before rounding."),
        ),
        model_answer="All four steps are functions of the JPEG, so none can add what the JPEG has lost. More "
        "bits make room for greys between the 256 that are there, and none falls into it. Three equal "
        "channels are one image three times. Nearest repeats each pixel and adds the edges of squares. The "
        "dpi tag changes no pixel. What has grown is the file, and with it memory and time. Finer "
        "differences are in the detector's 12 to 16 bits: window those first, then round.",
    )  # fmt: skip
