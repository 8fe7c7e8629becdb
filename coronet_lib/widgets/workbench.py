"""The confusion workbench: counts that can be changed, and every metric that follows from them."""

from collections.abc import Mapping

import numpy as np
import traitlets

from coronet_lib.classes import TITLES, class_names
from coronet_lib.evaluation import confusion_matrix
from coronet_lib.widgets._base import BrowserWidget, finite_array, read

AVERAGE = "average"
DIGITS = 4  # of a score


class ConfusionWorkbench(BrowserWidget):
    """Change the counts of a confusion matrix and read its metrics, beside what is printed about it.

    The number of X-rays of each class stays: a mistake more is a right answer less.

    Parameters
    ----------
    counts : int array, shape (k, k), k = 4, 3 or 2
        Rows true, columns predicted, in the order of :data:`coronet_lib.classes.CLASSES`; no row of zeros.
        Or a mapping from a name to such an array: the reader chooses one, and the first is shown.
    printed : mapping, optional
        From a class, or ``"average"`` for the macro average with the overall accuracy, to what a table
        prints of it in percent: a :class:`coronet_lib.paper.Scores`. Of several matrices, a mapping from
        the name of each to one such mapping.
    of : str
        The class, or ``"average"``, whose metrics are shown first.
    merged : sequence of two classes, or empty
        Which are counted as one.

    Raises
    ------
    ValueError
        If the counts are no such matrix, or a class is none of the problem's.
    """

    _esm = read("shared.js", "charts.js", "metrics.js", "workbench.js")
    _css = read("shared.css", "charts.css", "workbench.css")

    matrices = traitlets.List(read_only=True).tag(sync=True)
    """What can be chosen: of each its name, its classes (name and title), counts and what is printed."""
    chosen = traitlets.Int(0, read_only=True).tag(sync=True)
    counts = traitlets.Any().tag(sync=True)
    of = traitlets.Unicode(AVERAGE).tag(sync=True)
    merged = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answers = traitlets.Dict(read_only=True).tag(sync=True)
    """Of each X-ray the true class, the best class but the first (a digit each) and the first one's score."""
    threshold = traitlets.Float(0.5, min=0, max=1).tag(sync=True)

    def __init__(self, counts, printed=None, **settings):
        several = counts if isinstance(counts, Mapping) else {"": counts}
        printed = printed or {} if isinstance(counts, Mapping) else {"": printed or {}}
        if unknown := sorted(printed.keys() - several.keys()):
            raise ValueError(f"printed wants names among {list(several)}, got {unknown}")
        matrices = [_matrix(name, each, printed.get(name, {})) for name, each in several.items()]
        self.set_trait("matrices", matrices)
        super().__init__(counts=matrices[0]["counts"], **settings)

    @classmethod
    def of_scores(cls, true, scores, threshold=0.5, **settings):
        """A matrix that follows a threshold: the first class is called where its score reaches it.

        Elsewhere the best of the other classes is. Beside it stands the ROC curve of the first class
        against all others.

        Parameters
        ----------
        true : int array, shape (n,)
        scores : float array, shape (n, k)
            0 to 1.
        threshold : float
            0 to 1; what is shown first.
        **settings
            ``of`` and ``merged``.

        Raises
        ------
        ValueError
            If the scores are no such table, or a class has no X-ray.
        """
        scores = finite_array("scores", scores, [2]).round(DIGITS)
        others = 1 + scores[:, 1:].argmax(axis=1)
        called = np.where(scores[:, 0] >= threshold, 0, others)
        bench = cls(confusion_matrix(true, called, scores.shape[1]), threshold=threshold, **settings)
        digits = ["".join(map(str, labels)) for labels in (true, others)]
        bench.set_trait("answers", {"true": digits[0], "others": digits[1], "scores": scores[:, 0].tolist()})
        return bench

    @property
    def _classes(self):
        return [name for name, _ in self.matrices[self.chosen]["titles"]]

    @traitlets.validate("of")
    def _of_one(self, proposal):
        return _one(proposal["value"], self._classes)

    @traitlets.validate("merged")
    def _none_or_two(self, proposal):
        pair = proposal["value"]
        if pair and (len(set(pair)) != 2 or not set(pair) < set(self._classes)):
            raise ValueError(f"merged wants two of three or more classes, got {pair}")
        return sorted(pair, key=self._classes.index)


def _matrix(name, counts, printed):
    """One matrix and what is printed of it, as plain JSON."""
    counts = np.asarray(counts)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1]
    if not square or counts.dtype.kind not in "iu" or (counts < 0).any() or not counts.any(axis=1).all():
        raise ValueError(
            f"counts want a square of whole numbers from 0 up, with no row of zeros, got {counts.tolist()}"
        )
    classes = class_names(len(counts))
    return {
        "name": name,
        "titles": [[each, TITLES[each]] for each in classes],
        "counts": counts.tolist(),
        "printed": {_one(of, classes): _texts(row) for of, row in printed.items()},
    }


def _one(name, classes):
    if name not in (AVERAGE, *classes):
        raise ValueError(f"a class wants one of {(AVERAGE, *classes)}, got {name!r}")
    return name


def _texts(scores):
    """What is printed, digit by digit: 90 and 90.0 say different things."""
    return {metric: str(value) for metric, value in scores._asdict().items() if value is not None}
