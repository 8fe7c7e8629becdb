"""Random changes of training images, as one affine map and one brightness offset an image.

Every draw comes from a NumPy generator that the caller seeds, so an epoch can be
repeated exactly, whatever Keras backend carries it out.
"""

from dataclasses import dataclass

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be changed; the defaults change nothing.

    Parameters
    ----------
    rotation : float
        Largest angle in degrees, either way.
    shift : float
        Largest shift along each axis, as a share of the edge.
    zoom : float
        Each axis is scaled by its own factor in [1 - zoom, 1 + zoom].
    brightness : float
        Largest offset on the scale 0 to 255; the result is clipped to the image's own range.
    horizontal_flip, vertical_flip : bool
        Mirror half of the images.
    """

    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    horizontal_flip: bool = False
    vertical_flip: bool = False

    def __call__(self, images, rng):
        """Change each image at random; pixels from outside the image are black.

        Parameters
        ----------
        images : float array, shape (batch, height, width, channels), 0 to 255
        rng : numpy.random.Generator

        Returns
        -------
        float32 NumPy array of the same shape
        """
        images = np.asarray(images, np.float32)
        if self == UNCHANGED:
            return images
        maps = self._affine_maps(len(images), *images.shape[1:3], rng)
        moved = ops.image.affine_transform(
            images, maps, interpolation="bilinear", fill_mode="constant", fill_value=0.0
        )
        moved = ops.convert_to_numpy(moved)
        if not self.brightness:
            return moved
        offset = rng.uniform(-self.brightness, self.brightness, (len(images), 1, 1, 1)).astype(np.float32)
        axes = (1, 2, 3)
        return np.clip(moved + offset, moved.min(axes, keepdims=True), moved.max(axes, keepdims=True))

    def _affine_maps(self, n, height, width, rng):
        """Output pixel to input pixel, as the eight numbers an image that Keras wants."""
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation, n))
        shift_y = rng.uniform(-self.shift, self.shift, n) * height
        shift_x = rng.uniform(-self.shift, self.shift, n) * width
        scale_y, scale_x = rng.uniform(1 - self.zoom, 1 + self.zoom, (2, n))
        # Always drawn, so that switching a flip on changes no other draw.
        mirrored = rng.random((2, n)) < 0.5
        scale_x = np.where(mirrored[0] & self.horizontal_flip, -scale_x, scale_x)
        scale_y = np.where(mirrored[1] & self.vertical_flip, -scale_y, scale_y)
        a, b = np.cos(angle) * scale_x, -np.sin(angle) * scale_y
        c, d = np.sin(angle) * scale_x, np.cos(angle) * scale_y
        # About the image's centre, not its corner.
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        tx = middle_x + shift_x - a * middle_x - b * middle_y
        ty = middle_y + shift_y - c * middle_x - d * middle_y
        zero = np.zeros(n)
        return np.stack([a, b, tx, c, d, ty, zero, zero], axis=1).astype(np.float32)


UNCHANGED = Augmentation()
