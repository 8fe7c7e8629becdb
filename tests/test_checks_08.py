"""Wrong answers to the exercises of chapter 8, and what the checks say of each."""

import numpy as np
from refused import refuses

from coronet_lib import checks

test_images_to_go = refuses(
    checks.images_to_go,
    [
        (1136, "how many stay"),
        (46, "all four"),
        (69, "added"),
        (164, "1,300 of the text"),
        (115 - 26, "larger classes is left out"),
        (115 - 43, "larger classes is left out"),
        (31, "not to their mean"),
        (100, "take from each class"),
        ("115", "one number of images"),
    ],
)


test_leak_chance = refuses(
    checks.leak_chance,
    [
        (lambda k, n: n ** (1.0 - k), "fall together"),
        (lambda k, n: 1 - n ** (-float(k)), "may fall anywhere"),
        (lambda k, n: 1 - 1 / n, "two images"),
        (lambda k, n: (1 - 1 / n) ** (k - 1), "no other image follows"),
        (lambda k, n: 1 - (1 - 1 / n) ** (k - 1), "at least one follows"),
        (lambda k, n: (k - 1) * (1 - 1 / n), "multiply"),
        (lambda k, n: 0.5, "^for 3 images in 4 folds: the chance is another"),
        (lambda k, n: 1 - n ** (1.0 - k) if k > 1 else 1.0, "^for 1 image in 4 folds"),
        (lambda k, n: (k, n), "one chance"),
    ],
)


def dealing(fold_of_patient):
    """An answer that looks up for each image what ``fold_of_patient(people, n, rng)`` has drawn."""

    def deal(patients, n, seed):
        ids, patient_of = np.unique(patients, return_inverse=True)
        return np.asarray(fold_of_patient(len(ids), n, np.random.default_rng(seed)))[patient_of]

    return deal


def by_runs(patients, n, seed):
    """As if the images of a patient stood next to each other: patients that begin in a fold stay there."""
    fold_of = np.random.default_rng(seed).permutation(len(patients)) % n + 1
    same = np.r_[False, patients[1:] == patients[:-1]]
    return fold_of[np.maximum.accumulate(np.where(same, 0, np.arange(len(patients))))]


def but_one(patients, n, seed):
    """Whole patients but for one, who has an image in another fold."""
    fold_of = dealing(lambda people, n, rng: rng.permutation(people) % n + 1)(patients, n, seed)
    ids, images = np.unique(patients, return_counts=True)
    place = np.flatnonzero(patients == ids[images.argmax()])[0]
    fold_of[place] = fold_of[place] % n + 1
    return fold_of


test_deal_by_patient = refuses(
    checks.deal_by_patient,
    [
        (lambda p, n, seed: np.random.default_rng(seed).permutation(len(p)) % n + 1, "you deal images"),
        (by_runs, "more than one fold"),
        (but_one, r"^1 of 23 patients are in more than one fold; .* next to each other"),
        (dealing(lambda people, n, rng: rng.permutation(people) % n), "counted from 1"),
        (
            dealing(lambda people, n, rng: rng.permutation(people) + 1),
            "asked for 4 folds, 1 to 4; .* 1 to 23",
        ),
        (dealing(lambda people, n, rng: rng.integers(1, n + 1, people)), "deal them like cards"),
        (dealing(lambda people, n, rng: np.ones(people, int)), "the folds have 23, 0, 0, 0 patients"),
        (dealing(lambda people, n, rng: np.arange(people) % n + 1), "another seed deals the same"),
        (
            dealing(lambda people, n, rng: np.random.default_rng().permutation(people) % n + 1),
            "same seed deals other",
        ),
        (dealing(lambda people, n, rng: (rng.permutation(people) % n + 1).astype(float)), "whole numbers"),
        (lambda p, n, seed: np.random.default_rng(seed).permutation(len(np.unique(p))) % n + 1, "shape"),
        (lambda p, n, seed: [1] * len(p), "NumPy array"),
    ],
)
