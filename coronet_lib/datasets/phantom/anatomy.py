"""A healthy chest as thickness maps: how many centimetres of soft tissue, lung and bone the beam crosses.

Coordinates are in units of H, half the height of the thorax: ``v`` runs down, ``u`` to the patient's
left, which is the right of the picture; (0, 0) lies in the mediastinum a little above the heart.
The formulae are ours, shaped by eye; the ranges are rough textbook anatomy, not measurements.
"""

import math
from dataclasses import dataclass

import numpy as np

from coronet_lib.datasets.phantom.fields import arch, blur, in_double, smoothstep, splat

CANVAS = 1.53  # the canvas reaches this many H from its centre to each side, room to shift and turn
CENTRE = -0.08  # v at the centre of the canvas
LUNG_DENSITY = 0.26  # of soft tissue
HILUM = (0.2, -0.02)  # |u|, v where vessels enter the lung
_GENERATIONS = 5
_ROOTS = 11  # vessels that leave each hilum


@dataclass(frozen=True)
class Body:
    """One person's build; lengths are in H unless the name says cm."""

    child: bool
    age: float  # years; adults: 0, the phantom does not model their age
    h_cm: float
    depth_cm: float  # front to back
    fill: float  # share of the frame's height that the thorax takes
    heart: float  # about the cardiothoracic ratio
    heart_tilt: float  # radians
    apex: float  # exponent of the lung's lateral outline
    wall: float  # flesh outside the ribs
    rib_slope: float
    rib_pitch: float
    rib_width: float  # half-width as a share of the pitch
    rib_shift: float  # phase of the first rib
    rib_cm: float
    breasts_cm: float
    stomach: float  # radius of the gas bubble, 0 for none
    vessel_gain: float
    clavicle: float  # height of its medial end
    scapula: float  # how far the shoulder blades lie over the lungs, 0 to 1


def draw_body(rng, child):
    """A random build. Children and adults use the same draws, scaled to their ranges."""

    def between(child_range, adult_range=None):
        low, high = child_range if child or adult_range is None else adult_range
        return low + (high - low) * rng.random()

    age = between((1, 5), (0, 0))
    stature = rng.random()
    h_cm = 7.2 + 0.62 * age if child else 12.3 + 2.9 * stature
    female = rng.random() < 0.5
    return Body(
        child=child,
        age=age,
        h_cm=h_cm,
        depth_cm=h_cm * between((1.55, 1.8), (1.4, 1.9)),
        fill=between((0.88, 0.98), (0.94, 1.04)),
        heart=between((0.46, 0.57), (0.38, 0.52)),
        heart_tilt=between((0.35, 0.75)),
        apex=between((2.0, 2.6)),
        wall=between((0.10, 0.2), (0.12, 0.3)),
        rib_slope=between((0.12, 0.28), (0.25, 0.5)),
        rib_pitch=between((0.205, 0.25)),
        rib_width=between((0.20, 0.27)),
        rib_shift=rng.random(),
        rib_cm=h_cm * between((0.085, 0.12)),
        breasts_cm=(rng.random() * 2.5 + 0.8) * (female and not child),
        stomach=between((0.08, 0.2)) * (rng.random() < 0.6),
        vessel_gain=between((1.5, 2.2)),
        clavicle=between((-0.82, -0.7)),
        scapula=rng.random(),
    )


@dataclass(frozen=True)
class Chest:
    """Thickness maps in cm on an n × n canvas, and where things are on it."""

    body: Body
    u: np.ndarray  # (1, n)
    v: np.ndarray  # (n, 1)
    across: np.ndarray  # (n, n): 0 at a lung's medial border, 1 at its lateral one
    soft: np.ndarray  # (n, n) soft tissue
    lung: np.ndarray  # (n, n) lung, air and tissue together
    bone: np.ndarray  # (n, n)
    vessels: np.ndarray  # (n, n) blood within the lung
    airways: np.ndarray  # (n, n) air in the bronchi, seen only where the lung around is solid


def lateral_border(v, apex):
    """How far out the lung's outer border lies at height ``v``: the size of ``u`` there."""
    return 0.40 + 0.60 * np.sqrt(1 - in_double(np.power, _height(v), apex))


def _height(v):
    return np.clip((0.6 - v) / 1.7, 0, 1)  # 0 at the base, 1 at the apex


def draw_chest(rng, body, n):
    """Thickness maps of one person on an n × n canvas."""
    axis = ((np.arange(n, dtype=np.float32) + 0.5) / n * 2 - 1) * CANVAS
    u, v = axis[None, :] / body.fill, (axis[:, None] + CENTRE) / body.fill
    pixel = 2 * CANVAS / n / body.fill  # in H
    depth, across = _lungs(body, u, v, pixel)
    organs = _organs(body, u, v)
    lung = np.maximum(depth - organs, 0)
    trunk = _trunk(body, u, v)
    soft = np.maximum(trunk - lung, 0.1 * trunk) + _breasts(body, u, v) - _gas(body, u, v)
    inside = np.minimum(lung, 1)
    fine, coarse = _vessels(rng, body, u, v, pixel)
    return Chest(
        body=body,
        u=u,
        v=v,
        across=across,
        soft=np.maximum(soft, 0),
        lung=lung,
        bone=_ribs(body, u, v, pixel)
        + _clavicles(body, u, v, pixel)
        + _shoulder_bones(body, u, v, pixel)
        + _spine(body, u, v),
        vessels=(fine + coarse) * inside,
        airways=coarse * inside,
    )


def _lungs(body, u, v, pixel):
    """Depth of the lungs before heart and vessels push them aside, and the place across them."""
    side = np.abs(u)
    height = _height(v)
    squared = height * height
    medial = 0.40 - 0.25 * np.sqrt(np.sqrt(1 - squared * squared * height))
    lateral = lateral_border(v, body.apex)
    across = (side - medial) / np.maximum(lateral - medial, 1e-3)
    depth = np.sqrt(np.clip(4.6 * across * (1 - across), 0, 1) * (1 - squared * squared))
    dome = np.where(u < 0, np.float32(0.62), np.float32(0.70)) + 0.42 * ((side - 0.5) / 0.56) ** 2
    above = smoothstep((dome - v) / (3 * pixel) + 0.5)
    recess = 0.12 * smoothstep((dome + 0.3 - v) / 0.3)  # lung that hangs behind the dome
    return 0.72 * body.depth_cm * depth * np.maximum(above, recess), across


def _ellipse(u, v, centre, axes, tilt=0.0):
    """Distance from the centre in units of the ellipse's own radius."""
    cos, sin = math.cos(tilt), math.sin(tilt)
    du, dv = u - centre[0], v - centre[1]
    return np.sqrt(((du * cos + dv * sin) / axes[0]) ** 2 + ((dv * cos - du * sin) / axes[1]) ** 2)


def _organs(body, u, v):
    """Heart, right atrium, aortic arch and hila: centimetres that they take from the lung."""
    c, d = body.heart, body.depth_cm
    heart = 0.62 * d * arch(_ellipse(u, v, (0.4 * c, 0.40), (1.3 * c, 0.8 * c), body.heart_tilt))
    atrium = 0.5 * d * arch(_ellipse(u, v, (-0.28 * c, 0.36), (0.5 * c, 0.75 * c)))
    aorta = 0.4 * d * arch(_ellipse(u, v, (0.13, -0.42), (0.14, 0.15)))
    pulmonary = 0.3 * d * arch(_ellipse(u, v, (0.13, -0.12), (0.17, 0.2)))
    hila = 0.12 * d * in_double(np.exp, -6 * _ellipse(np.abs(u), v, HILUM, (0.3, 0.42)) ** 2)
    return np.maximum(np.maximum(heart, atrium), np.maximum(aorta, pulmonary)) + hila


def _trunk(body, u, v):
    """Front-to-back thickness of chest, shoulders and neck."""
    side = np.abs(u)
    skin = -1.36 + 0.32 * np.maximum(side - 0.3, 0)  # from the neck down to the shoulder's tip
    below_skin = np.maximum(v - skin, 0)
    round_off = in_double(np.power, np.minimum(side / (1.03 + body.wall), 1), 1.6)
    chest = arch(round_off) * np.sqrt(np.minimum(below_skin / 0.5, 1))
    armpit = -0.45 + 1.7 * np.maximum(side - 1.03 - body.wall, 0)
    shoulder = 0.55 * np.sqrt(np.minimum(below_skin / 0.2, 1)) * smoothstep((armpit - v) / 0.35 + 0.5)
    neck = 0.6 * arch(u / 0.42) * smoothstep((-0.7 - v) / 0.4)
    trunk = np.sqrt(chest * chest + 0.49 * shoulder * shoulder)
    return body.depth_cm * np.maximum(trunk, np.maximum(shoulder, neck))


def _breasts(body, u, v):
    if not body.breasts_cm:
        return np.float32(0)
    return body.breasts_cm * arch(_ellipse(np.abs(u), v, (0.58, 0.42), (0.42, 0.42)))


def _gas(body, u, v):
    """Air in trachea, main bronchi and stomach."""
    lean = 0.02 * (v + 0.4)
    trachea = arch((u + 0.015 + lean) / 0.06) * smoothstep((-0.36 - v) / 0.06)
    bronchi = arch((v + 0.36 - 0.75 * np.abs(u + 0.015)) / 0.06) * smoothstep((0.24 - np.abs(u)) / 0.08)
    air = 0.105 * body.h_cm * np.maximum(trachea, 0.8 * bronchi)
    if body.stomach:
        bubble = _ellipse(u, v, (0.42, 0.80 + body.stomach * 0.6), (1.5 * body.stomach, body.stomach))
        air = air + 0.22 * body.depth_cm * arch(bubble)
    return air


def _ribs(body, u, v, pixel):
    """All ribs at once: a phase that grows by one from rib to rib, and a tube around each half."""
    side = np.abs(u)
    edge = lateral_border(v, body.apex) + 0.04
    reach = np.minimum(side, 1.1)
    back = body.rib_slope * (reach - 0.15) * (reach + 0.2)  # how far a rib has dropped at |u|
    turn = body.rib_slope * 0.85 * 1.2
    front = turn + (0.4 + 0.8 * body.rib_slope) * in_double(np.power, np.maximum(1 - side, 0), 1.2)
    within = smoothstep((edge - side) / (2 * pixel) + 0.5)
    tangent = 1 + 1.2 * np.clip((side / edge - 0.7) / 0.3, 0, 1) ** 2  # the beam runs along the rib
    behind = _tubes(body, v - back, pixel, 9) * smoothstep((side - 0.08) / 0.06)
    ahead = _tubes(body, v - front, pixel * 1.4, 6) * smoothstep((side - 0.38) / 0.1)
    return body.rib_cm * within * tangent * (behind + 0.5 * ahead)


def _tubes(body, v, pixel, last):
    phase = (v + 1.12) / body.rib_pitch + body.rib_shift * 0.6
    off = np.abs(phase - np.floor(phase) - 0.5)
    blunt = pixel / body.rib_pitch
    tube = smoothstep((body.rib_width - off) / (2 * blunt) + 0.5)
    cortex = 0.45 + 0.55 * np.minimum(off / body.rib_width, 1) ** 2
    return tube * cortex * ((phase > 0) & (phase < last))


def _clavicles(body, u, v, pixel):
    side = np.abs(u)
    course = body.clavicle - 0.3 * side - 0.035 * in_double(np.sin, 5 * np.minimum(side, 1.2))
    half = 0.045 + 0.025 * np.maximum(1 - side / 0.25, 0)
    off = np.abs(v - course) / half
    rod = smoothstep((1 - off) * half / (2 * pixel) + 0.5) * (0.55 + 0.45 * np.minimum(off, 1) ** 2)
    ends = smoothstep((side - 0.1) / 0.04) * smoothstep((1.2 - side) / 0.1)
    return 0.2 * body.h_cm * rod * ends


def _shoulder_bones(body, u, v, pixel):
    """Shoulder blade, seen by its inner edge, and the head and shaft of the upper arm."""
    side = np.abs(u)
    edge = 0.74 + 0.22 * (v + 0.85) + (1 - body.scapula) * 0.25  # |u| of the blade's inner edge
    blade = smoothstep((side - edge) / (2 * pixel)) * smoothstep((0.1 - v - 0.5 * (side - 0.8)) / 0.1)
    blade = blade * smoothstep((v + 0.95) / 0.1) * smoothstep((1.2 - side) / 0.1)
    rim = in_double(np.exp, -(((side - edge) / 0.025) ** 2))
    head = arch(_ellipse(side, v, (1.24, -0.8), (0.17, 0.19)))
    shaft = arch((side - 1.3 - 0.12 * (v + 0.7)) / 0.085) * smoothstep((v + 0.75) / 0.1)
    return body.h_cm * (blade * (0.025 + 0.05 * rim) + 0.13 * np.maximum(head, shaft))


def _spine(body, u, v):
    """Vertebral bodies, the gaps of their discs, and the two pedicles of each."""
    beat = 0.5 + 0.5 * in_double(np.cos, v * (2 * math.pi / 0.21))
    column = smoothstep((0.125 - np.abs(u)) / 0.03) * (0.75 + 0.25 * smoothstep(beat * 3))
    pedicles = in_double(np.exp, -(((np.abs(u) - 0.08) / 0.022) ** 2)) * smoothstep(beat * 3 - 1.6)
    return 0.07 * body.h_cm * (column + 0.5 * pedicles)


def _vessels(rng, body, u, v, pixel):
    """Blood vessels of both lungs: binary trees from the hila, drawn in three thicknesses.

    Returns the two finer grades together, and the coarse one (which the bronchi accompany).
    """
    sides = np.repeat(np.array([-1.0, 1.0]), _ROOTS)
    angle = np.tile(np.linspace(-1.45, 1.4, _ROOTS), 2) + rng.normal(0, 0.12, 2 * _ROOTS)  # 0: outwards
    place = np.stack([np.full(2 * _ROOTS, HILUM[0]), HILUM[1] + 0.12 * np.sin(angle)])
    pixel_cm = pixel * body.h_cm
    grades = []
    for generation in range(_GENERATIONS):
        length = 0.3 * 0.76**generation * rng.uniform(0.7, 1.3, len(angle))
        width_cm = body.vessel_gain * body.h_cm * 0.045 * 0.76**generation
        ends = place + length * np.stack([np.cos(angle), np.sin(angle)])
        steps = max(2, math.ceil(0.3 * 0.76**generation / pixel * 1.3))
        along = (np.arange(steps) + 0.5) / steps
        path = place[..., None] + (ends - place)[..., None] * along
        columns = (sides[:, None] * path[0] - u[0, 0]) / pixel
        rows = (path[1] - v[0, 0]) / pixel
        amount = math.pi / 4 * width_cm**2 / pixel_cm * length[:, None] / (steps * pixel)
        drawn = splat(
            (v.size, u.size), rows.ravel(), columns.ravel(), np.broadcast_to(amount, rows.shape).ravel()
        )
        grades.append((drawn, width_cm / pixel_cm))
        spread = rng.uniform(0.2, 0.5, len(angle))
        angle = np.concatenate([angle - spread, angle + spread])
        place, sides = np.concatenate([ends, ends], axis=1), np.tile(sides, 2)
    coarse = blur(grades[0][0], max(0.4 * grades[0][1], 0.6))
    middle = blur(grades[1][0] + grades[2][0], max(0.4 * grades[1][1], 0.5))
    fine = blur(grades[3][0] + grades[4][0], 0.5)
    return fine + middle, coarse
