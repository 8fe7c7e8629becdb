"""A training that takes a moment: four classes of noise, and a network of three layers."""

import keras
import numpy as np

from coronet_lib.classes import CLASSES
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs import Existing, Session
from coronet_lib.training import Augmentation, FineTuning

# How tests run: without a word, and where a test is about that, into a folder that is there already.
QUIET = Session(progress=False)
RESUMING = Session(existing=Existing.RESUME, progress=False)
OVERWRITING = Session(existing=Existing.OVERWRITE, progress=False)


class Small(FineTuning):
    """A recipe for the small network, whose layers are named as the recipe expects."""

    def build(self, classes):
        pixels = keras.Input((self.size, self.size, 3))
        x = keras.layers.Rescaling(1 / 255, name="scaling")(pixels)
        x = keras.layers.Conv2D(4, 3, name="block1_conv1")(x)
        x = keras.layers.BatchNormalization(name="block1_conv1_bn")(x)
        x = keras.layers.GlobalAveragePooling2D(name="head_gap")(x)
        x = keras.layers.Dropout(0.5, name="head_dropout")(x)
        x = keras.layers.Dense(8, activation="relu", name="head_dense")(x)
        scores = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="head_softmax")(x)
        return keras.Model(pixels, scores)


# In the place of keras.Model.run_eagerly: a few steps take less time than tracing a network of many layers.
EAGER = property(lambda model: True, lambda model, value: None)

# One epoch of warm-up, then fine-tuning, which early stopping ends.
RECIPE = Small(
    name="small",
    size=16,
    batch_size=16,
    epochs=6,
    augmentation=Augmentation(shift=0.1),
    validation=0.25,
    warmup=1,
    patience=2,
)


def shorten_chestnet(patch):
    """Have ChestNet stand on ResNet-50, which has the stages of ResNet-152 and a third of their blocks."""
    patch.setattr(keras.applications, "ResNet152", keras.applications.ResNet50)
    patch.setattr("coronet_lib.models.chestnet._PENULTIMATE", "conv4_block6_out")


STEPS = 3  # batches an epoch of RECIPE on the X-rays below

QUICK = RECIPE.but(size=96, warmup=0, patience=0)  # in the place of the quick recipe


def xrays():
    labels = np.tile(np.arange(4), 16)
    names = np.arange(len(labels)).astype(str)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 16, 16, 1), np.uint8)
    return XrayCollection(images, labels, patients=names, files=names, classes=CLASSES[4])
