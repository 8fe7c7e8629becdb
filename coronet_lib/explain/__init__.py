"""Where a network looks: maps of what moved its answer, scores against masks, and reasons to doubt both."""

from coronet_lib.explain.doubts import randomised, similarity
from coronet_lib.explain.maps import METHODS, attribution
from coronet_lib.explain.network import OpenNetwork
from coronet_lib.explain.scores import localisation

__all__ = [
    "METHODS",
    "OpenNetwork",
    "attribution",
    "localisation",
    "randomised",
    "similarity",
]
