"""What a training computes on, and in which precision.

The only module that knows the Keras backends apart: how each names its devices, shares a batch
between several of them, compiles, and differentiates.  Everything else is written for Keras.
"""

import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np

from coronet_lib.training import machine

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
BFLOAT16_BATCH = 16
"""Images a batch from which on bfloat16 is faster on a processor made for it: the full network of 150 px
learned from 10 a little more slowly than in float32, and from 16 half as fast again."""


def device_name():
    """What the active Keras backend computes on.

    Returns
    -------
    str
        Such as ``"cpu"`` or ``"NVIDIA H200"``.
    """
    return _BACKENDS[_backend()].name()


def count():
    """How many devices of that kind the active backend has on this machine."""
    return len(_BACKENDS[_backend()].devices())


def gradient(function, x):
    """How fast a function grows as each number that it takes grows.

    Parameters
    ----------
    function : callable
        From a tensor like ``x`` to a tensor, by layers and operations of Keras; what it gives is added up.
    x : float array

    Returns
    -------
    float32 array, shape of ``x``
        Zero where the function does not depend on it.
    """
    import keras

    found = _BACKENDS[_backend()].gradient(lambda x: keras.ops.sum(function(x)), np.asarray(x, np.float32))
    return np.asarray(keras.ops.convert_to_numpy(found), np.float32)


@dataclass(frozen=True)
class Compute:
    """How the arithmetic of a training is carried out; :func:`choose` makes one that fits the machine.

    Parameters
    ----------
    precision : {"float32", "mixed_float16", "mixed_bfloat16"}
        Keras's dtype policy.  The mixed ones multiply in 16 bits and keep the weights in 32;
        with ``mixed_float16`` Keras scales the loss, so that small gradients do not vanish.
    jit : bool
        Whether the training step is compiled as a whole (XLA; ``torch.compile`` on PyTorch).
    devices : int
        GPUs of this machine that share each batch.  The statistics of batch normalisation are
        of the whole batch, so that the result is that of one device, up to rounding and dropout.
    """

    precision: str = "float32"
    jit: bool = False
    devices: int = 1

    @contextmanager
    def scope(self):
        """Within it models are built, loaded and fitted in this way; after it all is as before."""
        import keras

        policy = keras.config.dtype_policy()
        with ExitStack() as stack:
            stack.callback(keras.config.set_dtype_policy, policy)
            keras.config.set_dtype_policy(self.precision)
            if self.devices > 1:
                stack.enter_context(_BACKENDS[_backend()].sharing(self.devices))
            yield

    @contextmanager
    def fitting(self, model):
        """A :meth:`scope` in which ``model``, built in one like it, learns."""
        model.jit_compile = self.jit
        with self.scope(), _whole_batch_statistics(model, self.devices):
            yield

    def even(self, batch_size):
        """The largest batch up to ``batch_size`` images that the devices share evenly."""
        return max(batch_size - batch_size % self.devices, self.devices)

    def evenly(self, *arrays):
        """Deal rows so that of no batch a device gets none: kernels of TensorFlow crash on that.

        Parameters
        ----------
        *arrays : array
            Of the same length.

        Returns
        -------
        list of (int, list of array)
            One part or two, each a number of rows and those rows of each array.  The devices share a part
            evenly, and so each of its batches if their size is :meth:`even`.  Rows left over, fewer than
            there are devices, make the second part; each device gets all of them, and the mean over the
            part is theirs.
        """
        rows = len(arrays[0])
        rest = rows % self.devices
        shared = [array[: rows - rest] for array in arrays]
        left_over = [np.concatenate([array[rows - rest :]] * self.devices) for array in arrays]
        return [part for part in ((rows - rest, shared), (rest, left_over)) if part[0]]

    def check_batch(self, batch_size):
        """Refuse a batch that the devices cannot share evenly, with a ValueError."""
        if batch_size % self.devices:
            fitting = [n for n in range(1, batch_size + 1) if batch_size % n == 0]
            raise ValueError(
                f"{self.devices} devices cannot share a batch of {batch_size} images evenly; "
                f"the number of devices must be one of {', '.join(map(str, fitting))}"
            )


def choose(precision="float32", jit=None, devices=1, batch_size=None):
    """The :class:`Compute` for this machine, with ``"auto"`` and None decided by the device.

    Parameters
    ----------
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "auto"}
        ``"auto"`` takes 16 bits where the device has fast units for them: bfloat16 on GPUs from compute
        capability 8.0 on (A100, L4 and later), and with TensorFlow on processors that multiply in it and
        batches of at least :data:`BFLOAT16_BATCH` images; float16 on GPUs from 7.0 on (V100, T4).  Float32
        elsewhere.
    jit : bool, optional
        None compiles where that pays: always on JAX, with TensorFlow on one GPU.  Not on a CPU,
        where TensorFlow's compiled step of the full network took ten times as long on two cores.
    devices : int
    batch_size : int, optional
        Of the trainings to come, the smallest, if that is known.

    Returns
    -------
    Compute

    Raises
    ------
    ValueError
        If the precision is unknown, or there are not so many devices to share a batch.

    Warns
    -----
    UserWarning
        If 16 bits are asked of a processor that multiplies in 32 only.
    """
    backend = _BACKENDS[_backend()]
    if precision == "auto":
        precision = _fast_precision(backend, batch_size or 0)
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)} or auto, got {precision!r}")
    if devices < 1:
        raise ValueError(f"devices must be at least 1, got {devices}")
    if devices > 1 and backend.sharing is None:
        raise ValueError(
            f"several devices share a batch with KERAS_BACKEND=tensorflow or jax, not with {_backend()}"
        )
    if devices > (there := count()):
        raise ValueError(f"{devices} devices were asked for, but this machine has {there} ({device_name()})")
    slow = "mixed_float16" if machine.kind() == "bfloat16" else "mixed_"
    if device_name() == "cpu" and precision.startswith(slow):
        warnings.warn(
            f"{machine.processor()} does not multiply in {precision.removeprefix('mixed_')}: it converts the "
            "numbers there and back, and will be slow; float32 is faster here",
            stacklevel=2,
        )
    return Compute(precision, backend.compiles(devices) if jit is None else jit, devices)


def _fast_precision(backend, batch_size):
    if device_name() == "cpu":
        fast = backend is _TensorFlow and machine.kind() == "bfloat16" and batch_size >= BFLOAT16_BATCH
        return "mixed_bfloat16" if fast else "float32"
    capability = backend.capability()
    if capability >= (8, 0):
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= (7, 0) else "float32"


@contextmanager
def _whole_batch_statistics(model, devices):
    """Let batch normalisation see the whole batch and not each device's share of it.

    JAX does so by itself.  For TensorFlow it is an option of the layer, which the saved model must
    not keep: the other backends refuse to load it.
    """
    import keras

    norms = []
    if devices > 1 and _backend() == "tensorflow":
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in norms:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer in norms:
            layer.synchronized = False


def _backend():
    import keras

    return keras.backend.backend()


class _TensorFlow:
    @staticmethod
    def devices():
        import tensorflow as tf

        return tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")

    @staticmethod
    def gradient(function, x):
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x, unconnected_gradients="zero")

    @staticmethod
    def _details():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        return tf.config.experimental.get_device_details(gpus[0]) if gpus else None

    @classmethod
    def name(cls):
        details = cls._details()
        return "cpu" if details is None else details.get("device_name", "gpu")

    @classmethod
    def capability(cls):
        return (cls._details() or {}).get("compute_capability", (0, 0))

    @classmethod
    def compiles(cls, devices):
        # MirroredStrategy and XLA do not go together.
        return cls._details() is not None and devices == 1

    @classmethod
    def sharing(cls, devices):
        return cls._strategy(devices).scope()

    @classmethod
    @cache
    def _strategy(cls, devices):
        """One for all scopes: TensorFlow does not let a model go from one strategy to another."""
        import tensorflow as tf

        return tf.distribute.MirroredStrategy([device.name for device in cls.devices()[:devices]])


class _Jax:
    @staticmethod
    def devices():
        import jax

        return jax.local_devices()

    @staticmethod
    def gradient(function, x):
        import jax

        return jax.grad(function)(x)

    @classmethod
    def name(cls):
        return cls.devices()[0].device_kind

    @classmethod
    def capability(cls):
        found = getattr(cls.devices()[0], "compute_capability", "0.0")
        return tuple(map(int, found.split(".")))

    @staticmethod
    def compiles(devices):
        return True  # JAX is slow in any other way

    @staticmethod
    def sharing(devices):
        import keras

        return keras.distribution.DataParallel(devices=keras.distribution.list_devices()[:devices]).scope()


class _Torch:
    sharing = None

    @staticmethod
    def devices():
        import torch

        return range(max(torch.cuda.device_count(), 1))

    @staticmethod
    def gradient(function, x):
        import keras
        import torch

        x = keras.ops.convert_to_tensor(x).requires_grad_()  # on Keras's device
        return torch.autograd.grad(function(x), x, materialize_grads=True)[0]

    @staticmethod
    def name():
        import torch

        return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu"

    @staticmethod
    def capability():
        import torch

        return torch.cuda.get_device_capability(0) if torch.cuda.is_available() else (0, 0)

    @staticmethod
    def compiles(devices):
        return False  # as Keras decides


_BACKENDS = {"tensorflow": _TensorFlow, "jax": _Jax, "torch": _Torch}
