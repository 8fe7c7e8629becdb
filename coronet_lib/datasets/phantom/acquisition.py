"""From thickness maps to a picture: beam, detector, display, and what a hospital burns into it."""

import math
from dataclasses import dataclass

import numpy as np

from coronet_lib.datasets.phantom.anatomy import CANVAS
from coronet_lib.datasets.phantom.fields import blur, in_double, random_field, upsample

_FRAME = 1.275  # H from the centre of the picture to its border
_WIDEST_BORDER = 0.05  # of the picture's edge, on each side; a marker begins beyond it


@dataclass(frozen=True)
class Exposure:
    """How one picture was taken."""

    view: str  # "PA" or "AP"
    kvp: float
    turn: float  # radians
    shift: tuple  # (v, u), in H
    zoom: tuple  # (v, u)
    blur_px: float  # at 150 px
    scatter: float  # as a share of the primary beam's mean
    photons: float  # per pixel in air
    flatten: float  # how much of the low-pass the display subtracts
    sharpen: float
    window: tuple  # percentiles shown as black and white
    gamma: float


def draw_exposure(rng, child):
    """Random settings of one picture; they know nothing of the class."""
    view = "AP" if child or rng.random() < 0.4 else "PA"
    low, high = (58, 75) if child else (75, 95) if view == "AP" else (105, 125)
    stretch = rng.uniform(0.95, 1.05)
    zoom = rng.uniform(0.94, 1.06)
    return Exposure(
        view=view,
        kvp=rng.uniform(low, high),
        turn=rng.normal(0, 0.025),
        shift=(rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05)),
        zoom=(zoom * stretch, zoom / stretch),
        blur_px=rng.uniform(0.35, 1.0),
        scatter=rng.uniform(0.3, 1.0),
        photons=math.exp(rng.uniform(math.log(3e4), math.log(3e5))),
        flatten=rng.uniform(0.3, 0.6),
        sharpen=rng.uniform(0.4, 1.4),
        window=(rng.uniform(0.2, 2), rng.uniform(96, 99.7)),
        gamma=rng.uniform(0.7, 1.1),
    )


class Camera:
    """Where each pixel of one picture looks on the canvas: bilinear weights, worked out once.

    The chest is turned, shifted and stretched as ``exposure`` says; a slow random bend, drawn from
    ``rng``, breaks the left-right symmetry of the formulae.
    """

    def __init__(self, exposure, rng, size, n):
        axis = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1) * _FRAME
        y, x = axis[:, None] * exposure.zoom[0], axis[None, :] * exposure.zoom[1]
        cos, sin = math.cos(exposure.turn), math.sin(exposure.turn)
        bend = 0.018
        v = y * cos + x * sin + exposure.shift[0] + bend * random_field(rng, size, 4)
        u = x * cos - y * sin + exposure.shift[1] + bend * random_field(rng, size, 4)
        scale = n / (2 * CANVAS)
        row = np.clip((v + CANVAS) * scale - 0.5, 0, n - 1.001)
        column = np.clip((u + CANVAS) * scale - 0.5, 0, n - 1.001)
        top, left = np.floor(row), np.floor(column)
        self._down, self._right = row - top, column - left
        self._first = top.astype(np.intp) * n + left.astype(np.intp)
        self._n = n

    def sees(self, canvas):
        """Read an n × n canvas at the picture's pixels; shape (size, size)."""
        flat, at, n = canvas.ravel(), self._first, self._n
        above = flat[at] + (flat[at + 1] - flat[at]) * self._right
        below = flat[at + n] + (flat[at + n + 1] - flat[at + n]) * self._right
        return above + (below - above) * self._down


def expose(exposure, rng, water, bone):
    """The picture that a detector and its display make of two thickness maps.

    Parameters
    ----------
    exposure : Exposure
    rng : numpy.random.Generator
        Quantum noise.
    water, bone : float32 arrays, shape (size, size)
        Soft tissue (lung counted by its density) and bone in cm.

    Returns
    -------
    uint8 array, shape (size, size)
        Dense is bright, as radiologists read it.
    """
    hardness = (exposure.kvp - 60) / 65
    mu_soft, mu_bone = 0.225 - 0.05 * hardness, 0.60 - 0.24 * hardness  # per cm
    pixel = len(water) / 150  # widths below are pixels of a 150-pixel picture
    primary = in_double(np.exp, -mu_soft * water - (mu_bone - mu_soft) * bone)
    signal = blur(primary, exposure.blur_px * pixel)
    signal += exposure.scatter * _low_pass(signal)
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    signal += noise * np.sqrt(signal / exposure.photons)
    density = -in_double(np.log, np.maximum(signal, 1e-4))
    return _display(exposure, density, pixel)


def _display(exposure, density, pixel):
    shown = density - exposure.flatten * _low_pass(density)
    shown += exposure.sharpen * (shown - blur(shown, 1.5 * pixel))
    edge = len(shown) // 8  # the window looks at the chest, not at the air beside it
    black, white = np.percentile(shown[edge:-edge:3, edge:-edge:3], exposure.window)
    shown = np.clip((shown - np.float32(black)) / np.float32(white - black), 0, 1)
    return np.rint(255 * in_double(np.power, shown, exposure.gamma)).astype(np.uint8)


def _low_pass(image):
    """A blur of about a tenth of the picture, worked out on the means of 16 × 16 blocks."""
    n, cells = len(image), 16
    starts = np.arange(cells) * n // cells
    extent = np.diff(starts, append=n).astype(np.float32)
    blocks = np.add.reduceat(np.add.reduceat(image, starts, axis=0), starts, axis=1)
    coarse = np.pad(blur(blocks / (extent[:, None] * extent), 0.8), 2, mode="edge")
    places = (np.arange(n, dtype=np.float32) + 0.5) * (cells / n) + 0.5
    return upsample(coarse, places, places)


_LETTERS = {
    "L": ("1....", "1....", "1....", "1....", "1....", "1....", "11111"),
    "R": ("1111.", "1...1", "1...1", "1111.", "1.1..", "1..1.", "1...1"),
}


def burn_marker(rng, image):
    """A white side letter in the corner that it names, as lead markers leave it."""
    size = len(image)
    side = "LR"[rng.integers(2)]
    grain = max(1, round(size / 75))
    letter = (
        np.array([[cell == "1" for cell in row] for row in _LETTERS[side]]).repeat(grain, 0).repeat(grain, 1)
    )
    high, wide = letter.shape
    margin = math.ceil(_WIDEST_BORDER * size)
    top = margin + int(rng.integers(0, size // 12 + 1))
    left = margin + int(rng.integers(0, size // 20 + 1))
    if side == "L":  # the patient's left is on the right
        left = size - left - wide
    marked = image.copy()
    marked[top : top + high, left : left + wide][letter] = 255
    return marked


def burn_border(rng, image):
    """A black or white frame of 2 to 5 % of the picture on each side, as scanning leaves it."""
    size = len(image)
    top, bottom, left, right = (max(1, round(w * size)) for w in rng.uniform(0.02, _WIDEST_BORDER, 4))
    framed = np.full_like(image, 255 * rng.integers(2))
    framed[top : size - bottom, left : size - right] = image[top : size - bottom, left : size - right]
    return framed


def shift_contrast(rng, image):
    """A washed-out display: grey instead of black, and less than full white."""
    black, white = rng.uniform(0.15, 0.3), rng.uniform(0.8, 0.92)
    curve = np.rint(255 * (black + (white - black) * np.linspace(0, 1, 256))).astype(np.uint8)
    return curve[image]
