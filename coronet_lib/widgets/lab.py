"""The comparison lab: two trained systems, their curves, and the X-rays that only one of them gets right."""

from itertools import combinations

import numpy as np
import traitlets

from coronet_lib.classes import TITLES, class_names
from coronet_lib.evaluation import mcnemar, patient_bootstrap
from coronet_lib.widgets._base import BrowserWidget, read

_CURVES = ("accuracy", "val_accuracy")
_WHAT = ("file", "patient", "true")
DIGITS = 6


class ComparisonLab(BrowserWidget):
    """Choose two runs on the same X-rays; see their curves, and where they disagree.

    McNemar's test and the patient-drawn interval of the difference are worked out here, once for each pair,
    by :mod:`coronet_lib.evaluation`.

    Parameters
    ----------
    runs : mapping
        From the name of a run to its history and its predictions: two data frames, as
        :func:`coronet_lib.runs.read_history` and :func:`~coronet_lib.runs.read_predictions` give them. Two
        runs or more, on the same X-rays.
    first, second : str, optional
        The pair that is shown first; the first two of the runs unless said otherwise.
    epoch : int
        From 1 to the last of the longest run.
    resamples : int
        Draws of the patients for each interval.

    Raises
    ------
    ValueError
        If the X-rays of the runs differ, or what is to be shown is not there.
    """

    _esm = read("shared.js", "charts.js", "lab.js")
    _css = read("shared.css", "charts.css", "lab.css")

    titles = traitlets.List(read_only=True).tag(sync=True)
    """Of the classes."""
    truth = traitlets.Unicode(read_only=True).tag(sync=True)
    """The true class of each X-ray, a digit each."""
    patients = traitlets.List(read_only=True).tag(sync=True)
    runs = traitlets.List(read_only=True).tag(sync=True)
    """Of each run its name, its answers (as ``truth``) and its curves."""
    pairs = traitlets.List(read_only=True).tag(sync=True)
    """Of each pair of names p, and the difference of the accuracies with its interval."""
    first = traitlets.Unicode().tag(sync=True)
    second = traitlets.Unicode().tag(sync=True)
    epoch = traitlets.Int(1, min=1).tag(sync=True)

    def __init__(self, runs, first=None, second=None, *, resamples=2000, **settings):
        names = list(runs)
        if len(names) < 2:
            raise ValueError(f"a comparison wants two runs or more, got {names}")
        tables = {name: table.reset_index(drop=True) for name, (_, table) in runs.items()}
        what = tables[names[0]]
        for name, table in tables.items():
            if not table[list(_WHAT)].equals(what[list(_WHAT)]):
                raise ValueError(f"{name} was tested on other X-rays than {names[0]}, or in another order")
        classes = class_names(what["true"].nunique())
        right = {name: (table["true"] == table["predicted"]).to_numpy() for name, table in tables.items()}
        patients = np.unique(what["patient"], return_inverse=True)[1]
        self._names, self._epochs = names, max(len(history) for history, _ in runs.values())
        self.set_trait("titles", [TITLES[name] for name in classes])
        self.set_trait("truth", _digits(what["true"], classes))
        self.set_trait("patients", patients.tolist())
        self.set_trait(
            "runs",
            [
                {"name": name, "answers": _digits(tables[name]["predicted"], classes)}
                | {curve: history[curve].round(DIGITS).tolist() for curve in _CURVES}
                for name, (history, _) in runs.items()
            ],
        )
        self.set_trait(
            "pairs",
            [
                _compared(one, other, right[one], right[other], patients, resamples)
                for one, other in combinations(names, 2)
            ],
        )
        super().__init__(first=first or names[0], second=second or names[1], **settings)
        if self.first == self.second:
            raise ValueError(f"a comparison wants two runs, got {self.first!r} twice")

    @traitlets.validate("first", "second")
    def _one_of_the_runs(self, proposal):
        if proposal["value"] not in self._names:
            raise ValueError(f"a run wants one of {self._names}, got {proposal['value']!r}")
        return proposal["value"]

    @traitlets.validate("epoch")
    def _one_of_the_epochs(self, proposal):
        if proposal["value"] > self._epochs:
            raise ValueError(f"epoch wants 1 to {self._epochs}, got {proposal['value']}")
        return proposal["value"]


def _digits(labels, classes):
    return "".join(str(classes.index(label)) for label in labels)


def _compared(one, other, right_one, right_other, patients, resamples):
    """What the library says of a pair; the difference is the first accuracy less the second."""
    low, high = patient_bootstrap(
        right_one, right_other, patients, lambda a, b: a.mean() - b.mean(), resamples=resamples
    )
    return {
        "names": [one, other],
        "p": mcnemar(right_one, right_other).p,
        "difference": float(right_one.mean() - right_other.mean()),
        "low": low,
        "high": high,
    }
