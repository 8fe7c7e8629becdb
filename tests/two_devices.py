"""Train on one and on two virtual CPU devices, and print as JSON how the two differ.

A script and no test: how many devices a backend sees is settled before its first use in a process.
"""

import json
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"  # JAX reads it when it is imported

import keras
import numpy as np
from small import RECIPE, Small, xrays

from coronet_lib import devices, training

backend = keras.backend.backend()
if backend == "tensorflow":
    import tensorflow as tf

    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)


class WithoutDropout(Small):
    """No dropout, whose masks are each device's own, and no bias, which batch normalisation takes away."""

    def build(self, classes):
        return keras.Sequential(
            [
                keras.Input((self.size, self.size, 3)),
                keras.layers.Conv2D(4, 3, use_bias=False, name="block1_conv1"),
                keras.layers.BatchNormalization(name="block1_conv1_bn"),
                keras.layers.GlobalAveragePooling2D(name="head_gap"),
                keras.layers.Dense(classes, activation="softmax", name="head_softmax"),
            ]
        )


recipe = WithoutDropout(
    **{**vars(RECIPE), "epochs": 2, "warmup": 0, "patience": 0, "freeze_batch_norm": False}
)


def fit(number, images, folder=None):
    """Train on so many images, validate on the rest of the 64: an odd number, too."""
    return training.fit(
        xrays(),
        recipe,
        train=np.arange(images),
        validation=np.arange(images, 64),
        compute=devices.choose(devices=number),
        checkpoint=folder,
        progress=False,
    )


def apart(some, others):
    return max(float(np.abs(a - b).max()) for a, b in zip(some, others, strict=True))


folder = sys.argv[1]
(one, history), (two, shared) = fit(1, 46), fit(2, 46, folder)
resumed, _ = fit(2, 46, folder)  # nothing is left to do: it comes from the checkpoint as it went in
_, odd = fit(2, 47)  # two devices cannot share 47 images evenly
result = {
    "devices": devices.count(),
    "losses_apart": apart(history[["loss"]].to_numpy(), shared[["loss"]].to_numpy()),
    "weights_apart": apart(one.get_weights(), two.get_weights()),
    "scores": len(training.predict(two, xrays().images[:17])),
    "resumed_apart": apart(two.get_weights(), resumed.get_weights()),
    "finite": all(np.isfinite(table).all(axis=None).item() for table in (history, shared, odd)),
    "policy_after": keras.config.dtype_policy().name,
}
if backend == "tensorflow":
    replicas = [[copy.numpy() for copy in weight.value.values] for weight in two.weights]
    result["replicas_apart"] = apart(*zip(*replicas, strict=True))
    result["synchronized_after"] = two.layers[1].synchronized
print(json.dumps(result))
