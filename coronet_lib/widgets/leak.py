"""The leak dealer: images dealt into folds, and the patients who end up on both sides of a test."""

from base64 import b64encode

import numpy as np
import traitlets

from coronet_lib.widgets._base import BrowserWidget, read

EDGE = 16
"""Pixels along an edge of the small pictures."""
WAYS = ("image", "patient")


class LeakDealer(BrowserWidget):
    """See small X-rays dealt by image or by patient, and count whom the model knows when it is tested.

    The deals are handed over: :func:`coronet_lib.datasets.folds` makes them, for one seed after another.

    Parameters
    ----------
    images : uint8 array, shape (n, h, w, 1)
        Edges are multiples of 16.
    patients : str array, shape (n,)
    deals : mapping
        From ``"image"`` and ``"patient"`` to equally many deals: int arrays of shape (n,), folds 1 to 4.
    by : {"image", "patient"}
    seed : int
        Which of the deals; 0 is the first.
    tested : int, 1 to 4

    Raises
    ------
    ValueError
        If images, patients and deals do not fit each other, or there is no such deal.
    traitlets.TraitError
        If another setting is none of those above.
    """

    _esm = read("shared.js", "charts.js", "leak.js")
    _css = read("shared.css", "charts.css", "leak.css")

    pictures = traitlets.Unicode(read_only=True).tag(sync=True)
    """Grey levels of all pictures, a byte each, in base64."""
    patients = traitlets.List(read_only=True).tag(sync=True)
    deals = traitlets.Dict(read_only=True).tag(sync=True)
    """For each way one text a seed, with a digit an image."""
    by = traitlets.Enum(WAYS, "image").tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    tested = traitlets.Int(1, min=1, max=4).tag(sync=True)

    def __init__(self, images, patients, deals, **settings):
        images, (_, patient_of) = np.asarray(images), np.unique(patients, return_inverse=True)
        n, *edges = images.shape
        if len(edges) != 3 or edges[2] != 1 or any(edge % EDGE for edge in edges[:2]):
            raise ValueError(f"images want shape (n, {EDGE} · a, {EDGE} · b, 1), got {images.shape}")
        if set(deals) != set(WAYS) or len(deals["image"]) != len(deals["patient"]):
            lengths = {way: len(dealt) for way, dealt in deals.items()}
            raise ValueError(f"deals want equally many by each of {WAYS}, got {lengths}")
        for way, dealt in deals.items():
            for folds in dealt:
                if not len(folds) == len(patient_of) == n or set(folds) != {1, 2, 3, 4}:
                    raise ValueError(f"a deal by {way} wants folds 1 to 4 of {n} images, one patient each")
        small = images.reshape(n, EDGE, edges[0] // EDGE, EDGE, -1).mean(axis=(2, 4)).astype(np.uint8)
        self.set_trait("pictures", b64encode(small.tobytes()).decode())
        self.set_trait("patients", patient_of.tolist())
        self.set_trait(
            "deals", {way: ["".join(map(str, one)) for one in dealt] for way, dealt in deals.items()}
        )
        super().__init__(**settings)

    @traitlets.validate("seed")
    def _one_of_the_deals(self, proposal):
        seeds = len(self.deals["image"])
        if not 0 <= proposal["value"] < seeds:
            raise ValueError(f"seed wants 0 to {seeds - 1}, got {proposal['value']}")
        return proposal["value"]
