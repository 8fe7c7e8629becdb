"""Checks of chapter 6: depthwise separable convolution."""

import numpy as np

from coronet_lib.checks.answer import array, call, describe, given, match, match_calls, number
from coronet_lib.checks.verdict import Wrong, exercise
from coronet_lib.layers.cost import macs, parameters


@exercise(6, 1)
def separable_weights(answer):
    """How many weights a separable layer has, from 32 to 64 channels, 5 × 5, without biases.

    Parameters
    ----------
    answer : int
    """
    full = parameters("conv2d", 32, 64, 5)
    filters, mixture = parameters("depthwise_conv2d", 32, 32, 5), parameters("pointwise_conv2d", 32, 64)
    match(
        number(answer, "number of weights"),
        filters + mixture,
        "count both steps: a small kernel for each channel in, then a weight for each pair of channels.",
        {
            "these are the weights of a full convolution.": full,
            "this is the depthwise step alone, all that the paper's 1/k counts; mixing counts, too.": filters,
            "this is the pointwise step alone; filtering takes weights, too.": mixture,
            "the weights of the two steps are multiplied; one follows the other.": filters * mixture,
            "there is a bias for each channel out; this layer has none.": filters + mixture + 64,
            "this is the paper's order, which filters the channels that go out.": 64 * 25 + mixture,
            "all channels share one 5 × 5 kernel; each has its own.": 25 + mixture,
            "a 5 × 5 kernel is counted with 5 weights.": 32 * 5 + mixture,
        },
    )
    return "A full layer has eighteen times as many."


@exercise(6, 2)
def mix_first_kernel(answer):
    """The full kernel that mixes the channels first and filters them second.

    Parameters
    ----------
    answer : callable
        Takes pointwise (1, 1, C, k) and depthwise (n, n, k, 1) weights; returns a kernel (n, n, C, k).
    """
    rng = np.random.default_rng(6)
    sizes = ((3, 4, 4), (3, 2, 5), (2, 6, 3))  # as many channels in as out first: wrong orders fit, too
    match_calls(
        answer,
        [given(rng.normal(size=(1, 1, C, k)), rng.normal(size=(n, n, k, 1))) for n, C, k in sizes],
        lambda P, D: P * D.swapaxes(2, 3),
        "the kernel does not do what the two steps do. Which two weights does a number meet on its way from "
        "channel c in to channel o out?",
        axes="(height, width, channels in, channels out)",
        mistakes=_mixed_wrongly,
    )
    return "One full convolution does what the paper's two steps do."


def _mixed_wrongly(right, P, D):
    """What wrong ways to mix first give, and what to say then."""
    patterns = D.swapaxes(2, 3)  # (n, n, 1, k): one for each channel out
    mistakes = {
        "the two weights that a number meets are added; they multiply it one by one.": P + patterns,
        "the patterns are turned by 180°; no kernel is flipped here.": right[::-1, ::-1],
        "height and width of the patterns are exchanged (wrong axis).": right.swapaxes(0, 1),
    }
    if P.shape[2] == P.shape[3]:  # otherwise these orders do not fit
        mistakes |= {
            "this filters first: each pattern belongs to a channel that comes in.": P * D,
            "the mixture has its channels in and out exchanged (wrong axis).": P.swapaxes(2, 3) * patterns,
        }
    return mistakes


@exercise(6, 3)
def nearest_separable(answer):
    """The separable layer whose kernel is nearest to a full one.

    Parameters
    ----------
    answer : callable
        Takes a kernel (n, n, C, k); returns depthwise (n, n, C, 1) and pointwise (1, 1, C, k) weights.
    """
    rng = np.random.default_rng(6)
    for n, C, k in [(3, 4, 5), (5, 2, 3), (3, 3, 1)]:
        kernel = rng.normal(size=(n, n, C, k))
        depthwise, pointwise = _two_arrays(call(answer, kernel))
        if _shape(depthwise) == (1, 1, C, k) and _shape(pointwise) == (n, n, C, 1):
            raise Wrong("the two come in the wrong order; depthwise first, pointwise second.")
        D = array(depthwise, (n, n, C, 1), "the depthwise weights (height, width, channels in, 1)")
        P = array(pointwise, (1, 1, C, k), "the pointwise weights (1, 1, channels in, channels out)")
        wanted, mistakes = _nearest(kernel)
        match(
            D * P,
            wanted,
            f"there is a nearer one: yours has a squared difference of {((D * P - kernel) ** 2).sum():.6g}, "
            f"and {((wanted - kernel) ** 2).sum():.6g} can be had. Are your slices one for each channel in?",
            mistakes,
        )
    return "No separable layer comes nearer."


def _shape(answer):
    """Of an array; a list may be ragged and have none."""
    return answer.shape if isinstance(answer, np.ndarray) else None


def _two_arrays(result):
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong(f"the result is two arrays, depthwise and pointwise; this is {describe(result)}.")
    return result


def _nearest(kernel):
    """The nearest kernel with one pattern for each channel in, and what comes of known mistakes."""
    n, _, C, k = kernel.shape
    U, S, V = np.linalg.svd(np.moveaxis(kernel, 2, 0).reshape(C, n * n, k), full_matrices=False)

    def term(index, power=1):
        product = U[:, :, index, None] * (S[:, index] ** power)[:, None, None] * V[:, index, None]
        return np.moveaxis(product.reshape(C, n, n, k), 0, 2)

    strong = U[:, :, 0] * S[:, :1]
    shuffled = strong.reshape(n, n, C, 1) * V[:, 0].reshape(1, 1, C, k)
    rows_as_columns = strong.T.reshape(n, n, C, 1) * V[:, :, 0].reshape(1, 1, C, k)
    u, s, v = np.linalg.svd(kernel.reshape(n * n, C * k), full_matrices=False)
    shared = (u[:, :1] * s[0] * v[:1]).reshape(kernel.shape)
    mean = np.broadcast_to(kernel.mean(axis=3, keepdims=True), kernel.shape)
    return term(0), {
        "the singular values are missing: the pattern is right, its strength is not.": term(0, 0),
        "the singular values are in twice; put them into one of the two, or a root into each.": term(0, 2),
        "this keeps the least important term; the first of the decomposition is the largest.": term(-1),
        "the patterns' numbers are shuffled: bring the channels last before you reshape.": shuffled,
        "NumPy's third result holds rows, so the first term takes its first row.": rows_as_columns,
        "one pattern serves all channels in; each may have its own.": shared,
        "this is the mean over the channels out: patterns of opposite sign cancel in it.": mean,
    }


@exercise(6, 5)
def largest_multiplier(answer):
    """The depth multiplier up to which a separable layer makes fewer multiplications.

    Parameters
    ----------
    answer : int
        For 728 channels in and out and windows of 3 × 3.
    """
    multiplier, C = number(answer, "whole number"), 728
    if multiplier != round(multiplier) or multiplier < 1:
        raise Wrong(f"a depth multiplier is a whole number from 1 on, and this is {answer}.")
    one = (9 * C - C) // 9  # m · 9 + C < 9 · C
    wanted = max(m for m in range(1, 10) if _multiplied(C, m) < macs("conv2d", C, C, 3))
    match(
        multiplier,
        wanted,
        "the layer makes more multiplications than a full one with this multiplier."
        if multiplier > wanted
        else "the multiplier can be larger, and the layer still makes fewer than a full one.",
        {
            "only the filters are counted. What is there to mix, if each channel has several versions?": C
            - 1,
            "the mixture is counted once. It, too, gets the multiplier's times as many channels in.": one,
        },
    )
    return "One more, and it has every kernel that a full layer can have, and costs more."


def _multiplied(C, multiplier):
    """Multiplications for a pixel of a separable layer with that many patterns for each channel."""
    versions = multiplier * C
    return macs("depthwise_conv2d", C, versions, 3) + macs("pointwise_conv2d", versions, C)
