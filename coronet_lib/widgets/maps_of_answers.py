"""The map explorer: one X-ray, one map of what moved the answer, and three ways to colour it."""

from base64 import b64encode

import numpy as np
import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

SCALES = ("own", "common", "signed")
MEASURES = ("area", "mass", "pointing", "iou")


class MapExplorer(BrowserWidget):
    """Lay maps over X-rays, and see what method, layer, network and scale do to the look of them.

    The maps and their scores are handed over: :func:`coronet_lib.explain.attribution` and
    :func:`coronet_lib.explain.localisation` make them.

    Parameters
    ----------
    images : uint8 array, shape (n, size, size, 1)
    masks : bool array, shape (n, size, size)
    titles : sequence of str
        One for each image.
    maps : mapping
        From the name of a network to a mapping from the name of a map to a pair: a float array of shape
        (n, h, h), and a table with the columns ``area``, ``mass``, ``pointing`` and ``iou``, one row an
        image. Each network has the same maps.
    image : int
        The first that is shown; 0 is the first of all.
    network, method : str, optional
        By default the first.
    scale : {"own", "common", "signed"}
        What speaks for the class, up to the largest number of this map; the same, up to the largest number of
        all X-rays and networks; or that with what speaks against it.

    Raises
    ------
    ValueError
        If the parts do not belong together, or there is no such image, network or map.
    traitlets.TraitError
        If there is no such scale.
    """

    _esm = read("shared.js", "maps_of_answers.js")
    _css = read("shared.css", "maps.css", "maps_of_answers.css")

    edge = traitlets.Int(read_only=True).tag(sync=True)
    pictures = traitlets.Unicode(read_only=True).tag(sync=True)
    """Grey levels, a byte each, in base64."""
    outlines = traitlets.Unicode(read_only=True).tag(sync=True)
    """Masks, a bit each, likewise."""
    titles = traitlets.List(read_only=True).tag(sync=True)
    maps = traitlets.List(read_only=True).tag(sync=True)
    """Network, map, edge, largest size and scores of each image, all cells as signed shares, a byte each."""
    image = traitlets.Int(0, min=0).tag(sync=True)
    network = traitlets.Unicode().tag(sync=True)
    method = traitlets.Unicode().tag(sync=True)
    scale = traitlets.Enum(SCALES, "own").tag(sync=True)

    def __init__(self, images, masks, titles, maps, **settings):
        images, masks = np.asarray(images), np.asarray(masks, bool)
        n, *edges = images.shape
        if len(edges) != 3 or edges[0] != edges[1] or edges[2] != 1:
            raise ValueError(f"images want shape (n, size, size, 1), got {images.shape}")
        if masks.shape != images.shape[:3] or len(titles) != n:
            raise ValueError(f"{n} images want as many masks of their size and titles")
        if len({tuple(named) for named in maps.values()}) != 1:
            raise ValueError("each network wants the same maps")
        kept = []
        for network, named in maps.items():
            for name, (values, table) in named.items():
                values = finite_array(name, values, (3,))
                if len(values) != n or values.shape[1] != values.shape[2] or len(table) != n:
                    raise ValueError(f"{name} wants {n} square maps and as many scores")
                largest = np.abs(values).max(axis=(1, 2))
                shares = values / np.where(largest, largest, 1)[:, None, None]
                cells = b64encode(np.rint(127 * shares).astype(np.int8).tobytes()).decode()
                scores = table[list(MEASURES)].to_numpy().round(4).tolist()
                kept.append([network, name, values.shape[1], largest.tolist(), scores, cells])
        self.set_trait("edge", edges[0])
        self.set_trait("pictures", b64encode(images.tobytes()).decode())
        self.set_trait("outlines", b64encode(np.packbits(masks).tobytes()).decode())
        self.set_trait("titles", list(titles))
        self.set_trait("maps", kept)
        super().__init__(**{"network": kept[0][0], "method": kept[0][1]} | settings)

    @traitlets.validate("image", "network", "method")
    def _one_that_is_there(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        known = {
            "image": range(len(self.titles)),
            "network": [one[0] for one in self.maps],
            "method": [one[1] for one in self.maps],
        }
        if value not in known[name]:
            raise ValueError(f"{name} wants one of {sorted(set(known[name]))}, got {value!r}")
        return value
