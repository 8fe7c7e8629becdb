"""What a map must differ from: that of a network that knows nothing."""

import keras
import numpy as np
from scipy.stats import rankdata


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
    with np.errstate(invalid="ignore"):  # of a flat map
        return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
