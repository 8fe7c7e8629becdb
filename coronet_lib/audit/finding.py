"""What a finding is: a printed claim, how to recompute it, and the verdict."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from coronet_lib.audit.attainable import could_print
from coronet_lib.evaluation.uncertainty import wilson_interval


class Verdict(StrEnum):
    """How a claim fared, worst first."""

    WRONG = "wrong"
    INCONSISTENT = "inconsistent"
    NOT_REPRODUCIBLE = "not reproducible"
    ROUNDING = "rounding"
    HOLDS = "holds"

    @property
    def severity(self):
        """4 for wrong down to 0 for holds."""
        return 4 - list(Verdict).index(self)


MEANING = {
    Verdict.WRONG: "the recomputation gives something else",
    Verdict.INCONSISTENT: "two published statements cannot both be true",
    Verdict.NOT_REPRODUCIBLE: "what was published is not enough to arrive at the claim",
    Verdict.ROUNDING: "explained by rounding, digits cut off or averaging over folds",
    Verdict.HOLDS: "the recomputation gives what is printed",
}
"""Verdict to what it means, in words."""


@dataclass(frozen=True)
class Recomputed:
    """The outcome of one recomputation.

    Attributes
    ----------
    value : str, number, or lists and dicts of them
        What came out; can be written as JSON.
    verdict : Verdict
        Decided from ``value``, not declared.
    explanation : str
        One or two sentences whose numbers come from the recomputation.
    """

    value: object
    verdict: Verdict
    explanation: str


@dataclass(frozen=True)
class Finding:
    """One claim of the paper (or of its published notebook) and its check.

    Attributes
    ----------
    id : str
        ``A`` the paper's arithmetic, ``D`` its data, ``N`` and ``B`` the authors' notebook.
    title, where, claim : str
        What it is about, where it stands, and the claim with its printed numbers.
    verdict : Verdict
        Known without computing anything; the tests hold it against ``recompute().verdict``.
    recompute : callable
        Takes nothing, returns a :class:`Recomputed`.
    inference : bool
        The explanation goes beyond what the numbers force.
    notebook : bool
        The claim stands in the authors' notebook only; the paper does not make it.
    needs_model : bool
        ``recompute`` imports Keras and builds a network (seconds instead of milliseconds).
    source : str
        What the finding rests on besides the paper itself.
    """

    id: str
    title: str
    where: str
    claim: str
    verdict: Verdict
    recompute: Callable[[], Recomputed]
    inference: bool = False
    notebook: bool = False
    needs_model: bool = False
    source: str = ""


REGISTRY = {}


def finding(id, **about):
    """Decorator that registers a function as the recomputation of finding ``id``."""

    def register(recompute):
        if id in REGISTRY:
            raise ValueError(f"two findings are called {id}")
        REGISTRY[id] = Finding(id=id, recompute=recompute, **about)
        return recompute

    return register


def judge(value, printed, slack=0.0):
    """Compare a recomputed value with a printed number.

    Parameters
    ----------
    value : float
    printed : Printed
    slack : float
        What the rounding of the inputs, or averaging over folds, may have moved ``value`` by.

    Returns
    -------
    Verdict
        ``HOLDS`` if the value rounds to the printed number, ``ROUNDING`` if it is less than one
        printed digit plus ``slack`` away, else ``WRONG``.
    """
    if could_print(value, printed, how="rounded", scale=float("inf")):
        return Verdict.HOLDS
    return Verdict.ROUNDING if abs(value - printed) < 10.0**-printed.decimals + slack else Verdict.WRONG


def worst(verdicts):
    """The most severe of several verdicts."""
    return max(verdicts, key=lambda verdict: verdict.severity)


def listed(numbers):
    """Numbers for a sentence, which says so if there are none."""
    return ", ".join(map(str, numbers)) or "none"


def wilson(successes, trials):
    """Wilson's 95 % interval for a proportion (Wilson 1927), in percent.

    Parameters
    ----------
    successes, trials : int

    Returns
    -------
    low, high : float
        0 to 100.
    """
    low, high = wilson_interval(successes, trials)
    return 100 * low, 100 * high


def skeleton(build, *arguments, **options):
    """A Keras model without memory for its weights: shapes and counts in a fifth of a second."""
    import keras  # here, because most findings need no network

    def built():
        with keras.StatelessScope(initialize_variables=False):
            return build(*arguments, **options)

    # Keras lists what it leaves out, to make it when another such scope ends; a thread has a list of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(built).result()
