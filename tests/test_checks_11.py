"""Wrong answers to the exercise of chapter 11 that has a check, and what it says of each."""

import math

from refused import refuses

from coronet_lib import checks

test_sure_and_wrong = refuses(
    checks.sure_and_wrong,
    [
        ((9.2, 4.6), "exchanged"),
        ((-4.6, -9.2), "sign is turned"),
        ((2, 4), "base 10"),
        ((6.6, 13.3), "base 2"),
        ((0.99, 0.9999), "takes a logarithm"),
        ((0.01, 0.0001), "sure and right"),
        ((4.6, 460.5), "logarithms add up"),
        ((4.6, 6.9), "not a tenth"),
        ((4.6, 9.0), "minus the logarithm"),
        (4.6, "a pair of losses"),
    ],
)


def test_sure_and_wrong_takes_one_decimal_and_more():
    assert checks.sure_and_wrong((4.6, 9.2))
    assert checks.sure_and_wrong([-math.log(0.01), -math.log(0.0001)])
