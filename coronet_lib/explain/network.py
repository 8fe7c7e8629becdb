"""A trained network, opened: at its logits, and at each layer through which everything goes."""

from functools import cached_property

import keras
import numpy as np
from keras import layers

from coronet_lib.classes import class_names
from coronet_lib.training.batches import as_rgb
from coronet_lib.training.devices import gradient
from coronet_lib.training.fitting import predict

_CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
_FINE = 9  # cells along an edge; each cell of a coarser map sees most of the X-ray


class OpenNetwork:
    """A trained network whose logits, inner maps and slopes can be had.

    Parameters
    ----------
    model : keras.Model
        From pixels, (batch, size, size, 3), 0 to 255, to class probabilities (batch, k).

    Raises
    ------
    ValueError
        If its last layer is not dense with a softmax.
    """

    def __init__(self, model):
        last = model.layers[-1]
        if not isinstance(last, layers.Dense) or last.activation is not keras.activations.softmax:
            raise ValueError(f"the network ends in {last.name}, wanted a dense layer with a softmax")
        linear = layers.Dense(last.units, name="logits", dtype="float32")
        self.model, self._logits, self._opened = model, keras.Model(model.input, linear(last.input)), {}
        linear.set_weights(last.get_weights())
        self.size, self.classes = model.input_shape[1], class_names(last.units)

    def logits(self, images):
        """What the softmax makes probabilities of: images (n, size, size, 1 or 3), 0 to 255, to (n, k)."""
        return predict(self._logits, images)

    def slope(self, x, target, head=None):
        """How fast the logit of each image's ``target`` grows with each of its numbers; shape of ``x``.

        These are its pixels, or its map at a layer, if ``head`` is what :meth:`open_at` gave for that.
        """
        head, wanted = head or self._logits, np.eye(len(self.classes), dtype=np.float32)[target]
        return gradient(lambda x: head(x) * wanted, x)

    @cached_property
    def layers(self):
        """Where it can be opened: the name of each layer, to the edge of its map in cells; input first.

        A layer beside a shortcut is none of them: its map would lack what goes past it.
        """
        steps = self.model.operations[1:]  # all but the input
        last_use = {id(x): place for place, step in enumerate(steps) for x in keras.tree.flatten(step.input)}
        found, alive, convolved = {}, set(), False
        for place, step in enumerate(steps):
            alive = {x for x in alive if last_use[x] > place} | {id(step.output)}
            convolved = convolved or isinstance(step, _CONVOLUTIONS)
            if convolved and len(alive) == 1 and len(step.output.shape) == 4:
                found[step.name] = step.output.shape[1]
        return found

    def open_at(self, layer=None):
        """The parts before and behind a layer.

        Parameters
        ----------
        layer : str, optional
            One of :attr:`layers`; by default the last whose map has 9 cells an edge or more.

        Returns
        -------
        features : callable
            From images to the layer's map, float32 (n, h, w, channels).
        head : keras.Model
            From that to logits.

        Raises
        ------
        ValueError
            If there is no such layer, or no convolution at all.
        """
        if not self.layers:
            raise ValueError(
                "the network has no convolution, so no map to open it at; saliency, integrated-gradients and "
                "occlusion ask its pixels"
            )
        fine = [name for name, edge in self.layers.items() if edge >= _FINE]
        layer = layer or (fine or [*self.layers])[-1]
        if layer not in self.layers:
            raise ValueError(f"the network cannot be opened at {layer!r}; it can at {', '.join(self.layers)}")
        if layer not in self._opened:
            cut = self.model.get_layer(layer).output
            before = keras.Model(self.model.input, cut)
            self._opened[layer] = (
                lambda images: keras.ops.convert_to_numpy(before(as_rgb(images))),
                keras.Model(cut, self._logits.output),
            )
        return self._opened[layer]
