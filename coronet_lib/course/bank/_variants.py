"""What variants are drawn with, and how their figures travel in the code of a notebook's cell."""

import base64

import numpy as np


def pick(draw, candidates):
    """One of some candidates, as it is; ``draw.choice`` would make an array of a tuple."""
    candidates = list(candidates)
    return candidates[draw.integers(len(candidates))]


def packed(numbers, low, high):
    """Code for an array of numbers from low to high, in 256 steps, so that they are read off the figure."""
    steps = np.rint((np.asarray(numbers) - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)
    text = base64.b85encode(steps.tobytes()).decode()
    return f'np.frombuffer(base64.b85decode("{text}"), "uint8").reshape{steps.shape}'


def pictures(name, images):
    """Code that draws grey images, from 0 to 1, side by side.

    Parameters
    ----------
    name : str
        The figure's; drawn again, it replaces itself.
    images : dict of str to array, shape (height, width)
        By title.
    """
    rows = "\n".join(f"    {title!r}: {packed(image, 0, 1)}," for title, image in images.items())
    return f"""\
import base64
import matplotlib.pyplot as plt

images = {{
{rows}
}}
fig, axes = plt.subplots(1, {len(images)}, num={name!r}, clear=True, figsize=(11, 2.8))
for axis, (title, image) in zip(axes, images.items()):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)"""
