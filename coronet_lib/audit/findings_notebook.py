"""Findings about the notebook that the authors published beside the paper."""

from math import ceil, floor

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import attainable_fractions
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, wilson
from coronet_lib.audit.matrices import scores


@finding(
    "D10",
    title="The five misses",
    where="Notebook, cell 33",
    claim=f"The model recognises COVID-19: {evidence.NOTEBOOK_EXTRA_COUNTS[0]} of "
    f"{sum(evidence.NOTEBOOK_EXTRA_COUNTS)} further X-rays of it",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    notebook=True,
    source=f"{evidence.NOTEBOOK}; {evidence.COHEN} of April 2020",
)
def paediatric_misses():
    from scipy.stats import fisher_exact

    hits, missed = evidence.NOTEBOOK_EXTRA_COUNTS[0], evidence.NOTEBOOK_EXTRA_MISSES
    children = [name for name in missed if "paediatric" in name or "pediatric" in name]
    series = {name.rpartition(".")[0].rstrip("0123456789") for name in children}
    others = len(missed) - len(children)
    unseen = hits - evidence.NOTEBOOK_EXTRA_IN_COHEN
    # Rows: not labelled, labelled paediatric. Columns: found, missed.
    p, p_series, p_unseen = (
        fisher_exact([[found, others], [0, units]]).pvalue
        for found, units in ((hits, len(children)), (hits, len(series)), (unseen, len(series)))
    )
    return Recomputed(
        {"p by file": float(f"{p:.2g}"), "p by series": float(f"{p_series:.2g}")},
        # An association that luck hardly explains leaves open which of the two the model recognises.
        Verdict.NOT_REPRODUCIBLE if p_series < 0.05 else Verdict.HOLDS,
        f"{len(children)} of the {len(missed)} misses are the files named “paediatric”, and no other file "
        "is. All other classes come from a children's hospital: an age detector would do just that, so it is "
        f"open which of the two was recognised. By Fisher's exact test p = {p:.1g}; but the question was "
        f"asked after seeing the files, and they are {len(series)} series of names, perhaps as many patients "
        f"(p = {p_series:.1g}). Rival explanation: {evidence.NOTEBOOK_EXTRA_IN_COHEN} of the {hits} may have "
        f"been training images (without them p = {p_unseen:.1g}). That the others are adults is not said "
        "either.",
    )


def _folder_accuracy():
    """Correct images of the first evaluation and of the matrix, and the folder's size."""
    n = evidence.NOTEBOOK_TEST
    printed = str(evidence.NOTEBOOK_FIRST_ACCURACY)
    (first,) = attainable_fractions(n, printed, scale=1)
    return first, int(np.trace(evidence.NOTEBOOK_MATRIX)), n


@finding(
    "N1",
    title="A first accuracy",
    where="Notebook, cells 22 and 26",
    claim=f"Test accuracy {evidence.NOTEBOOK_FIRST_ACCURACY} on {evidence.NOTEBOOK_TEST} images, and the "
    "matrix of finding N2 later in the session",
    verdict=Verdict.NOT_REPRODUCIBLE,
    notebook=True,
    source=evidence.NOTEBOOK,
)
def first_accuracy():
    first, second, n = _folder_accuracy()
    low, high = wilson(first, n)
    return Recomputed(
        {"first": first, "second": second, "images": n},
        Verdict.HOLDS if first == second else Verdict.NOT_REPRODUCIBLE,
        f"{first} of {n} are right at first ({low:.1f} to {high:.1f} %), {second} of {n} after other "
        "weights are loaded. Which of the two is the paper's model is not recorded.",
    )


@finding(
    "N2",
    title="A second accuracy",
    where="Notebook, cell 26",
    claim=f"A 4-class confusion matrix of {evidence.NOTEBOOK_MATRIX.sum()} images",
    verdict=Verdict.HOLDS,
    notebook=True,
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
    notebook=True,
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
    notebook=True,
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
    notebook=True,
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
    notebook=True,
    source=evidence.NOTEBOOK,
)
def zca_memory():
    features = evidence.NOTEBOOK_IMAGE_SIZE**2 * evidence.NOTEBOOK_CHANNELS
    gigabytes = features**2 * np.dtype(np.float32).itemsize / 1e9
    return Recomputed(
        round(gigabytes, 1),
        Verdict.HOLDS if evidence.NOTEBOOK_WHITENING_FITTED else Verdict.INCONSISTENT,
        "Whitening has to be fitted to the data, and no version of the notebook does that: the option has "
        f"no effect but a warning. Fitting it to {features:,} values an image would take a matrix of "
        f"{gigabytes:.1f} GB in the computer's memory.",
    )


@finding(
    "B7",
    title="The notebook's validation images",
    where="Notebook, generator options",
    claim=f"{evidence.NOTEBOOK_VALIDATION_SPLIT:.0%} of the training images are kept for validation: "
    f"{evidence.NOTEBOOK_VALIDATION}",
    verdict=Verdict.HOLDS,
    notebook=True,
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
        Verdict.HOLDS if fits else Verdict.INCONSISTENT,
        f"The option takes the first {evidence.NOTEBOOK_VALIDATION_SPLIT:.0%} of each class's sorted file "
        f"names, and {' + '.join(map(str, fifth))} = {sum(fifth)} is just what was printed. They are no "
        "random sample: sorted names come in blocks of one source and one patient. And the generator that "
        "turns and mirrors the training images makes them, too. How the paper's folds were drawn, this code "
        "does not tell (N5).",
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
    notebook=True,
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
