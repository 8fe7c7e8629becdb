"""Training batches whose order and random changes follow from (seed, epoch)."""

import keras
import numpy as np

from coronet_lib.training.augmentation import UNCHANGED


class Batches(keras.utils.PyDataset):
    """One epoch of training batches, in an order and with changes that (seed, epoch) decide.

    Parameters
    ----------
    images : uint8 array, shape (n, size, size, 1 or 3)
    labels : int array, shape (n,)
    batch_size : int
    seed, epoch : int
        Together they fix the shuffle and the augmentation; an epoch can be repeated exactly.
    augmentation : Augmentation
    shared_by : int
        Devices that share each batch.  Images that cannot be dealt evenly, fewer than there are
        devices, wait for another epoch.
    """

    def __init__(
        self,
        images,
        labels,
        batch_size,
        *,
        seed=0,
        epoch=0,
        augmentation=UNCHANGED,
        shared_by=1,
    ):
        super().__init__()
        self.images, self.labels, self.batch_size = images, labels, batch_size
        self.seed, self.epoch, self.augmentation = seed, epoch, augmentation
        self.order = np.arange(len(labels))
        np.random.default_rng((seed, epoch)).shuffle(self.order)
        self.order = self.order[: len(labels) - len(labels) % shared_by]

    def __len__(self):
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, batch):
        rows = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        rng = np.random.default_rng((self.seed, self.epoch, batch))
        return self.augmentation(as_rgb(self.images[rows]), rng), self.labels[rows]


def as_rgb(images):
    """Grey or coloured images as the models take them: three channels, in floating numbers.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width, 1 or 3)

    Returns
    -------
    float32 array, shape (n, height, width, 3)
        Still 0 to 255.
    """
    return np.broadcast_to(images, (*images.shape[:3], 3)).astype(np.float32)
