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

from coronet_lib import training
from coronet_lib.training import devices

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


def fit(number, images, validated=17, folder=None):
    """Train on the first images, validate on the last: by default on one more than two devices can share."""
    return training.fit(
        xrays(),
        recipe,
        train=np.arange(images),
        validation=np.arange(64 - validated, 64),
        compute=devices.choose(devices=number),
        checkpoint=folder,
        progress=False,
    )


def apart(some, others):
    return max(float(np.abs(a - b).max()) for a, b in zip(some, others, strict=True))


folder = sys.argv[1]
(one, history), (two, shared) = fit(1, 46), fit(2, 46, folder=folder)
resumed, _ = fit(2, 46, folder=folder)  # nothing is left to do: it comes from the checkpoint as it went in
_, odd = fit(2, 47, validated=1)  # two devices can share neither evenly
losses = ["loss", "val_loss", "val_accuracy"]
images = xrays().images[:17]
scores = training.predict(one, images), training.predict(two, images, compute=devices.choose(devices=2))
result = {
    "devices": devices.count(),
    "losses_apart": apart(history[losses].to_numpy(), shared[losses].to_numpy()),
    "weights_apart": apart(one.get_weights(), two.get_weights()),
    "scores_apart": apart(*scores),
    "resumed_apart": apart(two.get_weights(), resumed.get_weights()),
    "finite": all(np.isfinite(table).all(axis=None).item() for table in (history, shared, odd)),
    "policy_after": keras.config.dtype_policy().name,
}
if backend == "tensorflow":
    replicas = [[copy.numpy() for copy in weight.value.values] for weight in two.weights]
    result["replicas_apart"] = apart(*zip(*replicas, strict=True))
    result["synchronized_after"] = two.layers[1].synchronized
print(json.dumps(result))
