"""The gradient flow explorer: how large a gradient reaches each layer of a deep stack."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

_KINDS = ("plain", "shortcuts")


class GradientFlowExplorer(BrowserWidget):
    """Make a stack deeper and see what becomes of its gradient, with shortcuts and without.

    The numbers are handed over: they are measured, as by :func:`coronet_lib.layers.gradient_sizes`.

    Parameters
    ----------
    runs : list of dict
        One for each pair of a depth and a scale, with ``depth`` (layers, int), ``scale`` (of the initial
        weights, float), and ``plain`` and ``shortcuts``: depth + 1 positive gradient sizes each, from the
        input to the output.
    depth, scale : int and float, optional
        What is shown first; the deepest stack and the first scale of the runs unless said otherwise.

    Raises
    ------
    ValueError
        If a run has other parts or numbers, a pair is missing or double, or what is to be shown is not there.
    """

    _esm = read("shared.js", "charts.js", "gradient_flow.js")
    _css = read("shared.css", "charts.css", "two_curves.css")

    runs = traitlets.List(read_only=True).tag(sync=True)
    depth = traitlets.Int().tag(sync=True)
    scale = traitlets.Float().tag(sync=True)

    def __init__(self, runs, depth=None, scale=None):
        runs = [_checked(run) for run in runs]
        pairs = [(run["scale"], run["depth"]) for run in runs]
        self._scales = list(dict.fromkeys(scale for scale, _ in pairs))
        self._depths = sorted({depth for _, depth in pairs})
        if not runs or sorted(pairs) != sorted((s, d) for s in self._scales for d in self._depths):
            raise ValueError(f"runs want every depth once with every scale, got (scale, depth) {pairs}")
        super().__init__()
        self.set_trait("runs", runs)
        self.depth = self._depths[-1] if depth is None else depth
        self.scale = self._scales[0] if scale is None else scale

    @traitlets.validate("depth", "scale")
    def _one_of_the_runs(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        measured = self._depths if name == "depth" else self._scales
        if value not in measured:
            raise ValueError(f"{name} wants one of {measured}, got {value}")
        return value


def _checked(run):
    """A run as plain JSON."""
    if run.keys() != {"depth", "scale", *_KINDS}:
        raise ValueError(f"a run wants depth, scale, plain and shortcuts, got {', '.join(run)}")
    checked = {"depth": int(run["depth"]), "scale": float(run["scale"])}
    for kind in _KINDS:
        sizes = finite_array(kind, run[kind], (1,))
        if len(sizes) != checked["depth"] + 1 or sizes.min() <= 0:
            raise ValueError(
                f"{kind} of depth {checked['depth']} wants {checked['depth'] + 1} positive sizes, "
                f"got {len(sizes)} from {sizes.min():g} up"
            )
        checked[kind] = sizes.tolist()
    return checked
