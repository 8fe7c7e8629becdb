"""What pneumonia and COVID-19 add to a chest: the share of the lung's depth that fills with fluid.

The three patterns are caricatures of what radiology describes (lobar consolidation with air
bronchograms; perihilar interstitial markings with peribronchial cuffing; peripheral, lower-zone
ground glass), exaggerated so that a small network learns them in a minute.
"""

import math
from dataclasses import dataclass

import numpy as np

from coronet_lib.datasets.phantom.anatomy import HILUM, lateral_border
from coronet_lib.datasets.phantom.fields import in_double, random_field, smoothstep

# The one dial of difficulty: how often a patient also shows a sign of the other pneumonia.
# Raise both and bacterial and viral are mistaken for each other more often.
CROSSOVER = {"pneumonia_bacterial": 0.30, "pneumonia_viral": 0.20}


@dataclass(frozen=True)
class Lesion:
    """Maps on the chest's canvas, all between 0 and 1."""

    filled: np.ndarray  # share of the lung's depth that holds fluid instead of air
    solid: np.ndarray  # where vessels no longer show and bronchi do
    extent: np.ndarray  # the diseased region: above one half it belongs to the mask


def draw_lesion(rng, label, chest):
    """The :class:`Lesion` of one patient, whose class is ``label``; None if that is ``normal``."""
    severity = 0.5 + 0.5 * rng.beta(2.2, 2.2)
    crossed = rng.random() < CROSSOVER.get(label, 0)
    match label:
        case "normal":
            return None
        case "covid19":
            return _ground_glass(rng, chest, severity)
        case "pneumonia_bacterial":
            parts = [_consolidation(rng, chest, severity)]
            if crossed:
                parts.append(_interstitial(rng, chest, 0.6 * severity))
        case "pneumonia_viral":
            parts = [_interstitial(rng, chest, severity)]
            if crossed:
                parts.append(_consolidation(rng, chest, 0.8 * severity))
    return parts[0] if len(parts) == 1 else _together(*parts)


def _together(one, other):
    return Lesion(
        1 - (1 - one.filled) * (1 - other.filled),
        np.maximum(one.solid, other.solid),
        np.maximum(one.extent, other.extent),
    )


def _consolidation(rng, chest, severity):
    """Bacterial: one dense, ragged ellipse, often cut straight by a fissure."""
    n = len(chest.v)
    side = float(rng.choice((-1.0, 1.0)))
    centre_u, centre_v = side * rng.uniform(0.42, 0.66), rng.uniform(-0.5, 0.3)
    wide, high = rng.uniform(0.32, 0.48), rng.uniform(0.3, 0.44)
    tilt = rng.uniform(-0.6, 0.6)
    du, dv = chest.u - centre_u, chest.v - centre_v
    along, upon = du * math.cos(tilt) + dv * math.sin(tilt), dv * math.cos(tilt) - du * math.sin(tilt)
    r = np.sqrt((along / wide) ** 2 + (upon / high) ** 2)
    r += 0.16 * random_field(rng, n, 12) + 0.09 * random_field(rng, n, 30)
    patch = smoothstep((1.1 - r) / 0.5)
    if rng.random() < 0.5:
        upright, lean, kept = float(rng.choice((-1.0, 1.0))), rng.uniform(-0.12, 0.12), rng.uniform(0.05, 0.2)
        patch = patch * smoothstep((upright * (dv - lean * du) + kept) / 0.03)
    patch = patch * (chest.u * side > 0)
    return Lesion(0.7 * severity * patch, patch, patch)


def _interstitial(rng, chest, severity):
    """Viral: a net of thickened septa around both hila, cuffed bronchi, a little haze."""
    n = len(chest.v)
    r = np.sqrt(((np.abs(chest.u) - HILUM[0]) / 0.62) ** 2 + ((chest.v - HILUM[1] - 0.08) / 0.62) ** 2)
    reach = smoothstep((1.15 - r + 0.12 * random_field(rng, n, 8)) / 0.6)
    coarse, fine = random_field(rng, n, 26) / 0.22, random_field(rng, n, 40) / 0.28
    net = in_double(np.exp, -(coarse**2)) + 0.7 * in_double(np.exp, -(fine**2))
    cuffs = np.minimum(chest.airways, 1)
    filled = severity * reach * (0.24 * net + 0.10 + 0.12 * cuffs)
    return Lesion(np.minimum(filled, 1), np.zeros_like(reach), reach)


def _ground_glass(rng, chest, severity):
    """COVID-19: two to six soft blobs at the outer border, on both sides, mostly low."""
    blobs = int(rng.integers(2, 7))
    side = float(rng.choice((-1.0, 1.0)))
    clear = np.ones_like(chest.lung)
    for blob in range(blobs):
        low = blob < 2 or rng.random() < 0.6  # one low blob on each side, four in five over all
        centre_v = rng.uniform(0.1, 0.62) if low else rng.uniform(-0.65, 0.1)
        radius = rng.uniform(0.15, 0.27)
        border = float(lateral_border(centre_v, chest.body.apex))
        centre_u = side * (border - rng.uniform(0.05, 0.25))
        strength = rng.uniform(0.85 if blob < 2 else 0.6, 1.0)
        r2 = ((chest.u - centre_u) / radius) ** 2 + ((chest.v - centre_v) / (1.25 * radius)) ** 2
        clear = clear * (1 - strength * in_double(np.exp, -0.9 * r2))
        side = -side
    haze = 1 - clear
    texture = 1 + 0.25 * random_field(rng, len(chest.v), 24)
    return Lesion(np.clip(0.65 * severity * haze * texture, 0, 1), 0.4 * haze, np.minimum(1.6 * haze, 1))
