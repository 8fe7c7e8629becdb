"""Checks of the exercises: each takes an answer and says in the chapter's terms what is wrong with it.

No message holds the answer. What is checked is the result, not the way to it.
"""

from coronet_lib.checks._verdict import Verdict
from coronet_lib.checks.chapter_01 import equalise, negative_window, photons_left, pixel_places, shrink
from coronet_lib.checks.chapter_02 import correlate_strided, join_kernels, map_sizes, shift_left, wide_stack
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
    "correlate_strided",
    "equalise",
    "figure_3_backward",
    "join_kernels",
    "largest_multiplier",
    "log_softmax",
    "map_sizes",
    "mix_first_kernel",
    "nearest_separable",
    "negative_window",
    "padded_shortcut",
    "photons_left",
    "pixel_places",
    "separable_weights",
    "shift_left",
    "shrink",
    "trainable_in_projection",
    "wide_stack",
]
