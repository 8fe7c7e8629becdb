"""Synthetic chest X-rays with patients, lesion masks and confounders that you can switch on.

A phantom is worked out as an X-ray tube and a detector would: centimetres of tissue in the beam,
attenuation, blur, scatter, noise, display. It lets every chapter run at once and offline, and it
knows what no real collection knows: where the lesion is and which shortcut was there.

**The lesions are exaggerated for learning. How well a model does on phantoms says nothing about
patients, and nothing here is for diagnosis.**
"""

from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from coronet_lib.classes import CLASSES
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.datasets.phantom import acquisition
from coronet_lib.datasets.phantom.anatomy import LUNG_DENSITY, draw_body, draw_chest
from coronet_lib.datasets.phantom.fields import stream
from coronet_lib.datasets.phantom.pathology import draw_lesion
from coronet_lib.paper import TABLE_I

DATASET_1 = dict(TABLE_I)
"""Images per class of the paper's Dataset-1 (Table I)."""

GENERATOR = 2
"""Version of the generator; another one draws other pixels for the same seed."""

SMALLEST = 32
"""The smallest picture, in pixels, on which a rib is still drawn."""

_CHILDREN = 0.5
_BATCH = 8  # patients that a worker takes at a time


def _class_index(label):
    if label not in CLASSES[4]:
        raise ValueError(f"{label!r} is no class that a phantom can have; there are {', '.join(CLASSES[4])}")
    return CLASSES[4].index(label)


def _want_integer(name, value, least):
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} wants an integer of at least {least}, got {value!r}")


def _want_common(size, seed, confounders):
    _want_integer("size", size, SMALLEST)
    _want_integer("seed", seed, 0)
    if not isinstance(confounders, Confounders):
        raise ValueError(f"confounders wants a Confounders, got a {type(confounders).__name__}")


@dataclass(frozen=True)
class Confounders:
    """What else may tell the classes apart: the probability of each, for all classes or by class.

    A dict names some of the four classes; the others have 0 (``paediatric``: one half).

    Parameters
    ----------
    marker : float or dict of str to float
        A side letter burnt into an upper corner, drawn for each image.
    border : float or dict of str to float
        A black or white frame, drawn for each image.
    contrast : float or dict of str to float
        A washed-out display, drawn for each image.
    paediatric : None, float or dict of str to float
        That a patient is a child of one to five years. None: one half in every class, so age tells
        nothing.

    Raises
    ------
    ValueError
        If a class is unknown or a probability is not between 0 and 1.

    Examples
    --------
    >>> Confounders(marker={"covid19": 0.9, "normal": 0.1}).probability("marker", "covid19")
    0.9
    """

    marker: float | dict = 0.0
    border: float | dict = 0.0
    contrast: float | dict = 0.0
    paediatric: float | dict | None = None

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name == "paediatric":
                continue
            by_class = value if isinstance(value, dict) else {CLASSES[4][0]: value}
            for label, chance in by_class.items():
                _class_index(label)
                if not isinstance(chance, Real) or not 0 <= chance <= 1:
                    raise ValueError(
                        f"{field.name} wants a probability from 0 to 1, got {chance!r} for {label}"
                    )

    def probability(self, name, label):
        """The probability that confounder ``name`` is on in class ``label``."""
        value = getattr(self, name)
        default = _CHILDREN if name == "paediatric" else 0.0
        if value is None:
            return default
        return value.get(label, default) if isinstance(value, dict) else value


@dataclass(frozen=True, eq=False)
class Phantom:
    """One synthetic X-ray.

    Parameters
    ----------
    image : uint8 array, shape (size, size)
    label : str
    patient : str
        Such as ``phantom-covid19-0007``.
    mask : bool array, shape (size, size)
        The diseased region; empty in a healthy chest.
    confounders : dict of str to bool
        Which of ``marker``, ``border``, ``contrast`` and ``paediatric`` were on.
    age_group : {"child", "adult"}
    view : {"PA", "AP"}
    kvp : float
        Tube voltage in kilovolts.
    """

    image: np.ndarray
    label: str
    patient: str
    mask: np.ndarray
    confounders: dict
    age_group: str
    view: str
    kvp: float


def phantom(label, *, patient=0, image=0, size=150, seed=0, confounders=Confounders()):
    """Draw one synthetic chest X-ray.

    Anatomy and disease follow from ``(seed, label, patient)``, exposure and noise from ``image`` as
    well: images 0, 1, 2 … of a patient show one chest on several days.

    Parameters
    ----------
    label : str
        One of the four class names.
    patient, image : int
        Which patient of the class, and which picture of the patient; from 0.
    size : int
        Edge in pixels, at least ``SMALLEST``.
    seed : int
        Another seed is another hospital full of patients.
    confounders : Confounders

    Returns
    -------
    Phantom

    Raises
    ------
    ValueError
        If the class is unknown, or a number is no integer or too small.
    """
    _class_index(label)
    _want_integer("patient", patient, 0)
    _want_integer("image", image, 0)
    _want_common(size, seed, confounders)
    return _series(label, patient, [image], size, seed, confounders)[0]


def generate(counts=DATASET_1, size=150, *, seed=0, confounders=Confounders(), workers=1, progress=False):
    """Draw a collection of synthetic chest X-rays: one to four pictures a patient.

    The last patient of a class gives only as many as the class still wants. Picture k of patient p
    is ``phantom(label, patient=p, image=k, …)``, whatever else is drawn and by however many workers.

    Parameters
    ----------
    counts : dict of str to int, or int
        Images per class, by the names of the 4-, 3- or 2-class problem, or one number for each of the
        four classes. The collection has the classes of the smallest problem that knows all the names;
        ``pneumonia`` is half bacterial, half viral.
    size : int
        Edge in pixels, at least ``SMALLEST``.
    seed : int
    confounders : Confounders
    workers : int
        Processes that draw; the result does not depend on it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    XrayCollection
        Images of shape (n, size, size, 1), class by class and patient by patient, with masks. The
        table has ``label`` (one of the four classes), ``age_group``, ``view``, ``kvp`` and a column for
        each confounder, true where it was on.  Pixels are the same on every machine.

    Raises
    ------
    ValueError
        If a class is unknown, or a number is no integer or too small.
    """
    problem, wanted = _plan(counts)
    _want_integer("workers", workers, 1)
    _want_common(size, seed, confounders)
    jobs = [
        (label, patient, range(taken), size, seed, confounders)
        for label, count in wanted.items()
        for patient, taken in _patients(label, count, seed)
    ]
    batches = [jobs[i : i + _BATCH] for i in range(0, len(jobs), _BATCH)]
    drawn = []
    with tqdm(total=sum(wanted.values()), unit="X-ray", disable=not progress) as bar:
        for batch in _work(batches, workers):
            drawn += batch
            bar.update(len(batch))
    drawn_by = {
        "generator": GENERATOR,
        "seed": int(seed),
        "size": int(size),
        "counts": {label: int(count) for label, count in wanted.items()},
        "confounders": asdict(confounders),
    }
    return _collect(drawn, size, drawn_by).with_classes(problem)


def _plan(counts):
    """The problem (4, 3 or 2 classes) and the images wanted of each of the four classes."""
    if isinstance(counts, Integral):
        counts = dict.fromkeys(CLASSES[4], counts)
    if not isinstance(counts, dict) or not counts:
        raise ValueError(f"counts wants a number or a dict of class names to numbers, got {counts!r}")
    known = [classes for classes in sorted(CLASSES) if set(counts) <= set(CLASSES[classes])]
    if not known:
        problems = "; ".join(", ".join(names) for names in CLASSES.values())
        raise ValueError(f"no problem has the classes {', '.join(map(str, counts))}; there are: {problems}")
    for label, count in counts.items():
        _want_integer(f"the count of {label}", count, 0)
    pneumonia = counts.get("pneumonia", 0)
    halves = {"pneumonia_bacterial": pneumonia - pneumonia // 2, "pneumonia_viral": pneumonia // 2}
    return known[0], {label: counts.get(label, halves.get(label, 0)) for label in CLASSES[4]}


def _patients(label, count, seed):
    """Pairs of a patient's number and how many of the pictures are taken, until there are ``count``."""
    patient = 0
    while count > 0:
        pictures = int(stream(seed, "series", _class_index(label), patient).integers(1, 5))
        yield patient, min(pictures, count)
        count -= pictures
        patient += 1


def _work(batches, workers):
    """Draw the batches in order, in this process or in several."""
    if workers == 1:
        return map(_draw_batch, batches)
    from joblib import Parallel, delayed  # starting processes is its craft; one worker needs none

    return Parallel(n_jobs=workers, return_as="generator")(delayed(_draw_batch)(batch) for batch in batches)


def _draw_batch(batch):
    return [(job[1], k, drawn) for job in batch for k, drawn in zip(job[2], _series(*job), strict=True)]


def _series(label, patient, images, size, seed, confounders):
    """Several pictures of one patient; the chest is worked out once."""
    key = (_class_index(label), patient)
    child = bool(stream(seed, "age", *key).random() < confounders.probability("paediatric", label))
    rng = stream(seed, "anatomy", *key)
    n = round(1.2 * size)
    chest = draw_chest(rng, draw_body(rng, child), n)
    water, extent = _fill(chest, draw_lesion(stream(seed, "lesion", *key), label, chest))
    series = []
    for image in images:
        rng = stream(seed, "acquisition", *key, image)
        exposure = acquisition.draw_exposure(rng, child)
        camera = acquisition.Camera(exposure, rng, size, n)
        picture = acquisition.expose(exposure, rng, camera.sees(water), camera.sees(chest.bone))
        on = {"paediatric": child and confounders.paediatric is not None}
        for name, apply in _BURNT_IN.items():
            rng = stream(seed, name, *key, image)
            on[name] = bool(rng.random() < confounders.probability(name, label))
            picture = apply(rng, picture) if on[name] else picture
        series.append(
            Phantom(
                image=picture,
                label=label,
                patient=f"phantom-{label}-{patient:04d}",
                mask=np.zeros(picture.shape, bool) if extent is None else camera.sees(extent) > 0.5,
                confounders={field.name: on[field.name] for field in fields(Confounders)},
                age_group="child" if child else "adult",
                view=exposure.view,
                kvp=exposure.kvp,
            )
        )
    return series


_BURNT_IN = {
    "contrast": acquisition.shift_contrast,
    "border": acquisition.burn_border,
    "marker": acquisition.burn_marker,
}


def _fill(chest, lesion):
    """Water-equivalent centimetres of a chest with its disease, and the diseased region."""
    if lesion is None:
        return chest.soft + LUNG_DENSITY * chest.lung + (1 - LUNG_DENSITY) * chest.vessels, None
    fluid = lesion.filled * chest.lung
    aerated = chest.lung - fluid
    vessels = (1 - lesion.solid) * chest.vessels - 0.8 * lesion.solid * chest.airways
    water = chest.soft + fluid + LUNG_DENSITY * aerated + (1 - LUNG_DENSITY) * vessels
    return water, lesion.extent * np.minimum(chest.lung, 1)


def _collect(drawn, size, drawn_by):
    phantoms = [p for _, _, p in drawn]
    table = pd.DataFrame(
        [{"label": p.label, "age_group": p.age_group, "view": p.view, "kvp": round(p.kvp, 1), **p.confounders}
         for p in phantoms],
        columns=["label", "age_group", "view", "kvp", *(field.name for field in fields(Confounders))],
    )  # fmt: skip
    shape = (len(phantoms), size, size)
    return XrayCollection(
        images=np.array([p.image for p in phantoms], np.uint8).reshape(*shape, 1),
        labels=np.array([_class_index(p.label) for p in phantoms], int),
        patients=np.array([p.patient for p in phantoms], str),
        files=np.array([f"{p.patient}-{k}.png" for _, k, p in drawn], str),
        classes=CLASSES[4],
        masks=np.array([p.mask for p in phantoms], bool).reshape(shape),
        table=table,
        drawn_by=drawn_by,
    )
