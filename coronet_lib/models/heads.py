"""The last layer that all systems share, so that one loss and one protocol fit them."""

from keras import layers


def class_scores(units):
    """Dense layer with softmax over ``units`` classes.

    In 32 bits also where the others compute in 16: the loss takes logarithms of it.
    """
    return layers.Dense(units, activation="softmax", dtype="float32", name="head_softmax")
