"""Checks of chapter 8: balancing Table I, how many patients leak, and folds that share none."""

import numpy as np

from coronet_lib import paper
from coronet_lib.checks.answer import array, call, given, match, match_calls, number
from coronet_lib.checks.verdict import Wrong, exercise


@exercise(8, 1)
def images_to_go(answer):
    """How many images must go until the four classes of Table I are exactly balanced.

    Parameters
    ----------
    answer : int
    """
    images = np.array(list(paper.TABLE_I.values()))
    total, smallest, largest = images.sum(), images.min(), images.max()
    match(
        number(answer, "number of images"),
        total - 4 * smallest,
        "take from each class what it has more than the smallest one.",
        {
            "this is how many stay; wanted is how many go.": 4 * smallest,
            "this is what one class has more than another; go through all four.": largest - smallest,
            "so many would have to be added, to reach the largest class; wanted is how many go.": (
                4 * largest - total
            ),
            "this begins with the 1,300 of the text; the classes of the table have fewer.": (
                paper.TOTAL_TEXT - 4 * smallest
            ),
            "one of the larger classes is left out.": [
                total - 4 * smallest - (n - smallest) for n in images if n > smallest
            ],
            "all classes shrink to the smallest one, not to their mean.": (
                np.maximum(images - images.mean().round(), 0).sum()
            ),
        },
    )
    return "About a tenth of all images, and none of COVID-19, the smallest class."


@exercise(8, 2)
def leak_chance(answer):
    """How likely it is that a patient leaks whose images are dealt into folds by chance.

    Parameters
    ----------
    answer : callable
        Takes the patient's number of images and the number of folds; returns a float.
    """
    match_calls(
        answer,
        [given(images, folds) for images, folds in ((3, 4), (2, 10), (4, 2), (1, 4))],
        lambda images, folds: 1 - (1 / folds) ** (images - 1),
        "the chance is another; let the first image fall anywhere, and ask how likely the others follow it.",
        read=lambda result: number(result, "chance"),
        case=lambda images, folds: f"for {images} image{'s' * (images > 1)} in {folds} folds",
        mistakes=lambda right, images, folds: {
            "this is the chance that all of them fall together; the patient leaks if they do not.": 1 - right,
            "this is the chance that not all fall into fold 1; the first image may fall anywhere.": (
                1 - (1 / folds) ** images
            ),
            "this is the chance of two images; here each of the others has to follow the first.": 1
            - 1 / folds,
            "this is the chance that no other image follows the first; one that does not is enough.": (
                (1 - 1 / folds) ** (images - 1)
            ),
            "this is the chance that at least one follows the first; the patient leaks if one does not.": (
                1 - (1 - 1 / folds) ** (images - 1)
            ),
            "this grows with every image beyond all chances; chances of independent draws multiply.": (
                (images - 1) * (1 - 1 / folds)
            ),
        },
    )
    return "Of two images in four folds, three pairs of four leak; with a single image nobody does."


@exercise(8, 3)
def deal_by_patient(answer):
    """Folds that share no patient, with nearly as many patients each.

    Parameters
    ----------
    answer : callable
        Takes the patient of each image, str array of shape (images,), the number of folds and a seed;
        returns the fold of each image, 1 to n, int array of shape (images,).
    """
    axes = "(images,): a fold for each image"
    for people, n in ((23, 4), (40, 3)):
        rng = np.random.default_rng(people)
        patients = rng.permutation(
            np.repeat([f"patient-{i:03}" for i in range(people)], rng.integers(1, 5, people))
        )
        fold_of = array(call(answer, patients, n, 0), patients.shape, axes, kind="iu")
        _whole_patients(fold_of, patients, n)
        if not np.array_equal(call(answer, patients, n, 0), fold_of):
            raise Wrong("the same seed deals other folds the second time; is it used?")
        if np.array_equal(call(answer, patients, n, 1), fold_of):
            raise Wrong("another seed deals the same folds; is it used?")
    return (
        "Nobody is in two folds. What `folds` does beyond that: it gives each fold its share of every class."
    )


def _whole_patients(fold_of, patients, n):
    """Whether folds 1 to n share no patient and have nearly as many each."""
    if fold_of.min() == 0 and fold_of.max() < n:
        raise Wrong("folds are counted from 1, and yours from 0.")
    if fold_of.min() < 1 or fold_of.max() > n:
        raise Wrong(f"asked for {n} folds, 1 to {n}; yours go from {fold_of.min()} to {fold_of.max()}.")
    ids, patient_of = np.unique(patients, return_inverse=True)
    in_folds = np.unique(np.stack([patient_of, fold_of]), axis=1)  # each pair of patient and fold, once
    leaked = np.count_nonzero(np.bincount(in_folds[0]) > 1)
    if leaked > len(ids) / 3:
        raise Wrong(
            f"{leaked} of {len(ids)} patients are in more than one fold: you deal images. Draw a fold for "
            "each patient, then look it up for each image."
        )
    if leaked:
        raise Wrong(
            f"{leaked} of {len(ids)} patients are in more than one fold; images of one patient need not "
            "stand next to each other."
        )
    sizes = np.bincount(in_folds[1], minlength=n + 1)[1:]
    if np.ptp(sizes) > 1:
        raise Wrong(
            f"the folds have {', '.join(map(str, sizes))} patients; deal them like cards, so that no fold "
            "has more than one patient more than another."
        )
