"""Synthetic chest X-rays: what draws them, from anatomy to the detector."""

from coronet_lib.datasets.phantom.draw import (
    DATASET_1,
    GENERATOR,
    SMALLEST,
    Confounders,
    Phantom,
    generate,
    phantom,
)

__all__ = ["DATASET_1", "GENERATOR", "SMALLEST", "Confounders", "Phantom", "generate", "phantom"]
