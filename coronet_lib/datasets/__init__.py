"""Chest X-rays to learn from: synthetic ones on demand, real ones from their upstream sources."""

from coronet_lib.datasets.collection import XrayCollection

__all__ = ["XrayCollection"]
