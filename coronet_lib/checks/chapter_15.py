"""Checks of chapter 15: where a network looks, and what a map of that can show."""

import numpy as np

from coronet_lib.checks.answer import given, judge, match, match_calls, number, typed_numbers
from coronet_lib.checks.verdict import exercise

_EDGES = (45, 23, 12, 6)  # of the maps that the narrow network's pools halve


def _middles(first=1, second=1, pad=lambda edge: edge % 2):
    """The pixels above which the three cells of the last map lie; the settings are mistakes."""
    at, apart = first + 2 * second, 2
    for edge in _EDGES:
        at, apart = at + apart * (1 - pad(edge)), 2 * apart
    return at + apart * np.arange(3)


@exercise(15, 1)
def cell_middles(answer):
    """The pixels above which the cells of the narrow network's last map have their middles.

    Parameters
    ----------
    answer : int array, shape (3,)
    """
    wanted, places = _middles(), np.arange(3)
    always, never, turned = (
        _middles(pad=pad) for pad in (lambda edge: 1, lambda edge: 0, lambda edge: 1 - edge % 2)
    )
    match(
        typed_numbers(answer, (3,), "one pixel for each of the three cells"),
        wanted,
        "of each layer ask: above which cell of the map before does cell i lie? Put these lines together.",
        {
            "that is where a stretched picture puts them.": 15.5 + 32 * places,
            "so it would be if `same` added a cell before on every edge; on an even one it does not.": always,
            "so it would be if `same` never added a cell before; on an odd edge it adds one.": never,
            "even and odd edges are exchanged: on an odd one a cell is added before.": turned,
            "the first two convolutions have no padding: cell 0 lies above pixel 1 and not 0.": _middles(
                0, 0
            ),
            "`block1_conv2` has no padding, either: its cell 0 lies above cell 1.": _middles(second=0),
            "that counts pixels from 1; wanted is from 0.": wanted + 1,
            "the first is right; how far apart are neighbours after five strides of 2?": [
                wanted[0] + step * places for step in (2, 16)
            ],
        },
    )
    return "The picture of this map is shifted by 11.5 pixels, and nobody sees it."


@exercise(15, 2)
def both_maps(answer):
    """The maps of Grad-CAM and of HiResCAM.

    Parameters
    ----------
    answer : callable
        Takes a layer's map and the slopes at it, floats of shape (n, h, w, channels), returns (2, n, h, w).
    """
    rng = np.random.default_rng(15)
    match_calls(
        answer,
        [given(*rng.normal(size=(2, *shape))) for shape in ((2, 3, 4, 5), (1, 2, 2, 3))],
        _both,
        "the maps are off; which mean does Grad-CAM take, and over what are both added up?",
        axes="(method, images, height, width)",
        mistakes=_mapped_wrongly,
    )
    return "Where the slopes of a channel are the same at all places, the two are one."


def _both(values, slope, places=(1, 2)):
    mean = slope.mean(axis=places, keepdims=True)
    return np.stack([(mean * values).sum(axis=-1), (slope * values).sum(axis=-1)])


def _mapped_wrongly(right, values, slope):
    """Wrong maps, and what to say then."""
    cells = slope.shape[1] * slope.shape[2]
    grad, hires = right
    magnitude = np.abs(slope.mean(axis=(1, 2), keepdims=True) * values).sum(axis=-1)
    return {
        "the two are exchanged: Grad-CAM comes first.": right[::-1],
        "what is below zero is cut off; wanted are maps with their signs.": [
            np.maximum(right, 0),
            np.stack([np.maximum(grad, 0), hires]),
        ],
        "Grad-CAM's weights are means over the places; yours are sums.": np.stack([cells * grad, hires]),
        "the channels are averaged; both methods add them up.": [
            right / slope.shape[-1],
            np.stack([grad, hires / slope.shape[-1]]),
            np.stack([grad / slope.shape[-1], hires]),
        ],
        "the mean goes over the channels, too; each channel has a weight of its own.": _both(
            values, slope, (1, 2, 3)
        ),
        "the mean goes over the images, too; each X-ray has slopes of its own.": _both(
            values, slope, (0, 1, 2)
        ),
        "that is the mean of the map times the slopes; the mean is of the slopes.": np.stack(
            [_both(slope, values)[0], hires]
        ),
        "the sizes of the parts are added up; keep their signs.": np.stack([magnitude, hires]),
        "both are HiResCAM.": np.stack([hires, hires]),
        "both are Grad-CAM.": np.stack([grad, grad]),
    }


@exercise(15, 3)
def beyond_area(answer):
    """How many times more of a map's mass lies inside a mask than in a map without information.

    Parameters
    ----------
    answer : callable
        Takes a float array and a bool array, both of shape (height, width), returns a number.
    """
    rng = np.random.default_rng(3)
    mask = np.zeros((6, 8), bool)
    mask[1:4, 2:5] = True
    cases = [given(rng.normal(size=mask.shape), mask), given(-rng.random(mask.shape), mask)]
    match_calls(
        answer,
        cases,
        _beyond,
        "the ratio is off; what is the mass, and which share of it would the area get?",
        read=number,
        case=lambda values, mask: "of a map" if (values > 0).any() else "of a map with nothing above zero",
        mistakes=_compared_wrongly,
    )
    return "1 is what an empty map gets; so 1.3 on one X-ray is no finding yet, however good the map looks."


def _beyond(values, mask):
    above = np.maximum(values, 0)
    return above[mask].sum() / above.sum() / mask.mean() if above.any() else 1.0


def _compared_wrongly(right, values, mask):
    """Wrong ratios, and what to say then."""
    above = np.maximum(values, 0)
    if not above.any():
        return {"nothing speaks for the class anywhere: no place is better than another.": 0}
    return {
        "that is the share inside; how large would it be by area alone?": right * mask.mean(),
        "that is the share outside; wanted is what lies inside.": 1 - right * mask.mean(),
        "what is below zero is no mass; it speaks against the class.": values[mask].sum()
        / values.sum()
        / mask.mean(),
        "sizes are added up, whatever their sign; what speaks against the class is no mass.": np.abs(
            values[mask]
        ).sum()
        / np.abs(values).sum()
        / mask.mean(),
        "that is the ratio upside down.": 1 / right,
        "that compares inside with outside; wanted is inside, beside what the area would get.": right
        * mask.mean()
        / (1 - right * mask.mean()),
        "that is a difference; wanted is how many times more.": right * mask.mean() - mask.mean(),
    }


_WEAKENS = np.array([False, True, True, False, True, True])


@exercise(15, 4)
def weakens(answer):
    """Which findings weaken maps as a proof that a network recognises a disease by its lesions.

    Parameters
    ----------
    answer : bool array, shape (6,)
        For the findings a to f.
    """
    judge(
        answer,
        _WEAKENS,
        turned="all six are turned round; is your True for what supports the proof?",
        every="some of these take nothing away; they only prove nothing themselves.",
        none="some of these say that the same maps come without the lesions, or the answer without them.",
        question="Ask of each: if the network went by the lesions and maps showed it, would you expect this?",
        reasons=[
            "That maps lie in the lungs neither proves nor refutes: most of the middle of an X-ray is lung.",
            "If the answer stays when the lungs are gone, it need not have come from there.",
            "A network that learned nothing true has no reason to look at lesions; its maps do all the same.",
            "What convinces readers is what they expected; it takes nothing from the maps, and adds nothing.",
            "A map that stays when the weights are gone is a picture of the X-ray, not of the network.",
            "This is the X-ray changed, in every grey, and the network asked again, and it answered.",
        ],
    )
    return "What would the maps be if the claim were false? Only what they would not be then can support it."
