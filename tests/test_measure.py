"""Time and memory of a network in a process of its own."""

import os
from functools import partial

import keras
import numpy as np
import pytest
from keras import layers

from coronet_lib.models.coronet import coronet
from coronet_lib.systems import measure

MEGABYTES = 200
TINY = partial(coronet, size=75, width=0.125, middle_blocks=1, hidden=16)


def heavy():
    pixels = keras.Input((10, 10, 1))
    x = layers.Flatten()(pixels)
    x = layers.Dense(MEGABYTES * 10**6 // 4 // 100, kernel_initializer="ones", use_bias=False)(x)
    return keras.Model(pixels, layers.GlobalMaxPooling1D()(layers.Reshape((-1, 1))(x)))


@pytest.fixture(scope="module")
def tiny():
    return measure.cost(TINY, repeats=3)


def test_cost_of_a_small_network(tiny):
    model = TINY()
    assert tiny.keys() == {"parameters", "trainable", "macs", "latency_ms", "memory_mb"}
    assert tiny["parameters"] == model.count_params()
    assert tiny["trainable"] < tiny["parameters"]
    assert 1e6 < tiny["macs"] < 1e8
    assert 0.1 < tiny["latency_ms"] < 5000
    assert 100 < tiny["memory_mb"] < 1500


def test_memory_is_that_of_the_network_alone(tiny, capfd):
    """Neither less than its weights nor, as ru_maxrss would say on Linux, what this process holds."""
    ballast = np.ones(1_500_000_000 // 8)
    found = measure.cost(heavy, repeats=1)
    assert ballast[-1] == 1
    assert 150 < found["memory_mb"] - tiny["memory_mb"] < 1000
    assert "cuda" not in capfd.readouterr().err.lower()


def test_what_breaks_the_process_is_said(monkeypatch):
    def broken():
        raise ValueError(f"no such weights: lost.h5 (GPUs: {os.environ['CUDA_VISIBLE_DEVICES']})")

    def killed():
        os._exit(9)

    # Local functions travel by value: that process breaks before it has imported Keras.
    monkeypatch.setattr(measure, "_cost", lambda build, repeats: build())
    with pytest.raises(ChildProcessError, match=r"network failed: no such weights: lost\.h5 \(GPUs: -1\)"):
        measure.cost(broken)
    with pytest.raises(ChildProcessError, match="network failed"):
        measure.cost(killed)


def test_latency_is_the_median_of_warm_calls(monkeypatch):
    """Two slow calls at the start and one hiccup do not count."""
    took = iter([9.0, 4.0, 0.010, 0.012, 0.500, 0.011, 0.013])

    class Network:
        input_shape = (None, 6, 4, 3)

        def predict_on_batch(self, image):
            assert image.shape == (1, 6, 4, 3)
            assert image.dtype == np.float32
            clock[0] += next(took)

    clock = [0.0]
    monkeypatch.setattr(measure.time, "perf_counter", lambda: clock[0])
    assert measure.latency(Network(), repeats=5) == pytest.approx(12)
    assert next(took, None) is None
