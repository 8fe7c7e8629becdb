"""Checks of chapter 18: a ring, a batch in parts, a rate that warms up, and counts that are added up."""

import numpy as np

from coronet_lib.checks.answer import given, match, match_calls, number
from coronet_lib.checks.verdict import exercise


@exercise(18, 1)
def ring_seconds(answer):
    """Seconds until four devices have the sum of 100 MB each, at 1,000 MB a second.

    Parameters
    ----------
    answer : float
    """
    devices, seconds = 4, 100 / 1000  # the second is how long the whole takes on its way to a neighbour
    pieces = seconds / devices
    match(
        number(answer),
        2 * (devices - 1) * pieces,
        "count the messages that one device sends, and how large each is.",
        {
            "that is the way round once, in which the pieces become sums; then all must be told.": (
                devices - 1
            )
            * pieces,
            "each message is a piece, a quarter of the gradient, and not all of it.": 2
            * (devices - 1)
            * seconds,
            "who makes the last addition need not send it to the first: one message fewer each time.": 2
            * devices
            * pieces,
            "that is one device sending its whole gradient once.": seconds,
            "that is all going through one device, which gets three gradients and sends three.": 6 * seconds,
            "bits or bytes? 8 gigabits are 1,000 megabytes.": [1.2, 8 * 0.15, 0.15 / 8],
            "that is in milliseconds; wanted are seconds.": 150,
        },
    )
    return "With ever more devices it comes near 0.2 seconds, and never there."


def _parts():
    """Counts, means and variances of channels on several devices."""
    for counts in ((5, 5, 5), (3, 8, 1, 20)):
        rng = np.random.default_rng(sum(counts))
        values = [rng.normal(rng.normal(0, 2, 3), 1, (count, 3)) for count in counts]
        statistics = (np.stack([f(part, axis=0) for part in values]) for f in (np.mean, np.var))
        yield given(np.array(counts), *statistics)


def _whole(counts, means, variances):
    mean = np.average(means, axis=0, weights=counts)
    return np.stack([mean, np.average(variances + (means - mean) ** 2, axis=0, weights=counts)])


@exercise(18, 2)
def whole_statistics(answer):
    """Mean and variance of a batch that lies on several devices.

    Parameters
    ----------
    answer : callable
        Takes int counts of shape (devices,), float means and variances of shape (devices, channels); returns
        a float array of shape (2, channels).
    """
    match_calls(
        answer,
        _parts(),
        _whole,
        "mean or variance is off; which sums over all images do you have, and which follow from them?",
        axes="(mean and variance, channels)",
        case=lambda counts, *_: f"with {', '.join(map(str, counts))} images",
        mistakes=_whole_wrongly,
    )
    return "Two numbers a channel and a count go over the wire from each device, of however many X-rays."


def _whole_wrongly(right, counts, means, variances):
    """Wrong statistics, and what to say then."""
    mean, variance = right
    within = np.average(variances, axis=0, weights=counts)
    plain = means.mean(axis=0)
    spread = np.average((means - mean) ** 2, axis=0, weights=counts)
    total = counts.sum()
    every = {
        "the variance is the mean of the variances only; the devices' means differ, too.": [
            np.stack([mean, within]),
            np.stack([plain, variances.mean(axis=0)]),
        ],
        "the variance is that of the devices' means only; within each device images differ, too.": np.stack(
            [mean, spread]
        ),
        "wanted is the variance, and this is its root.": np.stack([mean, np.sqrt(variance)]),
        "divide by the number of images, as batch normalisation does, and not by one less.": np.stack(
            [mean, variance * total / (total - 1)]
        ),
        "the mean comes first, then the variance.": right[::-1],
    }
    if len(set(counts)) > 1:
        unweighted = (variances + (means - plain) ** 2).mean(axis=0)
        every["a device with more images counts for more."] = np.stack([plain, unweighted])
    return every


@exercise(18, 3)
def warmed_up(answer):
    """The learning rate of a step, after a gradual warm-up to that of a larger batch.

    Parameters
    ----------
    answer : callable
        Takes a step (int), a rate (float), how many times as large the batch is and the number of steps of
        the warm-up (int); returns a float.
    """
    cases = [
        given(step, 0.1, times, steps) for times, steps in ((8, 20), (3, 5)) for step in (0, 2, 5, 20, 100)
    ]
    match_calls(
        answer,
        cases,
        lambda step, rate, times, steps: rate * (1 + (times - 1) * min(step / steps, 1)),
        "that is not the rate; where does the line begin, where does it end, and what comes after?",
        read=number,
        case=lambda step, rate, times, steps: f"in step {step} of {steps}, for {times} times the batch",
        mistakes=_warmed_wrongly,
    )
    return "Nothing else of the training had to change."


def _warmed_wrongly(right, step, rate, times, steps):
    """Wrong rates, and what to say then."""
    share = min(step / steps, 1)
    known = {
        "the line begins at `rate` and not at nought.": rate * times * share,
        "the line begins at `rate` and not at nought, and steps are counted from 0.": rate
        * times
        * min((step + 1) / steps, 1),
        "after the warm-up the rate stays as it is.": rate * (1 + (times - 1) * step / steps),
        "that is the rate of the small batch; the batch is larger.": rate,
        "that is the full rate at once, without a warm-up.": rate * times,
        "the rule is linear: times as large a batch, times the rate, without a root.": rate
        * (1 + (times**0.5 - 1) * share),
        "steps are counted from 0.": rate * (1 + (times - 1) * min((step + 1) / steps, 1)),
        "the rate rises by the same amount in each step, not by the same factor.": rate * times**share,
    }
    return {message: value for message, value in known.items() if not np.isclose(value, right)}


def _f(matrix):
    """F of each class, and 0 of a class that is neither there nor named."""
    true = np.diagonal(matrix, axis1=-2, axis2=-1)
    return 2 * true / np.maximum(matrix.sum(axis=-1) + matrix.sum(axis=-2), 1)


@exercise(18, 4)
def merged_f(answer):
    """The macro-F of a test whose answers several workers counted.

    Parameters
    ----------
    answer : callable
        Takes an int array of shape (workers, classes, classes), true classes in rows; returns a float.
    """
    rng = np.random.default_rng(18)
    sorted_by_class = np.zeros((3, 3, 3), int)
    for worker in range(3):
        sorted_by_class[worker, worker] = [2, 3, 4]
    unequal = rng.integers(0, 9, (4, 4, 4)) * np.array([1, 1, 2, 8])[:, None, None]
    missing = np.array([[[5, 1, 0], [2, 6, 0], [0, 0, 0]], [[3, 2, 0], [0, 4, 0], [0, 0, 0]]])
    match_calls(
        answer,
        [given(matrices) for matrices in (unequal, sorted_by_class, missing)],
        lambda matrices: _f(matrices.sum(axis=0)).mean(),
        "that is not the macro-F of all X-rays; what must be added up before anything is divided?",
        read=number,
        case=lambda matrices: f"with {len(matrices)} workers and {matrices.shape[1]} classes",
        mistakes=_merged_wrongly,
    )
    return "A worker hands over sixteen counts, and the whole is as if nobody had shared it."


def _merged_wrongly(right, matrices):
    """Wrong macro-Fs, and what to say then."""
    whole, sizes = matrices.sum(axis=0), matrices.sum(axis=(1, 2))
    each, support = _f(matrices), whole.sum(axis=1)
    named = whole.sum(axis=0) + support > 0
    known = {
        "a mean of the workers' F-measures is no F-measure of the whole; add up their counts.": each.mean(),
        "weighted by size, a mean of F-measures is still none of the whole.": np.average(
            each.mean(axis=1), weights=sizes
        ),
        "that is the accuracy, which is the micro-F; wanted is the mean over classes.": np.trace(whole)
        / whole.sum(),
        "each class counts the same in a macro-F, however many X-rays it has.": np.average(
            _f(whole), weights=support
        ),
        "a class that is neither there nor named counts as 0 here, and has been left out.": _f(whole)[
            named
        ].mean(),
    }
    return {message: value for message, value in known.items() if not np.isclose(value, right)}
