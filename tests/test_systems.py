"""Every system of the registry: it is built, counted, run, trained for a step, saved and loaded."""

import os
from functools import cache

import keras
import numpy as np
import pytest
from keras.applications.imagenet_utils import preprocess_input

from coronet_lib import paper, runs
from coronet_lib.committed import data_path
from coronet_lib.models import stock
from coronet_lib.models.counting import macs, parameters
from coronet_lib.models.preprocessing import KINDS, preprocess
from coronet_lib.models.published import PUBLISHED, freeze
from coronet_lib.systems import SYSTEMS, system

NETWORKS = [name for name, entry in SYSTEMS.items() if hasattr(entry.recipe, "compile")]


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_is_built_run_trained_saved_and_loaded(name, tmp_path):
    entry = SYSTEMS[name]
    classes = entry.classes[0]
    model = entry.network(classes)
    assert parameters(model).total == entry.parameters[classes]
    assert model.input_shape == (None, entry.size, entry.size, 3)
    assert model.output_shape == (None, classes)
    images = np.random.default_rng(0).uniform(0, 255, (1, entry.size, entry.size, 3)).astype(np.float32)
    # Called layer by layer: to trace a network of hundreds of layers takes longer than to run it once.
    scores = keras.ops.convert_to_numpy(model(images))
    if classes == 4 and name in NETWORKS:
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    path = tmp_path / "model.keras"
    model.save(path)
    back = keras.saving.load_model(path, compile=False, safe_mode=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(back(images)), scores, atol=1e-6)
    os.remove(path)  # one of them takes half a gigabyte
    if name in NETWORKS:
        before = model.trainable_weights[0].numpy().copy()
        if classes == 4:
            entry.recipe.compile(model, epoch=0, steps=2)
            labels = np.array([3])
        else:  # fourteen findings, several at a time
            model.compile(keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
            labels = np.eye(1, classes)
        model.run_eagerly = True
        assert np.isfinite(model.train_on_batch(images, labels)).all()
        assert (model.trainable_weights[0].numpy() != before).any()
    keras.backend.clear_session()
