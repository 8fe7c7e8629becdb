"""What every NumPy layer asks of its arguments: real numbers, of shapes that fit each other."""

import numpy as np


def floats(*arrays):
    """The arrays in one floating type: NumPy's common one, or float64 for integers.

    Parameters
    ----------
    *arrays : array of any shape, or None

    Returns
    -------
    list of array
        ``None`` stays ``None``.

    Raises
    ------
    TypeError
        If one does not hold real numbers.
    """
    arrays = [None if a is None else np.asarray(a) for a in arrays]
    dtype = np.result_type(*(a for a in arrays if a is not None))
    if dtype.kind not in "biuf":
        raise TypeError(f"layers want real numbers, got arrays of dtype {dtype}")
    if dtype.kind != "f":
        dtype = np.dtype(np.float64)
    return [None if a is None else a.astype(dtype, copy=False) for a in arrays]


def check_shape(name, array, *wanted):
    """Refuse an array of another shape.

    Parameters
    ----------
    name : str
        What the message calls it.
    array : array of any shape
    *wanted : int or str
        For each axis its length, or a word for an axis of any length.

    Raises
    ------
    ValueError
        If the array has another number of axes, or one of another length.
    """
    fits = array.ndim == len(wanted) and all(
        isinstance(length, str) or length == got for length, got in zip(wanted, array.shape, strict=True)
    )
    if not fits:
        axes = ", ".join(map(str, wanted)) + ("," if len(wanted) == 1 else "")
        raise ValueError(f"{name} wants shape ({axes}), got shape {array.shape}")


def pair(name, value):
    """Both numbers of what is given as one for both directions, or as two.

    Parameters
    ----------
    name : str
        What the message calls it.
    value : int or (int, int)

    Returns
    -------
    vertical, horizontal : int

    Raises
    ------
    ValueError
        If it is neither a positive integer nor a pair of them.
    """
    both = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(both) != 2 or not all(isinstance(v, int | np.integer) and v >= 1 for v in both):
        raise ValueError(f"{name} wants a positive integer or a pair of them, got {value!r}")
    return both
