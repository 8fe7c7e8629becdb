"""Check of chapter 11: what a network pays that is sure and wrong."""

import numpy as np

from coronet_lib.checks.answer import match, typed_numbers
from coronet_lib.checks.verdict import exercise


@exercise(11, 1)
def sure_and_wrong(answer):
    """The loss of an X-ray whose true class got a chance of 0.01, and of one whose got 0.0001.

    Parameters
    ----------
    answer : (float, float)
        One decimal is enough.
    """
    chances = np.array([0.01, 0.0001])
    wanted = -np.log(chances)
    match(
        typed_numbers(answer, (2,), "a pair of losses, for a chance of 0.01 and for one of 0.0001"),
        wanted,
        "the loss is minus the logarithm of the chance that the true class got.",
        {
            "the two are exchanged; or does it cost less to be surer of what is wrong?": wanted[::-1],
            "the sign is turned: a loss is never negative.": -wanted,
            "these are logarithms to base 10; cross-entropy has the natural ones.": -np.log10(chances),
            "these are logarithms to base 2; cross-entropy has the natural ones.": -np.log2(chances),
            "this is what the chance lacks of 1; cross-entropy takes a logarithm.": 1 - chances,
            "this is the loss of one who is sure and right: the true class got the small chance here.": (
                -np.log(1 - chances)
            ),
            "a chance of a hundredth of the other is not a hundred times as dear; logarithms add up.": (
                wanted[0] * np.array([1, 100])
            ),
            "the chance is 0.0001, a hundredth of the other and not a tenth.": (wanted[0], -np.log(0.001)),
        },
        decimals=1,
    )
    return "Each further factor of 100 costs the same again, and there is no limit to it."
