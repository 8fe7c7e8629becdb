"""What every data source of the project hands on: images with labels and patients, in memory."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NotRequired

import numpy as np
import pandas as pd
from PIL import Image
from typing_extensions import TypedDict

from coronet_lib.classes import class_names
from coronet_lib.text import FORMULA


class DrawnBy(TypedDict):
    """What drew synthetic X-rays, as a card says it; see :func:`coronet_lib.datasets.phantom.generate`."""

    generator: int
    """Version of the generator."""
    seed: int
    size: int
    counts: dict[str, int]
    confounders: dict[str, float | dict[str, float] | None]
    shrunk_to: NotRequired[int]


@dataclass(frozen=True, eq=False)
class XrayCollection:
    """Chest X-rays of one size with what is known of each.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width, channels), channels 1 or 3
    labels : int array, shape (n,)
        Index into ``classes``.
    patients : str array, shape (n,)
        Images of one person share one id; folds keep them together.
    files : str array, shape (n,)
        A name for each image that is unique in the collection.
    classes : tuple of str
        Class names, in the order of :mod:`coronet_lib.classes`.
    masks : bool array, shape (n, height, width), optional
        True where a lesion was drawn; only synthetic X-rays have one.
    table : pandas.DataFrame, optional
        One row an image: source, view, licence, confounders, whatever the source knows.
    drawn_by : DrawnBy, optional
        Of synthetic X-rays.  Who changes pixels must leave it out.

    Raises
    ------
    ValueError
        If the parts do not belong together.
    """

    images: np.ndarray
    labels: np.ndarray
    patients: np.ndarray
    files: np.ndarray
    classes: tuple
    masks: np.ndarray | None = None
    table: pd.DataFrame | None = None
    drawn_by: DrawnBy | None = None

    def __post_init__(self):
        if self.images.ndim != 4 or self.images.shape[-1] not in (1, 3) or self.images.dtype != np.uint8:
            raise ValueError(
                "images want uint8 of shape (n, height, width, 1 or 3), "
                f"got {self.images.dtype} of shape {self.images.shape}"
            )
        for name in ("labels", "patients", "files", "masks", "table"):
            part = getattr(self, name)
            if part is not None and len(part) != len(self.images):
                raise ValueError(f"{len(self.images)} images but {len(part)} {name}")
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise ValueError(f"labels run to {self.labels.max()}, but there are {len(self.classes)} classes")
        if len(set(self.files)) != len(self.files):
            names, times = np.unique(self.files, return_counts=True)
            raise ValueError(f"file names must be unique; {str(names[times > 1][0])!r} stands more than once")
        names = map(str, {*self.files, *self.patients})
        if odd := sorted(name for name in names if not name.isprintable() or name[:1] in FORMULA):
            raise ValueError(
                f"{odd[0]!r} cannot be the name of a file or a patient: a letter cannot be printed, there is "
                "none, or the first is = + - @, which a spreadsheet runs"
            )

    def __len__(self):
        return len(self.images)

    def counts(self):
        """Images per class, as a dict in class order."""
        counted = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, counted.tolist(), strict=True))

    def take(self, rows):
        """The collection restricted to ``rows`` (indices or a boolean mask), in that order."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        return replace(
            self,
            images=self.images[rows],
            labels=self.labels[rows],
            patients=self.patients[rows],
            files=self.files[rows],
            masks=None if self.masks is None else self.masks[rows],
            table=None if self.table is None else self.table.iloc[rows].reset_index(drop=True),
        )

    def with_classes(self, classes):
        """The same X-rays as a 3-class (both pneumonias joined) or 2-class (no pneumonia) problem.

        Parameters
        ----------
        classes : {4, 3, 2}

        Raises
        ------
        ValueError
            If this collection cannot be read as that problem.
        """
        wanted = class_names(classes)
        if self.classes == wanted:
            return self
        joined = [name if name in wanted else name.split("_")[0] for name in self.classes]
        if not set(wanted) <= set(joined):
            raise ValueError(f"{len(self.classes)} classes {self.classes} cannot become {wanted}")
        target = np.array([wanted.index(name) if name in wanted else -1 for name in joined])
        labels = target[self.labels]
        kept = self.take(labels >= 0)
        return replace(kept, labels=labels[labels >= 0], classes=wanted)

    def shrunk(self, size):
        """The same X-rays at ``size`` x ``size`` pixels, each new pixel the mean of those it covers.

        Raises
        ------
        ValueError
            If that would enlarge them.
        """
        if self.images.shape[1:3] == (size, size):
            return self
        if min(self.images.shape[1:3]) < size:
            raise ValueError(
                f"the images are {self.images.shape[1]} x {self.images.shape[2]} pixels and are not enlarged "
                f"to {size}; prepare them with --size {size}"
            )

        def shrink(picture):
            return np.asarray(Image.fromarray(picture.squeeze()).resize((size, size), Image.Resampling.BOX))

        images = np.stack([shrink(image) for image in self.images])
        masks = self.masks
        if masks is not None:
            masks = np.stack([shrink(mask.astype(np.float32)) > 0.5 for mask in masks])
        drawn_by = None if self.drawn_by is None else {**self.drawn_by, "shrunk_to": size}
        return replace(self, images=images.reshape(len(self), size, size, -1), masks=masks, drawn_by=drawn_by)

    def fingerprint(self):
        """SHA-256 over pixels, labels, patients and names: equal only for equal data."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self):  # once, though every fold of a cross-validation asks for it
        return self._digest(self.images)

    def identity(self):
        """What a card says to tell these X-rays from others.

        Returns
        -------
        dict
            ``fingerprint`` of X-rays that were read.  Of synthetic ones ``drawn_by``, which holds on every
            machine, also where a processor should round a pixel otherwise, and ``listed``: SHA-256 over
            labels, patients and names.
        """
        if self.drawn_by is None:
            return {"fingerprint": self.fingerprint()}
        return {"drawn_by": self.drawn_by, "listed": self._digest()}

    def _digest(self, *pixels):
        digest = hashlib.sha256(repr((self.classes, self.images.shape)).encode())
        for part in (*pixels, self.labels.astype("<i8")):
            digest.update(np.ascontiguousarray(part))
        for part in (self.patients, self.files):
            digest.update("\0".join(map(str, part)).encode())
        return digest.hexdigest()
