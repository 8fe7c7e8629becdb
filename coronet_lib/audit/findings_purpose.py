"""Findings about what the paper says that CoroNet is for, and what it is not."""

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.finding import Recomputed, Verdict, finding, wilson
from coronet_lib.audit.findings_other_tasks import binary_matrices

CLASSIFYING = {"precision", "recall", "specificity", "f_measure", "accuracy"}
"""Scores that tell how often a class was named rightly: of use for a diagnosis, and for nothing else."""


@finding(
    "A37",
    title="Quantification and follow-up",
    where="Running text",
    claim="CoroNet can help in “{}, {} and {}”".format(*paper.CLAIMED_USES),
    verdict=Verdict.NOT_REPRODUCIBLE,
)
def uses_without_experiment():
    measured = set(paper.Scores._fields)
    open_uses = paper.CLAIMED_USES[1:] if measured <= CLASSIFYING else ()
    return Recomputed(
        {"measured": sorted(measured), "without an experiment": list(open_uses)},
        Verdict.NOT_REPRODUCIBLE if open_uses else Verdict.HOLDS,
        f"All {len(measured)} scores that the paper prints count right and wrong names of a class. None says "
        f"how much of a lung is ill or how that changes: no experiment is on {' or '.join(open_uses)}.",
    )


@finding(
    "A38",
    title="What the authors hold back",
    where="Running text and conclusion",
    claim="CoroNet is “{}” and “{}”".format(*paper.CAUTION_TEXT),
    verdict=Verdict.HOLDS,
    source=f"{evidence.OZTURK}; {evidence.COHEN}",
)
def caution():
    new = evidence.OZTURK_FILES["covid19"] - evidence.OZTURK_COVID_IN_COHEN
    found = binary_matrices()[0][0]
    low, _ = wilson(int(found[0]), int(found.sum()))
    return Recomputed(
        {"COVID-19 images of another source": new, "lower end of the recall": round(low, 1)},
        Verdict.HOLDS if new == 0 else Verdict.INCONSISTENT,
        f"So it is. COVID-19 images from another source than the training images: {new} tested. And "
        f"{found.sum()} of {found.sum()} found leaves the recall anywhere above {low:.1f} %. The authors say "
        "it themselves; the accuracy alone does not.",
    )
