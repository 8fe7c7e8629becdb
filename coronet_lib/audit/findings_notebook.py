"""Findings about the notebook that the authors published beside the paper."""

from math import ceil, floor

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import attainable_fractions
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, wilson
from coronet_lib.audit.matrices import scores

K80_GIGABYTES = 12  # memory of one of the two processors of a Tesla K80


@finding(
    "D10",
    title="The five misses",
    where="Notebook, cell 33",
    claim=f"The model recognises COVID-19: {evidence.NOTEBOOK_EXTRA_COUNTS[0]} of "
    f"{sum(evidence.NOTEBOOK_EXTRA_COUNTS)} further X-rays of it",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=f"{evidence.NOTEBOOK}; {evidence.COHEN} of April 2020",
)
def paediatric_misses():
    from scipy.stats import fisher_exact

    hits, missed = evidence.NOTEBOOK_EXTRA_COUNTS[0], evidence.NOTEBOOK_EXTRA_MISSES
    children = [name for name in missed if "paediatric" in name or "pediatric" in name]
    table = [[hits, len(missed) - len(children)], [0, len(children)]]  # adults, children: found, missed
    p = fisher_exact(table).pvalue
    unseen = hits - evidence.NOTEBOOK_EXTRA_IN_COHEN
    p_unseen = fisher_exact([[unseen, table[0][1]], table[1]]).pvalue
    return Recomputed(
        {"table": table, "p": float(f"{p:.2g}"), "p without known names": float(f"{p_unseen:.2g}")},
        # An association this strong leaves open which of the two the model recognises.
        Verdict.NOT_REPRODUCIBLE if p < 0.001 else Verdict.HOLDS,
        f"{len(children)} of the {len(missed)} misses are the files named “paediatric”, and no other file "
        f"is (Fisher's exact test p = {p:.1g}). All other classes come from a children's hospital: an age "
        f"detector would do just that, so it is open which of the two was recognised. "
        f"Rival explanation: {evidence.NOTEBOOK_EXTRA_IN_COHEN} of the {hits} "
        f"may have been training images; without them it is {unseen} of {unseen} against 0 of "
        f"{len(children)} (p = {p_unseen:.1g}).",
    )


def _folder_accuracy():
    """Correct images of the first evaluation and of the matrix, and the folder's size."""
    n = evidence.NOTEBOOK_TEST
    printed = str(evidence.NOTEBOOK_FIRST_ACCURACY)
    (first,) = attainable_fractions(n, printed, how="rounded", scale=1)
    return first, int(np.trace(evidence.NOTEBOOK_MATRIX)), n


@finding(
    "N1",
    title="A first accuracy",
    where="Notebook, cells 22 and 26",
    claim=f"Test accuracy {evidence.NOTEBOOK_FIRST_ACCURACY} on {evidence.NOTEBOOK_TEST} images, and the "
    "matrix of finding N2 later in the session",
    verdict=Verdict.INCONSISTENT,
    source=evidence.NOTEBOOK,
)
def first_accuracy():
    first, second, n = _folder_accuracy()
    low, high = wilson(first, n)
    return Recomputed(
        {"first": first, "second": second, "images": n},
        Verdict.HOLDS if first == second else Verdict.INCONSISTENT,
        f"{first} of {n} are right at first ({low:.1f} to {high:.1f} %), {second} of {n} after other "
        "weights are loaded. Which of the two is the paper's model is not recorded.",
    )


@finding(
    "N2",
    title="A second accuracy",
    where="Notebook, cell 26",
    claim=f"A 4-class confusion matrix of {evidence.NOTEBOOK_MATRIX.sum()} images",
    verdict=Verdict.HOLDS,
    source=evidence.NOTEBOOK,
)
def second_accuracy():
    _, correct, n = _folder_accuracy()
    computed = scores(evidence.NOTEBOOK_MATRIX)
    low, high = wilson(correct, n)
    return Recomputed(
        {"correct": correct, "images": n, "COVID-19 recall": computed["recall", 0]},
        Verdict.HOLDS if evidence.NOTEBOOK_MATRIX.sum() == n else Verdict.INCONSISTENT,
        f"{correct} of {n} are {computed['accuracy']:.2f} % ({low:.1f} to {high:.1f} %), close to the "
        f"paper's {paper.TABLE_III_AVERAGE.accuracy} %. All {evidence.NOTEBOOK_MATRIX[0].sum()} COVID-19 "
        "images are found.",
    )


@finding(
    "N3",
    title="A perfect accuracy",
    where="Notebook, cell 29",
    claim=f"Test accuracy {evidence.NOTEBOOK_PERFECT_ACCURACY}",
    verdict=Verdict.WRONG,
    inference=True,
    source=evidence.NOTEBOOK,
)
def perfect_accuracy():
    steps, batch = evidence.NOTEBOOK_PERFECT_STEPS, evidence.NOTEBOOK_BATCH
    sizes = [n for n in range(1, 1000) if ceil(n / batch) == steps]
    test = sum(paper.THREE_CLASS_TEST.values())
    return Recomputed(
        {"images looked at": steps, "images in the folder": [sizes[0], sizes[-1]]},
        Verdict.HOLDS if steps >= sizes[0] else Verdict.WRONG,
        "The generator hands out one image a step, but the number of steps was divided by the batch of "
        f"{batch}: only {steps} of {sizes[0]} to {sizes[-1]} images were looked at (the paper's {test} "
        "fit), unshuffled, all of the first class.",
    )


@finding(
    "N4",
    title="A later evaluation folder",
    where="Later notebook",
    claim=f"{evidence.NOTEBOOK_LATER_IMAGES} images of {evidence.NOTEBOOK_LATER_CLASSES} classes",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    source=f"{evidence.NOTEBOOK_LATER}; {evidence.RADIOGRAPHY}",
)
def radiography_database():
    counts = evidence.RADIOGRAPHY_IMAGES
    same = sum(counts.values()) == evidence.NOTEBOOK_LATER_IMAGES
    return Recomputed(
        {"images": sum(counts.values()), "classes": len(counts)},
        Verdict.HOLDS if same and len(counts) == evidence.NOTEBOOK_LATER_CLASSES else Verdict.INCONSISTENT,
        f"The Radiography Database has {' + '.join(map(str, counts.values()))} = {sum(counts.values())} "
        f"images in {len(counts)} classes; a hidden or empty folder would make one more and shift every "
        "class index. Its normal and viral images come from the same Kaggle collection as the training "
        "images.",
    )


@finding(
    "N5",
    title="Cross-validation in the code",
    where="Notebook against the training section",
    claim=f"{paper.RECIPE.folds}-fold cross-validation",
    verdict=Verdict.NOT_REPRODUCIBLE,
    source=evidence.NOTEBOOK,
)
def cross_validation():
    held_out = evidence.NOTEBOOK_VALIDATION
    total = evidence.NOTEBOOK_TRAIN + held_out
    fold = total / paper.RECIPE.folds
    return Recomputed(
        round(held_out / total, 3),
        Verdict.HOLDS if floor(fold) <= held_out <= ceil(fold) else Verdict.NOT_REPRODUCIBLE,
        f"The code holds out {held_out} of {total} images once ({100 * held_out / total:.1f} %); a fold of "
        f"{paper.RECIPE.folds} would be {fold:.0f}. No version contains folds, so Tables III and IV cannot "
        "be rerun.",
    )


@finding(
    "N6",
    title="Class names and folders",
    where="Notebook",
    claim=f"Classes in the order {', '.join(evidence.NOTEBOOK_NAMES)}",
    verdict=Verdict.INCONSISTENT,
    source=evidence.NOTEBOOK,
)
def class_order():
    order = sorted(evidence.NOTEBOOK_FOLDERS)  # as Keras numbers class folders
    covid = next(index for index, name in enumerate(order) if "covid" in name)
    return Recomputed(
        order,
        Verdict.HOLDS if covid == evidence.NOTEBOOK_NAMES.index("covid") else Verdict.INCONSISTENT,
        f"The listed training folder has {len(order)} classes, {', '.join(order)}: COVID-19 is number "
        f"{covid} there, and 0 in the hard-coded names. Folders of two tasks are mixed in one notebook.",
    )


@finding(
    "B2",
    title="ZCA whitening",
    where="Notebook, generator options",
    claim="The generator is asked to whiten the images (ZCA)",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    source=evidence.NOTEBOOK,
)
def zca_memory():
    features = evidence.NOTEBOOK_IMAGE_SIZE**2 * evidence.NOTEBOOK_CHANNELS
    gigabytes = features**2 * np.dtype(np.float32).itemsize / 1e9
    return Recomputed(
        round(gigabytes, 1),
        Verdict.HOLDS if gigabytes < K80_GIGABYTES else Verdict.INCONSISTENT,
        f"Whitening {features:,} values an image needs a matrix of {gigabytes:.1f} GB, and the generator "
        "was never fitted to the data: the option has no effect but a warning.",
    )


@finding(
    "B7",
    title="A random split",
    where="Training section against the notebook",
    claim="The training set is divided at random",
    verdict=Verdict.INCONSISTENT,
    source=f"{evidence.NOTEBOOK}; {evidence.RELEASED}",
)
def first_fifth():
    test = evidence.NOTEBOOK_MATRIX.sum(axis=1)
    train = [count - held for count, held in zip(evidence.RELEASED_IMAGES.values(), test, strict=True)]
    # Keras takes the first part of each class's sorted file list for validation.
    fifth = [floor(evidence.NOTEBOOK_VALIDATION_SPLIT * count) for count in train]
    fits = sum(fifth) == evidence.NOTEBOOK_VALIDATION
    return Recomputed(
        {"train": [int(count) for count in train], "validation": fifth},
        Verdict.INCONSISTENT if fits else Verdict.HOLDS,
        f"The notebook's option takes the first {evidence.NOTEBOOK_VALIDATION_SPLIT:.0%} of each class's "
        f"sorted file names, and {' + '.join(map(str, fifth))} = {sum(fifth)} is just what it printed. "
        "Sorted names come in blocks of one source and one patient.",
    )


@finding(
    "B11",
    title="Whole epochs",
    where="Training section and notebook",
    claim=f"Batches of {paper.RECIPE.batch_size}, {paper.RECIPE.epochs} epochs",
    verdict=Verdict.ROUNDING,
    source=evidence.NOTEBOOK,
)
def skipped_images():
    batch = paper.RECIPE.batch_size
    steps, skipped = divmod(evidence.NOTEBOOK_TRAIN, batch)
    unseen = evidence.NOTEBOOK_VALIDATION % batch
    return Recomputed(
        {"updates": steps * paper.RECIPE.epochs, "skipped": skipped, "skipped in validation": unseen},
        Verdict.HOLDS if skipped == unseen == 0 else Verdict.ROUNDING,
        f"{evidence.NOTEBOOK_TRAIN} // {batch} = {steps} steps an epoch, {steps * paper.RECIPE.epochs:,} "
        f"updates in all; {skipped} training and {unseen} validation images are left out of every epoch.",
    )


@finding(
    "B12",
    title="Three units built, four loaded",
    where="Notebook, cells 12 and 14",
    claim=f"One model: built with {evidence.NOTEBOOK_UNITS_BUILT} classes, loaded with "
    f"{evidence.NOTEBOOK_UNITS_LOADED}",
    verdict=Verdict.INCONSISTENT,
    source=evidence.NOTEBOOK,
)
def built_and_loaded():
    hidden = paper.TABLE_II["dense"].shape[0]
    loaded = paper.TABLE_II_PARAMETERS.total
    built = loaded - (hidden + 1) * (evidence.NOTEBOOK_UNITS_LOADED - evidence.NOTEBOOK_UNITS_BUILT)
    return Recomputed(
        {"built": built, "loaded": loaded},
        Verdict.HOLDS if built == loaded else Verdict.INCONSISTENT,
        f"The model that the notebook builds has {built:,} parameters; the file it loads next has "
        f"{loaded:,}, Table II's. The printed training log may belong to either task.",
    )


@finding(
    "N7",
    title="The notebook against the tables",
    where="Notebook, cell 26, against Table IV",
    claim=f"COVID-19 recall {paper.TABLE_IV['covid19'].recall} % over {paper.RECIPE.folds} folds",
    verdict=Verdict.NOT_REPRODUCIBLE,
    source=evidence.NOTEBOOK,
)
def notebook_recall():
    computed = scores(evidence.NOTEBOOK_MATRIX)
    recalls = [computed["recall", index] for index in range(len(paper.TABLE_IV))]
    verdicts = [judge(value, row.recall) for value, row in zip(recalls, paper.TABLE_IV.values(), strict=True)]
    return Recomputed(
        [round(value, 1) for value in recalls],
        Verdict.HOLDS if set(verdicts) == {Verdict.HOLDS} else Verdict.NOT_REPRODUCIBLE,
        f"The one surviving matrix has recalls {', '.join(f'{value:.1f}' for value in recalls)} % where "
        f"Table IV has {', '.join(str(row.recall) for row in paper.TABLE_IV.values())}: another model, "
        "other images, no folds.",
    )
