"""Wrong answers to the exercises of the audit, and the planted error, worked out again."""

import numpy as np
import pytest
from chapters import CHAPTERS, cells, published
from refused import refuses

from coronet_lib import audit, checks
from coronet_lib.checks import chapter_audit

[PAPER] = [cell.source for cell in cells(CHAPTERS["audit"]) if "wrist_scores = {" in cell.source]
MADE_UP = {}
exec(PAPER, MADE_UP)
IMAGES, SCORES = MADE_UP["wrist_images"], MADE_UP["wrist_scores"]
RECALLS = {("recall", row): text for row, text in enumerate(MADE_UP["wrist_recalls"])}


def fitting(scores):
    found = audit.matrices_matching(IMAGES, scores, how="rounded")
    assert found.complete
    return found


def test_the_planted_error_is_the_only_one_and_can_be_found():
    counts = [audit.attainable_fractions(n, text) for n, text in zip(IMAGES, RECALLS.values(), strict=True)]
    assert [[right] for right in chapter_audit._RIGHT] == counts
    assert len(fitting(SCORES)) == 0
    without = [len(fitting({k: v for k, v in SCORES.items() if k != left})) for left in SCORES]
    assert without == list(chapter_audit._WITHOUT)
    rest = {k: v for k, v in SCORES.items() if k != "precision"} | RECALLS
    printed = sorted({round(audit.scores(matrix)["precision"], 1) for matrix in fitting(rest)})
    assert printed == pytest.approx(chapter_audit._PRECISIONS)
    assert len(fitting(rest)) == 13


def test_the_solutions_count_what_they_say():
    assert max(published("audit", 3)["wrist_without"]) == 60


test_wrist_right = refuses(
    checks.wrist_right,
    [
        ((6, 8, 3, 17), "the wrong ones"),
        ((58, 46, 64, 168), "these are the images"),
        ((52, 38, 61, 168), "their sum"),
        ((51, 37, 60, 148), "one too small"),
        ((50, 38, 61, 149), "share of a class"),
        ((52, 38, 61), "4 numbers"),
        ((89.7, 82.6, 95.3, 89.9), "whole numbers"),
    ],
)

test_wrist_fits = refuses(checks.wrist_fits, [(60, "left out"), (1, "all five scores")])

test_wrist_without = refuses(
    checks.wrist_without,
    [
        ([60, 0, 0, 0, 0], "order"),
        ([0, 0, 0, 0, 0], "really left out"),
        ([0, 61, 0, 0, 0], "one score at a time"),
        ([0, 60], "5 numbers"),
    ],
)

test_wrist_precisions = refuses(
    checks.wrist_precisions,
    [
        ([89.5, 89.6], "another number"),
        (np.full(13, 89.6), "each precision once"),
        ([89.7, 89.6, 89.5], "smallest"),
        ([0.895, 0.896, 0.897], "percents"),
        ([89.4, 89.6, 89.7], "one decimal"),
        (["89.5", "89.6", "89.7"], "numbers such as 98.5, one for each possible precision; this is"),
    ],
)
