"""From predictions to the paper's tables, and how far to trust them."""

from coronet_lib.evaluation.calibration import (
    CalibrationLine,
    calibration_line,
    expected_calibration_error,
    fit_temperature,
    with_temperature,
)
from coronet_lib.evaluation.carried import carried_over, parts_of
from coronet_lib.evaluation.curves import Area, roc_area
from coronet_lib.evaluation.decision import net_benefit, threshold_for, with_shares
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
    "Area",
    "CalibrationLine",
    "McNemar",
    "accuracy",
    "accuracy_interval",
    "as_json",
    "by_class",
    "by_fold",
    "calibration_line",
    "carried_over",
    "confusion_matrices",
    "confusion_matrix",
    "difference_interval",
    "expected_calibration_error",
    "fit_temperature",
    "holm",
    "macro",
    "mcnemar",
    "micro",
    "net_benefit",
    "parts_of",
    "patient_bootstrap",
    "per_class",
    "roc_area",
    "threshold_for",
    "wilson_interval",
    "with_shares",
    "with_temperature",
]
