"""What a map must differ from: maps that asked no network, and those of networks that know nothing."""

import keras
import numpy as np
from scipy.ndimage import gaussian_gradient_magnitude
from scipy.stats import rankdata


def baselines(images, prior, seed=0):
    """Maps that a method should beat, for none of them has asked a network.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width, 1 or 3)
    prior : float array, shape (height, width)
        Where disease tends to be, from other X-rays.
    seed : int

    Returns
    -------
    dict of str to float array, shape (n, height, width)
        ``area``: the same everywhere; ``random``: noise; ``centre``: falls off from the middle; ``prior``: as
        given; ``edges``: how steep the grey levels are.
    """
    grey = np.asarray(images, np.float32).mean(axis=-1)
    down, across = np.meshgrid(*(np.linspace(-1, 1, edge) for edge in grey.shape[1:]), indexing="ij")
    return {
        "area": np.zeros_like(grey),
        "random": np.random.default_rng(seed).random(grey.shape),
        "centre": np.broadcast_to(np.exp(-(down**2) - across**2), grey.shape),
        "prior": np.broadcast_to(prior, grey.shape),
        "edges": np.stack([gaussian_gradient_magnitude(xray, 1.5) for xray in grey]),
    }


def randomised(model, down_to, seed):
    """A network with new random weights from its end down to a layer (Adebayo et al. 2018).

    Parameters
    ----------
    model : keras.Model
    down_to : str
        The first layer, from the input, that is drawn anew.
    seed : int
        Not that of the training: it would draw the weights from which that began.

    Returns
    -------
    keras.Model
    """
    below = model.layers.index(model.get_layer(down_to))
    keras.utils.set_random_seed(seed)
    new = keras.models.clone_model(model)
    for layer, kept in zip(new.layers[:below], model.layers[:below], strict=True):
        layer.set_weights(kept.get_weights())
    return new


def similarity(maps, others):
    """Spearman's rank correlation of each map with its other: whether both put the places in one order.

    Parameters
    ----------
    maps, others : float array, shape (n, height, width)

    Returns
    -------
    float array, shape (n,)
        From -1 to 1; no number, where a map is flat.
    """
    a, b = (rankdata(np.reshape(one, (len(one), -1)), axis=1) for one in (maps, others))
    a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in (a, b))
    return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
