"""From predictions to the paper's tables, and how far to trust them."""

from coronet_lib.evaluation.groups import Group, by_group, flip_rate, worst_group
from coronet_lib.evaluation.metrics import (
    METRICS,
    accuracy,
    as_json,
    confusion_matrix,
    macro,
    micro,
    per_class,
)
from coronet_lib.evaluation.over_folds import accuracy_interval, by_class, by_fold, confusion_matrices
from coronet_lib.evaluation.uncertainty import (
    McNemar,
    difference_interval,
    holm,
    mcnemar,
    patient_bootstrap,
    wilson_interval,
)

__all__ = [
    "METRICS",
    "Group",
    "McNemar",
    "accuracy",
    "accuracy_interval",
    "as_json",
    "by_class",
    "by_fold",
    "by_group",
    "confusion_matrices",
    "confusion_matrix",
    "difference_interval",
    "flip_rate",
    "holm",
    "macro",
    "mcnemar",
    "micro",
    "patient_bootstrap",
    "per_class",
    "wilson_interval",
    "worst_group",
]
