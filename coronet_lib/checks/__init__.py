"""Checks of the exercises: each takes an answer and says in the chapter's terms what is wrong with it.

No message holds the answer. What is checked is the result, not the way to it.
"""

from coronet_lib.checks._verdict import Verdict
from coronet_lib.checks.chapter_01 import equalise, negative_window, photons_left, pixel_places, shrink
from coronet_lib.checks.chapter_02 import correlate_strided, join_kernels, map_sizes, shift_left, wide_stack
from coronet_lib.checks.chapter_03 import either_order, fast_pool, maximum_network, one_pooling
from coronet_lib.checks.chapter_04 import double_softmax, log_softmax, one_column, sum_limits
from coronet_lib.checks.chapter_05 import channel_dropout, fold, frozen, moving_means
from coronet_lib.checks.chapter_06 import (
    largest_multiplier,
    mix_first_kernel,
    nearest_separable,
    separable_weights,
)
from coronet_lib.checks.chapter_07 import figure_3_backward, padded_shortcut, trainable_in_projection
from coronet_lib.checks.chapter_09 import count_changes, down_parameters, edges_at_299, half_the_middle
from coronet_lib.checks.chapter_13 import fair_test, join_scores, narrow_counts, right_counts
from coronet_lib.checks.chapter_14 import eighth, enough, mcnemar_p

__all__ = [
    "Verdict",
    "channel_dropout",
    "correlate_strided",
    "count_changes",
    "double_softmax",
    "down_parameters",
    "edges_at_299",
    "eighth",
    "either_order",
    "enough",
    "equalise",
    "fair_test",
    "fast_pool",
    "figure_3_backward",
    "fold",
    "frozen",
    "half_the_middle",
    "join_kernels",
    "join_scores",
    "largest_multiplier",
    "log_softmax",
    "map_sizes",
    "maximum_network",
    "mcnemar_p",
    "mix_first_kernel",
    "moving_means",
    "narrow_counts",
    "nearest_separable",
    "negative_window",
    "one_column",
    "one_pooling",
    "padded_shortcut",
    "photons_left",
    "pixel_places",
    "right_counts",
    "separable_weights",
    "shift_left",
    "shrink",
    "sum_limits",
    "trainable_in_projection",
    "wide_stack",
]
