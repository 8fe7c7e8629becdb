"""Wrong answers to the exercises of chapter 18, and what the checks say of each."""

import numpy as np
from chapters import published
from refused import refuses
from sklearn.metrics import f1_score

from coronet_lib import checks
from coronet_lib.training.plan import Cluster


def test_the_ring_by_the_library_itself():
    assert checks.ring_seconds(Cluster(devices=4, together=4, gigabits=8, latency=0).all_reduce(100e6))


test_ring_seconds = refuses(
    checks.ring_seconds,
    [
        (0.075, "way round once"),
        (0.6, "each message is a piece"),
        (0.2, "one message fewer"),
        (0.1, "whole gradient once"),
        (1.2, "bits or bytes"),
        (150, "milliseconds"),
        (0.16, "count the messages"),
        ("0.15", "one number"),
    ],
)


def whole(counts, means, variances):
    return published(18, 2)["whole_statistics"](counts, means, variances)


def test_statistics_of_parts_are_those_of_the_whole():
    parts = [np.random.default_rng(n).normal(n, n, (n, 2)) for n in (2, 5, 9)]
    means, variances = (np.stack([f(part, axis=0) for part in parts]) for f in (np.mean, np.var))
    values = np.concatenate(parts)
    np.testing.assert_allclose(
        whole(np.array([2, 5, 9]), means, variances), [values.mean(axis=0), values.var(axis=0)]
    )


def of_means(counts, means, variances):
    mean = np.average(means, axis=0, weights=counts)
    return np.stack([mean, np.average((means - mean) ** 2, axis=0, weights=counts)])


def unweighted(counts, means, variances):
    mean = means.mean(axis=0)
    return np.stack([mean, (variances + (means - mean) ** 2).mean(axis=0)])


test_whole_statistics = refuses(
    checks.whole_statistics,
    [
        (lambda n, m, v: np.stack([m.mean(0), v.mean(0)]), "the devices' means differ, too"),
        (
            lambda n, m, v: np.stack([np.average(m, axis=0, weights=n), np.average(v, axis=0, weights=n)]),
            "the devices' means differ, too",
        ),
        (of_means, "within each device images differ"),
        (unweighted, "counts for more"),
        (lambda n, m, v: whole(n, m, v)[::-1], "the mean comes first"),
        (lambda n, m, v: np.stack([whole(n, m, v)[0], whole(n, m, v)[1] ** 0.5]), "this is its root"),
        (
            lambda n, m, v: whole(n, m, v) * np.array([[1], [n.sum() / (n.sum() - 1)]]),
            "not by one less",
        ),
        (lambda n, m, v: whole(n, m, v) + 1, "which sums over all images"),
        (lambda n, m, v: whole(n, m, v)[0], r"wanted is \(2, 3\)"),
    ],
)


test_warmed_up = refuses(
    checks.warmed_up,
    [
        (lambda s, r, t, n: r * t * min(s / n, 1), "begins at `rate`"),
        (lambda s, r, t, n: r * t * min((s + 1) / n, 1), "not at nought, and steps are counted from 0"),
        (lambda s, r, t, n: r * (1 + (t - 1) * s / n), "stays as it is"),
        (lambda s, r, t, n: r, "the batch is larger"),
        (lambda s, r, t, n: r * t, "without a warm-up"),
        (lambda s, r, t, n: r * (1 + (t**0.5 - 1) * min(s / n, 1)), "without a root"),
        (lambda s, r, t, n: r * (1 + (t - 1) * min((s + 1) / n, 1)), "counted from 0"),
        (lambda s, r, t, n: r * t ** min(s / n, 1), "by the same amount"),
        (lambda s, r, t, n: 2 * r * (1 + (t - 1) * min(s / n, 1)), "where does the line begin"),
        (lambda s, r, t, n: None, "returns nothing"),
    ],
)


def macro_f(matrix):
    classes = len(matrix)
    true, named = (np.repeat(side.ravel(), matrix.ravel()) for side in np.indices(matrix.shape))
    return f1_score(true, named, labels=range(classes), average="macro", zero_division=0)


def merged(matrices):
    return published(18, 4)["merged_f"](matrices)


def test_merged_is_what_sklearn_says_of_all():
    for seed in range(3):
        matrices = np.random.default_rng(seed).integers(0, 9, (3, 4, 4))
        assert np.isclose(merged(matrices), macro_f(matrices.sum(axis=0)))


def each(matrices):
    return np.array([macro_f(matrix) for matrix in matrices])


test_merged_f = refuses(
    checks.merged_f,
    [
        (lambda m: each(m).mean(), "add up their counts"),
        (lambda m: np.average(each(m), weights=m.sum(axis=(1, 2))), "none of the whole"),
        (lambda m: np.trace(m.sum(axis=0)) / m.sum(), "which is the micro-F"),
        (
            lambda m: np.average(
                2 * m.sum(0).diagonal() / np.maximum(m.sum(0).sum(0) + m.sum(0).sum(1), 1),
                weights=m.sum(0).sum(1),
            ),
            "each class counts the same",
        ),
        (
            lambda m: merged(m) * len(m[0]) / ((m.sum(0).sum(0) + m.sum(0).sum(1)) > 0).sum(),
            "has been left out",
        ),
        (lambda m: merged(m) / 2, "before anything is divided"),
        (lambda m: "F", "one number"),
    ],
)
