"""The decision explorer: what a threshold is worth where so many are ill."""

import numpy as np
import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

DIGITS = 4  # of a chance


class DecisionExplorer(BrowserWidget):
    """Move threshold and prevalence: what becomes of 1,000 people, on two curves and in net benefit.

    Parameters
    ----------
    ill : bool array, shape (n,)
        Some are and some are not.
    chances : float array, shape (n,)
        Calibrated where the X-rays are from, 0 to 1; four decimals are kept.
    threshold : float
        0.01 to 0.99; who has this chance or more is called ill.
    prevalence : int
        Percent of the people who are ill, 1 to 60.
    corrected : bool
        Whether chances are shifted to the prevalence, as :func:`coronet_lib.evaluation.with_shares` does.

    Raises
    ------
    ValueError
        If ill and chances do not fit each other, or only one kind is there.
    traitlets.TraitError
        If another setting is none of those above.
    """

    _esm = read("shared.js", "charts.js", "metrics.js", "decision.js")
    _css = read("shared.css", "charts.css", "decision.css")

    ill = traitlets.Unicode(read_only=True).tag(sync=True)
    """A digit an X-ray, 1 for who is ill."""
    chances = traitlets.List(read_only=True).tag(sync=True)
    threshold = traitlets.Float(0.5, min=0.01, max=0.99).tag(sync=True)
    prevalence = traitlets.Int(20, min=1, max=60).tag(sync=True)
    corrected = traitlets.Bool(False).tag(sync=True)

    def __init__(self, ill, chances, **settings):
        ill, chances = np.asarray(ill, bool), finite_array("chances", chances, (1,)).round(DIGITS)
        if ill.shape != chances.shape or ill.all() or not ill.any():
            raise ValueError(f"wanted are ill and not ill, one for each of {len(chances)} chances")
        if chances.min() < 0 or chances.max() > 1:
            raise ValueError(f"chances want 0 to 1, got {chances.min():g} to {chances.max():g}")
        self.set_trait("ill", "".join("01"[one] for one in ill.astype(int)))
        self.set_trait("chances", chances.tolist())
        super().__init__(**settings)
