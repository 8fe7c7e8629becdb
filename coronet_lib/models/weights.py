"""Moving weights between Keras's stock Xception and ours, and telling files of weights apart."""

from pathlib import Path

import keras
import numpy as np

from coronet_lib.files import sha256

# Keras leaves the layers of the four strided shortcuts to automatic names, so
# these are matched by their order in the graph and all others by name.
_OURS = "_shortcut"


def weights_identity(weights):
    """What tells the weights that a training starts from, wherever their file lies.

    Parameters
    ----------
    weights : None, "imagenet" or path

    Returns
    -------
    None or str
        As given, but ``"sha256:…"``, of its content, for a file.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    """
    if weights in (None, "imagenet"):
        return weights
    return f"sha256:{sha256(weights_file(weights))}"


def weights_file(path):
    """A path, if a file is there.

    Parameters
    ----------
    path : path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights file at {path}")
    return path


def check_finite(model):
    """Refuse weights that are infinite or no numbers: all scores would be the same.

    Parameters
    ----------
    model : keras.Model

    Raises
    ------
    ValueError
        If there is one; the message names its layer.
    """
    for weight in model.weights:
        if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
            raise ValueError(f"its weight {weight.path} is not everywhere a finite number")


def copy_weights(source, target):
    """Copy every weight of one Xception to the other, in either direction.

    Parameters
    ----------
    source, target : keras.Model
        Each either from :mod:`coronet_lib.models.xception` (with or without a head)
        or from ``keras.applications.Xception(include_top=False)``.

    Raises
    ------
    ValueError
        If a layer has no counterpart of the same shape; nothing has been copied then.
    """
    pairs = _pair_layers(source, target)
    for given, taken in pairs:
        shapes = [w.shape for w in given.weights], [w.shape for w in taken.weights]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{given.name} has weights of shape {shapes[0]}, but {taken.name} wants {shapes[1]}"
            )
    for given, taken in pairs:
        taken.set_weights(given.get_weights())


def _pair_layers(source, target):
    """(source layer, target layer) for every layer of the backbone that has weights."""
    named, shortcuts = _backbone(source)
    wanted, wanted_shortcuts = _backbone(target)
    if missing := sorted(named.keys() ^ wanted.keys()):
        raise ValueError(f"{missing[0]} is in only one of the models {source.name!r} and {target.name!r}")
    return [(named[name], wanted[name]) for name in named] + list(
        zip(shortcuts, wanted_shortcuts, strict=True)
    )


def _backbone(model):
    """Layers with weights: {name: layer} of the named ones, and the shortcuts' in graph order."""
    weighted = [layer for layer in model.layers if layer.weights and not layer.name.startswith("head_")]
    named = {x.name: x for x in weighted if x.name.startswith("block") and _OURS not in x.name}
    shortcuts = [x for x in weighted if x.name not in named]
    # Convolutions before normalisations: the two kinds interleave differently in the two graphs.
    return named, sorted(shortcuts, key=lambda layer: isinstance(layer, keras.layers.BatchNormalization))
