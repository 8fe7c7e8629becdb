"""Cross-validation: every fold is held out once, and the paper's Tables III and IV are made of them."""

import json
import logging

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from coronet_lib import evaluation, runs
from coronet_lib.files import atomic


def run(
    data,
    recipe,
    out,
    *,
    folds=4,
    split="patient",
    split_seed=0,
    seed=0,
    jobs=1,
    compute=None,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Train and test once for each held-out fold, and leave one run folder for all of them.

    Parameters
    ----------
    data : XrayCollection
    recipe : Plan or FeatureSVM
    out : path
        Gets a run folder ``fold-1``, ``fold-2`` … for each fold, as :func:`coronet_lib.training.run`
        writes it, and of all folds together ``card.json``, ``predictions.csv``, ``folds.csv``
        (see :func:`by_fold`) and ``classes.csv`` (:func:`by_class`).
    folds, split, split_seed, seed
        As for a single run; every fold starts from the same seed.
    jobs : int
        Folds trained at a time, each in a process of its own; each needs the memory of a training.
    compute : Compute, optional
        As for :func:`coronet_lib.training.fit`.
    resume : bool
        Leave finished folds alone, go on with the others at their last checkpoint.
    overwrite : bool
        Remove what an earlier cross-validation left.
    progress : bool

    Returns
    -------
    dict
        The card: ``confusion_matrix`` is of all folds pooled, ``confusion_matrices`` of each,
        ``metrics`` and ``metrics_sd`` are mean and standard deviation over the folds.

    Raises
    ------
    RunError, ValueError
        If the request does not fit the data or the folder.
    """
    from coronet_lib import devices, feature_svm, training  # bring Keras, which the tables do without

    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    for fold in range(1, folds + 1):  # refuse before the first training what the last would refuse
        training.split_rows(data, recipe, fold=fold, folds=folds, split=split, split_seed=split_seed)
    compute = compute or devices.choose()
    compute.check_batch(recipe.batch_size)
    card = training.describe(
        data, recipe, fold=None, folds=folds, split=split, split_seed=split_seed, seed=seed, compute=compute
    )
    out = runs.open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (earlier := runs.finished_card(out)):
        return earlier
    if overwrite:
        for folder in out.glob("fold-[0-9]*"):
            runs.clear(folder)
    runs.write_card(out, card)
    parts = [out / f"fold-{fold}" for fold in range(1, folds + 1)]
    trainings = [
        delayed(_train)(
            data,
            recipe,
            part,
            fold=fold,
            folds=folds,
            split=split,
            split_seed=split_seed,
            seed=seed,
            compute=compute,
            resume=True,
            progress=progress and jobs == 1,
        )
        for fold, part in enumerate(parts, 1)
    ]
    if isinstance(recipe, feature_svm.FeatureSVM):
        jobs = 1  # the folds share their features on disk; side by side, each process would compute them
    done = Parallel(n_jobs=jobs, return_as="generator_unordered")(trainings)
    cards = list(tqdm(done, total=folds, desc="folds", disable=not progress))
    card["predictions_sha256"] = runs.pool_predictions(out, parts)
    runs.write_card(out, card)
    table, classes = runs.read_predictions(out)
    matrices = confusion_matrices(table, classes)
    scores = by_fold(table, classes)
    for name, result in (("folds", scores), ("classes", by_class(table, classes))):
        with atomic(out / f"{name}.csv") as part:
            result.round(4).to_csv(part)
    if "scores" in cards[0]:  # what they are, where they are no probabilities
        card["scores"] = cards[0]["scores"]
    card |= {
        "status": "finished",
        "minutes": round(sum(fold["minutes"] for fold in cards), 2),
        "confusion_matrix": sum(matrices.values()).tolist(),
        "confusion_matrices": {str(fold): matrix.tolist() for fold, matrix in matrices.items()},
        # JSON has no NaN: an undefined metric is null.
        "metrics": json.loads(scores.loc["mean"].round(4).to_json()),
        "metrics_sd": json.loads(scores.loc["sd"].round(4).to_json()),
    }
    runs.write_card(out, card)
    return card


def _train(data, recipe, out, **options):
    from coronet_lib import feature_svm, training

    # Each fold is a network of its own; TensorFlow would warn that it traces so many.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if isinstance(recipe, feature_svm.FeatureSVM):
        return feature_svm.run(data, recipe, out, **options)
    return training.run(data, recipe, out, **options)


def confusion_matrices(table, classes):
    """The confusion matrix of each fold.

    Parameters
    ----------
    table, classes
        From :func:`coronet_lib.runs.read_predictions`.

    Returns
    -------
    dict
        Fold number, from 1, to an int array of shape (k, k): rows true, columns predicted.
    """
    index = {name: i for i, name in enumerate(classes)}
    return {
        int(fold): evaluation.confusion_matrix(
            part["true"].map(index), part["predicted"].map(index), len(classes)
        )
        for fold, part in table.groupby("fold")
    }


def by_fold(table, classes):
    """Macro averages of each fold, their mean and their standard deviation: the paper's Table III.

    Returns
    -------
    pandas.DataFrame
        Rows 1, 2 … ``"mean"``, ``"sd"`` (of a sample, n - 1); columns
        :data:`coronet_lib.evaluation.METRICS`, 0 to 1.
    """
    scores = pd.DataFrame({f: evaluation.macro(m) for f, m in confusion_matrices(table, classes).items()}).T
    ends = pd.DataFrame({"mean": scores.mean(skipna=False), "sd": scores.std(skipna=False)}).T
    return pd.concat([scores, ends]).rename_axis("fold")


def by_class(table, classes):
    """Mean over the folds of each class's metrics, with standard deviations: the paper's Table IV.

    Returns
    -------
    pandas.DataFrame
        Rows as ``classes``; columns :data:`coronet_lib.evaluation.METRICS` and, after them,
        the same with ``_sd``, 0 to 1.
    """
    metrics = list(evaluation.METRICS)
    scores = np.stack(
        [
            evaluation.per_class(matrix, classes)[metrics]
            for matrix in confusion_matrices(table, classes).values()
        ]
    )  # (folds, classes, metrics)
    return pd.DataFrame(
        np.hstack([scores.mean(axis=0), scores.std(axis=0, ddof=1)]),
        index=pd.Index(classes, name="class"),
        columns=[*metrics, *(f"{metric}_sd" for metric in metrics)],
    )
