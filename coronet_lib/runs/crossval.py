"""Cross-validation: every fold is held out once, and the paper's Tables III and IV are made of them."""

import json

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from coronet_lib.evaluation.over_folds import by_class, by_fold, confusion_matrices
from coronet_lib.files import atomic
from coronet_lib.runs import one_fold
from coronet_lib.runs.card import clear, finished_card, open_folder, write_card
from coronet_lib.runs.predictions import pool_predictions, read_predictions
from coronet_lib.training import devices


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
        Gets a run folder ``fold-1``, ``fold-2`` … for each fold, as :func:`coronet_lib.runs.one_fold.run`
        writes it, and of all folds together ``card.json``, ``predictions.csv``, ``folds.csv``
        (see :func:`coronet_lib.evaluation.by_fold`) and ``classes.csv``
        (see :func:`coronet_lib.evaluation.by_class`).
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
    from coronet_lib.systems import feature_svm  # which stands on a higher floor

    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    for fold in range(1, folds + 1):  # refuse before the first training what the last would refuse
        one_fold.split_rows(data, recipe, fold=fold, folds=folds, split=split, split_seed=split_seed)
    compute = compute or devices.choose()
    compute.check_batch(recipe.batch_size)
    card = one_fold.describe(
        data, recipe, fold=None, folds=folds, split=split, split_seed=split_seed, seed=seed, compute=compute
    )
    out = open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (earlier := finished_card(out)):
        return earlier
    if overwrite:
        for folder in out.glob("fold-[0-9]*"):
            clear(folder)
    write_card(out, card)
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
    card["predictions_sha256"] = pool_predictions(out, parts)
    write_card(out, card)
    table, classes = read_predictions(out)
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
    write_card(out, card)
    return card


def _train(data, recipe, out, **options):
    from coronet_lib.systems import feature_svm

    if isinstance(recipe, feature_svm.FeatureSVM):
        return feature_svm.run(data, recipe, out, **options)
    return one_fold.run(data, recipe, out, **options)
