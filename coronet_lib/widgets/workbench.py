"""The confusion workbench: counts that can be changed, and every metric that follows from them."""

import numpy as np
import traitlets

from coronet_lib.classes import TITLES, class_names
from coronet_lib.widgets._base import BrowserWidget, read

AVERAGE = "average"


class ConfusionWorkbench(BrowserWidget):
    """Change the counts of a confusion matrix and read its metrics, beside what is printed about it.

    The number of X-rays of each class stays: a mistake more is a right answer less.

    Parameters
    ----------
    counts : int array, shape (k, k), k = 4, 3 or 2
        Rows true, columns predicted, in the order of :data:`coronet_lib.classes.CLASSES`; no row of zeros.
    printed : mapping, optional
        From a class, or ``"average"`` for the macro average with the overall accuracy, to what a table
        prints of it in percent: a :class:`coronet_lib.paper.Scores`.
    of : str
        The class, or ``"average"``, whose metrics are shown first.
    merged : sequence of two classes, or empty
        Which are counted as one.

    Raises
    ------
    ValueError
        If the counts are no such matrix, or a class is none of the problem's.
    """

    _esm = read("shared.js", "metrics.js", "workbench.js")
    _css = read("shared.css", "workbench.css")

    titles = traitlets.List(read_only=True).tag(sync=True)
    """Name and title of each class."""
    counts = traitlets.Any().tag(sync=True)
    printed = traitlets.Dict(read_only=True).tag(sync=True)
    of = traitlets.Unicode(AVERAGE).tag(sync=True)
    merged = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, counts, printed=None, **settings):
        counts = _checked(counts)
        self._classes = class_names(len(counts))
        self.set_trait("titles", [[name, TITLES[name]] for name in self._classes])
        super().__init__(counts=counts, **settings)
        self.set_trait("printed", {self._one(of): _texts(row) for of, row in (printed or {}).items()})

    def _one(self, name):
        if name not in (AVERAGE, *self._classes):
            raise ValueError(f"a class wants one of {(AVERAGE, *self._classes)}, got {name!r}")
        return name

    @traitlets.validate("of")
    def _of_one(self, proposal):
        return self._one(proposal["value"])

    @traitlets.validate("merged")
    def _none_or_two(self, proposal):
        pair = proposal["value"]
        if pair and (len(set(pair)) != 2 or not set(pair) < set(self._classes)):
            raise ValueError(f"merged wants two of three or more classes, got {pair}")
        return sorted(pair, key=self._classes.index)


def _checked(counts):
    """Counts as plain JSON."""
    counts = np.asarray(counts)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1]
    if not square or counts.dtype.kind not in "iu" or (counts < 0).any() or not counts.any(axis=1).all():
        raise ValueError(
            f"counts want a square of whole numbers from 0 up, with no row of zeros, got {counts.tolist()}"
        )
    return counts.tolist()


def _texts(scores):
    """What is printed, digit by digit: 90 and 90.0 say different things."""
    return {metric: str(value) for metric, value in scores._asdict().items() if value is not None}
