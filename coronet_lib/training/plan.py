"""What a list of trainings takes on several devices, before the first begins."""

from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import ceil
from typing import NamedTuple

from coronet_lib.paper import TABLE_II_PARAMETERS
from coronet_lib.training.estimate import K80_RATE, area, gigabytes

GRADIENT_BYTES = 4 * TABLE_II_PARAMETERS.trainable
"""What all devices of one training must add up after each batch, in float32: 136 MB."""
NORMS = 40
"""Layers of batch normalisation in the full network."""
NORM_CHANNELS = 27_264
"""Their channels together."""
MESSAGES_A_NORM = 2
"""Sums over the whole batch that such a layer waits for in a step: one forward, one backward."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What there is to compute on.

    Parameters
    ----------
    devices : int
    together : int
        Devices that share each batch of one training; the others do other trainings.
    rate : float
        Images of 150 pixels a second that one device trains the full network on.
    gigabits : float
        A second, over the slowest link between devices of one training.
    latency : float
        Seconds that a message takes however short it is.
    price : float
        Of one device for an hour, in any currency.

    Raises
    ------
    ValueError
        If a number is out of its range, or the devices make no groups of ``together``.
    """

    devices: int = 1
    together: int = 1
    rate: float = K80_RATE
    gigabits: float = 10.0
    latency: float = 50e-6
    price: float = 0.0

    def __post_init__(self):
        if min(self.devices, self.together) < 1 or self.devices % self.together:
            raise ValueError(
                f"{self.devices} devices make no groups of {self.together}; "
                "devices must be a multiple of together, and both at least 1"
            )
        if min(self.rate, self.gigabits) <= 0 or min(self.latency, self.price) < 0:
            raise ValueError("rate and gigabits must be positive, latency and price not negative")

    def all_reduce(self, size):
        """Seconds until the devices of one training have the sum of ``size`` bytes that each of them has.

        In a ring of g devices each passes a g-th on to the next, g - 1 times to add and g - 1 times to tell.
        """
        hops = 2 * (self.together - 1)
        return hops * (self.latency + 8 * size / self.together / (1e9 * self.gigabits))


class Step(NamedTuple):
    """Seconds of one batch of one training."""

    compute: float
    """Of one device's share."""
    gradients: float
    """Until all have the sum of the gradients; nothing of it is hidden behind the computing."""
    norms: float
    """Until all have the sums of batch normalisation, layer after layer."""

    @property
    def seconds(self):
        """All three."""
        return sum(self)


class Plan(NamedTuple):
    """What the trainings are expected to take."""

    hours: float
    """Until the last training ends, without starts, validation and failures."""
    device_hours: float
    """Of all devices, idle ones too: that is what is paid for."""
    money: float
    memory_gb: float
    """Of the device that needs most."""
    moved_gb: float
    """X-rays to each training's devices, and what these send each other, in gigabytes."""
    efficiency: float
    """Hours that one device needs for all, divided by ``device_hours``."""


def step(recipe, cluster):
    """What one batch takes when the devices of one training share it.

    Parameters
    ----------
    recipe : CoroNetRecipe
        Of full width: ``PAPER``, ``CORRECTED`` and the like.
    cluster : Cluster

    Returns
    -------
    Step

    Raises
    ------
    ValueError
        If the network was not measured, or the devices cannot share the batch evenly.
    """
    share, rest = divmod(recipe.batch_size, cluster.together)
    if rest:
        raise ValueError(
            f"{cluster.together} devices cannot share a batch of {recipe.batch_size} images evenly"
        )
    # Two numbers a channel: sum and sum of squares forward, and the sums of two gradients backward.
    sums = cluster.all_reduce(2 * 4 * NORM_CHANNELS / NORMS)
    return Step(
        compute=share * area(recipe) / cluster.rate,
        gradients=cluster.all_reduce(GRADIENT_BYTES),
        norms=NORMS * MESSAGES_A_NORM * sums,
    )


def last_ends(durations, workers):
    """When the last task ends if each worker that is free takes the longest one that waits.

    Parameters
    ----------
    durations : sequence of float
        Of tasks that need nothing of each other.
    workers : int

    Returns
    -------
    float
        In the unit of the durations.
    """
    free_at = [0.0] * workers
    heapify(free_at)
    for duration in sorted(durations, reverse=True):
        heapreplace(free_at, free_at[0] + duration)
    return max(free_at)


def plan(trainings, cluster, *, images=1251, folds=4):
    """What a list of trainings takes on a cluster.

    Parameters
    ----------
    trainings : list of CoroNetRecipe
        One entry for each training: ten seeds on four folds are forty.
    cluster : Cluster
    images : int
        Of the whole collection.
    folds : int
        One is held out; of the others the recipe sets its validation share aside.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If there is nothing to plan, or :func:`step` refuses a recipe.
    """
    if not trainings or images < 1 or folds < 2:
        raise ValueError("a plan wants at least one training, one image and two folds")
    hours, alone, moved = [], 0.0, 0.0
    for recipe in trainings:
        trained = images * (1 - 1 / folds) * (1 - (recipe.validation or 0))
        steps = recipe.epochs * ceil(trained / recipe.batch_size)
        hours.append(steps * step(recipe, cluster).seconds / 3600)
        alone += steps * recipe.batch_size * area(recipe) / cluster.rate / 3600
        sent = 2 * (cluster.together - 1) * (GRADIENT_BYTES + MESSAGES_A_NORM * 8 * NORM_CHANNELS)
        moved += steps * sent + cluster.together * images * recipe.size**2
    until = last_ends(hours, cluster.devices // cluster.together)
    paid = until * cluster.devices
    return Plan(
        hours=until,
        device_hours=paid,
        money=paid * cluster.price,
        memory_gb=max(gigabytes(recipe, recipe.batch_size // cluster.together) for recipe in trainings),
        moved_gb=moved / 1e9,
        efficiency=alone / paid,
    )
