"""The paper, audited number by number.

>>> from coronet_lib import audit
>>> audit.finding("A2").verdict.value
'wrong'
>>> audit.finding("A2").recompute().value
33915436

A finding knows its claim and its verdict without computing anything; ``recompute()`` works the
value out from :mod:`coronet_lib.paper`, from :mod:`coronet_lib.audit.evidence`, by enumeration, or
from a network that it builds. The tools that audit any printed table are here too.
"""

from coronet_lib.audit import (
    findings_comparison,  # noqa: F401 - importing a module registers its findings
    findings_data,  # noqa: F401
    findings_four_class,  # noqa: F401
    findings_model,  # noqa: F401
    findings_notebook,  # noqa: F401
    findings_purpose,  # noqa: F401
)
from coronet_lib.audit.attainable import (
    SearchTooLargeError,
    Solutions,
    attainable_fractions,
    could_print,
    fold_sizes_that_allow,
    printed_interval,
)
from coronet_lib.audit.finding import MEANING, REGISTRY, Finding, Recomputed, Verdict, wilson
from coronet_lib.audit.findings_other_tasks import binary_matrices, three_class_matrices
from coronet_lib.audit.matrices import matrices_matching, scores
from coronet_lib.audit.report import report, to_html, to_json

__all__ = [
    "MEANING",
    "Finding",
    "Recomputed",
    "SearchTooLargeError",
    "Solutions",
    "Verdict",
    "attainable_fractions",
    "binary_matrices",
    "could_print",
    "finding",
    "findings",
    "fold_sizes_that_allow",
    "matrices_matching",
    "printed_interval",
    "report",
    "scores",
    "three_class_matrices",
    "to_html",
    "to_json",
    "wilson",
]


def findings(fast=False):
    """All findings, in the order of their ids: A1, A2, …, B2, …, D1, …, N1 and so on.

    Parameters
    ----------
    fast : bool
        Leave out those whose recomputation builds a Keras model.

    Returns
    -------
    tuple of Finding
    """
    ordered = sorted(REGISTRY.values(), key=lambda finding: (finding.id[0], int(finding.id[1:])))
    return tuple(finding for finding in ordered if not (fast and finding.needs_model))


def finding(id):
    """One finding by its id.

    Raises
    ------
    KeyError
        If there is none, with the ids that exist.
    """
    if id not in REGISTRY:
        known = ", ".join(finding.id for finding in findings())
        raise KeyError(f"no finding is called {id!r}; there are {known}")
    return REGISTRY[id]
