"""Print as JSON what phantoms of three sizes and two seeds look like, as digests of pixels and masks.

A script and no test: which features of the processor NumPy uses is settled when it is imported.
"""

import hashlib
import json

from coronet_lib.datasets.phantom import Confounders, generate

EVERYTHING = Confounders(marker=0.5, border=0.5, contrast=0.5)


def digests():
    """Digest by ``"<size> px, seed <seed>"``."""
    drawn = {
        f"{size} px, seed {seed}": generate(6, size, seed=seed, confounders=EVERYTHING)
        for size in (48, 96, 150)
        for seed in (0, 1)
    }
    return {
        name: hashlib.sha256(xrays.images.tobytes() + xrays.masks.tobytes()).hexdigest()[:16]
        for name, xrays in drawn.items()
    }


if __name__ == "__main__":
    print(json.dumps(digests()))
