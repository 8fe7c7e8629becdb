"""Checks of the exercises: each takes an answer and says in the chapter's terms what is wrong with it.

No message holds the answer. What is checked is the result, not the way to it.
"""

from coronet_lib.checks._verdict import Verdict
from coronet_lib.checks.chapter_04 import log_softmax
from coronet_lib.checks.chapter_06 import (
    largest_multiplier,
    mix_first_kernel,
    nearest_separable,
    separable_weights,
)
from coronet_lib.checks.chapter_07 import figure_3_backward, padded_shortcut, trainable_in_projection

__all__ = [
    "Verdict",
    "figure_3_backward",
    "largest_multiplier",
    "log_softmax",
    "mix_first_kernel",
    "nearest_separable",
    "padded_shortcut",
    "separable_weights",
    "trainable_in_projection",
]
