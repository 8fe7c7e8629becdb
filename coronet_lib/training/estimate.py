"""What to expect of a training of the full-width network, from measured rates."""

from contextlib import suppress
from typing import NamedTuple

from joblib import cpu_count

from coronet_lib.paper import TABLE_II_PARAMETERS
from coronet_lib.training import devices, machine
from coronet_lib.training.coronet_recipes import CoroNetRecipe


class Estimate(NamedTuple):
    """What a training of the full-width network is expected to take."""

    minutes: float
    """Of training, without start and validation."""
    at_most: bool
    """The device was not measured, and these are the minutes of a slower one."""
    gigabytes: float
    """Of memory: of the device, and of the process on a CPU."""
    source: str
    """Where the figures come from."""


K80_RATE = 1119 / 29.05
"""Images a second in training the full network, 150 px, batch 10, float32, on a Tesla K80: the log in the
published notebook, images and seconds of an epoch."""

CPU_RATES = {
    ("other", "float32"): 2.7,
    ("AVX2", "float32"): 3.9,
    ("bfloat16", "float32"): 5.2,
    ("bfloat16", "mixed_bfloat16"): 8.9,
}
"""The same a core, by :func:`coronet_lib.training.machine.kind` and precision: TensorFlow 2.20 on two cores
of AMD EPYCs; AVX2 and bfloat16 in batches of 16, in two processes of one core each. The other kind is the
one with AVX2 without oneDNN's kernels, which not every processor has. AVX-512 without bfloat16 was not
measured, and counts as AVX2."""

# Numbers that the layers of the full network put out for an image of 150 px.
ACTIVATIONS = 14_885_116
RUNTIME = 0.5e9  # bytes that TensorFlow itself takes in the process


def estimate(recipe, images, precision="float32"):
    """Minutes and memory to expect of a training on this machine, from measured rates.

    Parameters
    ----------
    recipe : CoroNetRecipe
        Of full width: ``PAPER``, ``CORRECTED`` and the like.
    images : int
        In the training part.
    precision : {"float32", "mixed_float16", "mixed_bfloat16"}

    Returns
    -------
    Estimate
        The minutes are those of float32 where the precision was not measured, and of an older processor
        where its kind was not; the memory is always that of float32.

    Raises
    ------
    ValueError
        If the recipe's network is not the one whose speed was measured.
    """
    work = images * recipe.epochs * area(recipe)
    if devices.device_name() == "cpu":
        kind = machine.kind().replace("AVX-512", "AVX2")
        known = CPU_RATES.get((kind, precision)) or CPU_RATES.get((kind, "float32"), min(CPU_RATES.values()))
        rate, source = known * cpu_count(), "measured on two cores, in proportion to the cores"
    else:
        rate, source = K80_RATE, "the published notebook's log, on a Tesla K80"
    at_most = devices.device_name() not in ("cpu", "Tesla K80")
    return Estimate(work / rate / 60, at_most, gigabytes(recipe, recipe.batch_size), source)


def area(recipe):
    """Pixels of the recipe's X-rays in units of 150 x 150: convolutions cost, and remember, in proportion.

    Raises
    ------
    ValueError
        If the recipe's network is not the one whose speed was measured.
    """
    if (recipe.width, recipe.middle_blocks) != (1.0, 8):
        raise ValueError(
            f"only the full network was measured (width 1, 8 middle blocks), not {recipe.name!r} with "
            f"width {recipe.width:g} and {recipe.middle_blocks}"
        )
    return (recipe.size / 150) ** 2


def gigabytes(recipe, batch_size):
    """Memory that a device needs for so many images at once, in float32.

    Weights, gradients and Adam's two moments; activations and their gradients. For ``PAPER`` that makes
    2.2 GB; the peak of the process was 2.4 GB.
    """
    return (16 * TABLE_II_PARAMETERS.total + 8 * ACTIVATIONS * area(recipe) * batch_size + RUNTIME) / 1e9


def expected_gigabytes(recipe):
    """Memory that a training is expected to take, of any recipe.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    float
        0 where nobody has measured.
    """
    with suppress(ValueError):
        return gigabytes(recipe, recipe.batch_size) if isinstance(recipe, CoroNetRecipe) else 0.0
    return 0.0
