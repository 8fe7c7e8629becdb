"""Findings about the 4-class experiment: Tables III and IV, and the text about them."""

from statistics import mean, stdev

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import attainable_fractions, could_print, fold_sizes_that_allow
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, listed, worst

FOLD_F = 0.1  # points by which F of averaged P and R may differ from averaged per-fold F
FOLD_SPECIFICITY = 0.5  # the same for a specificity rebuilt from averaged precision and recall
INPUT_ROUNDING = 0.05  # what averaging numbers of one decimal may be off by

FOLD_METRICS = paper.Scores._fields


@finding(
    "A15",
    title="Averages over the folds",
    where="Table III",
    claim="Averages {}, {}, {}, {}, {} %".format(*paper.TABLE_III_AVERAGE),
    verdict=Verdict.ROUNDING,
    inference=True,
)
def fold_averages():
    means = {name: mean(getattr(fold, name) for fold in paper.TABLE_III.values()) for name in FOLD_METRICS}
    verdicts = [
        judge(value, getattr(paper.TABLE_III_AVERAGE, name), INPUT_ROUNDING) for name, value in means.items()
    ]
    return Recomputed(
        {name: round(value, 3) for name, value in means.items()},
        worst(verdicts),
        f"The means are {', '.join(f'{value:.5g}' for value in means.values())}. "
        f"{sum(v is Verdict.HOLDS for v in verdicts)} of {len(verdicts)} round to what is printed; the "
        "others are cut off or may come from unrounded folds.",
    )


@finding(
    "A16",
    title="Four equal folds",
    where="Training section against Tables I and III",
    claim=f"{sum(paper.TABLE_I.values())} images “randomly divided into {paper.RECIPE.folds} equal sets”, "
    "accuracies " + ", ".join(str(fold.accuracy) for fold in paper.TABLE_III.values()),
    verdict=Verdict.ROUNDING,
    inference=True,
)
def equal_folds():
    total, accuracies = sum(paper.TABLE_I.values()), [fold.accuracy for fold in paper.TABLE_III.values()]
    classes, folds = len(paper.TABLE_I), paper.RECIPE.folds
    by_spread = {n: fold_sizes_that_allow(total, accuracies, spread=n) for n in range(1, 20)}
    spread, nearest = next(((n, sizes) for n, sizes in by_spread.items() if len(sizes)), (total, ()))
    dealt = sum(count % folds > 0 for count in paper.TABLE_I.values())
    if len(accuracies) != folds:
        verdict = Verdict.INCONSISTENT
    elif spread <= 1:
        verdict = Verdict.HOLDS
    else:  # one image a class is what sorting by hand may cost
        verdict = Verdict.ROUNDING if spread <= classes else Verdict.INCONSISTENT
    return Recomputed(
        {"spread": spread, "nearest": [list(sizes) for sizes in nearest]},
        verdict,
        f"{total} / {folds} = {total / folds:g}, so equal can only mean nearly. The most equal sets that can "
        "have these accuracies hold "
        + " or ".join("/".join(map(str, sizes)) for sizes in nearest)
        + f" images. Dealing each of the {classes} classes as evenly as can be makes sets that differ by up "
        f"to {dealt}; these differ by {spread}.",
    )


@finding(
    "A17",
    title="F-measure from precision and recall",
    where="Table IV",
    claim="F-measures " + ", ".join(str(row.f_measure) for row in paper.TABLE_IV.values()),
    verdict=Verdict.ROUNDING,
)
def f_from_p_and_r():
    values = {
        name: 2 * row.precision * row.recall / (row.precision + row.recall)
        for name, row in paper.TABLE_IV.items()
    }
    return Recomputed(
        {name: round(value, 2) for name, value in values.items()},
        worst(judge(value, paper.TABLE_IV[name].f_measure, FOLD_F) for name, value in values.items()),
        f"From the printed precision and recall: {', '.join(f'{v:.2f}' for v in values.values())}. An "
        "average of four F-measures need not equal the F-measure of the averages, so these fit.",
    )


@finding(
    "A18",
    title="Accuracy from the recalls",
    where="Tables I, III and IV",
    claim=f"Overall accuracy {paper.TABLE_III_AVERAGE.accuracy} %",
    verdict=Verdict.HOLDS,
)
def accuracy_from_recalls():
    total = sum(paper.TABLE_I.values())
    correct = sum(paper.TABLE_I[name] * row.recall / 100 for name, row in paper.TABLE_IV.items())
    value = 100 * correct / total
    return Recomputed(
        round(value, 2),
        judge(value, paper.TABLE_III_AVERAGE.accuracy),
        f"Table IV's recalls times Table I's counts make {correct:.1f} correct images of {total} "
        "(an average over folds need not be whole): "
        f"{value:.2f} %. The three tables belong together.",
    )


@finding(
    "A19",
    title="Accuracy of the COVID-19 class",
    where="Results text",
    claim=f"“average accuracy, precision, recall” of COVID-19: {paper.COVID_TEXT.accuracy}, "
    f"{paper.COVID_TEXT.precision}, {paper.COVID_TEXT.recall} %",
    verdict=Verdict.WRONG,
)
def covid_accuracy():
    positives, total = paper.TABLE_I["covid19"], sum(paper.TABLE_I.values())
    hits = positives * paper.COVID_TEXT.recall / 100
    false_alarms = hits * (100 / paper.COVID_TEXT.precision - 1)
    value = 100 * (1 - (positives - hits + false_alarms) / total)
    return Recomputed(
        round(value, 2),
        judge(value, paper.COVID_TEXT.accuracy, FOLD_SPECIFICITY),
        f"That precision and recall mean {positives - hits:.1f} missed and {false_alarms:.1f} falsely "
        f"called images of {total}, so COVID-19 against the rest is {value:.2f} % right.",
    )


@finding(
    "A20",
    title="Specificities",
    where="Table IV",
    claim="Specificities " + ", ".join(str(row.specificity) for row in paper.TABLE_IV.values()),
    verdict=Verdict.ROUNDING,
)
def implied_specificities():
    total, values = sum(paper.TABLE_I.values()), {}
    for name, row in paper.TABLE_IV.items():
        false_alarms = paper.TABLE_I[name] * row.recall / 100 * (100 / row.precision - 1)
        values[name] = 100 * (1 - false_alarms / (total - paper.TABLE_I[name]))
    return Recomputed(
        {name: round(value, 2) for name, value in values.items()},
        worst(judge(v, paper.TABLE_IV[name].specificity, FOLD_SPECIFICITY) for name, v in values.items()),
        f"Implied by precision, recall and Table I: {', '.join(f'{v:.2f}' for v in values.values())}; "
        f"within {max(abs(v - paper.TABLE_IV[n].specificity) for n, v in values.items()):.1f} points, which "
        "averaging over folds can explain.",
    )


@finding(
    "A21",
    title="89.6 or 89.5 %",
    where="Abstract and tables against results text and discussion",
    claim=f"4-class accuracy {paper.ABSTRACT['accuracy_4']} % and {paper.ACCURACY_TEXT['discussion_4']} %",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    source=evidence.CORONET_README,
)
def two_accuracies():
    value = mean(fold.accuracy for fold in paper.TABLE_III.values())
    texts = [paper.ACCURACY_TEXT["discussion_4"], paper.ACCURACY_TEXT["before_3_class"]]
    n, covid = sum(paper.THREE_CLASS_TEST.values()), paper.THREE_CLASS_TEST["covid19"]
    single = attainable_fractions(n, texts[0])
    precision, recall = evidence.CORONET_README_COVID.values()
    readme_fits = could_print(100 * covid / (covid + 1), str(precision)) and recall == 100
    both = all(could_print(value, text) for text in [*texts, paper.ABSTRACT["accuracy_4"]])
    return Recomputed(
        {"mean of the folds": round(value, 3), f"counts of {n}": single},
        Verdict.HOLDS if both else Verdict.INCONSISTENT,
        f"The mean of the folds is {value:.2f} %. {texts[0]} stands beside a COVID-19 precision and recall "
        f"of {precision} and {recall} % in the authors' README, "
        f"{'which' if readme_fits else 'neither of which'} {covid} of {covid + 1} and {covid} of {covid} "
        f"would give: probably a single test set of {n} images ({listed(single)} correct). If so, the model "
        "that the 3-class one was fine-tuned from had not trained on them; B10 has the other reading.",
    )


@finding(
    "A34",
    title="Two ways to the same averages",
    where="Tables III and IV",
    claim="Class-wise scores (Table IV) and fold-wise scores (Table III) of one experiment",
    verdict=Verdict.ROUNDING,
    inference=True,
)
def class_and_fold_averages():
    means = {name: mean(getattr(row, name) for row in paper.TABLE_IV.values()) for name in FOLD_METRICS[:-1]}
    return Recomputed(
        {name: round(value, 2) for name, value in means.items()},
        worst(judge(v, getattr(paper.TABLE_III_AVERAGE, name), INPUT_ROUNDING) for name, v in means.items()),
        f"Averaged over classes Table IV gives {', '.join(f'{v:.2f}' for v in means.values())}, where Table "
        f"III has {', '.join(str(getattr(paper.TABLE_III_AVERAGE, name)) for name in means)}. That fits "
        "macro averages, though the text's “sum of all” formulas read like micro averages.",
    )


@finding(
    "B22",
    title="Spread over folds and seeds",
    where="Table III, training section",
    claim=f"One average, {paper.TABLE_III_AVERAGE.accuracy} %, without spread, interval or seed",
    verdict=Verdict.NOT_REPRODUCIBLE,
)
def spread_over_folds():
    accuracies = [float(fold.accuracy) for fold in paper.TABLE_III.values()]
    deviation = stdev(accuracies)
    return Recomputed(
        round(deviation, 2),
        Verdict.NOT_REPRODUCIBLE if not hasattr(paper.RECIPE, "seed") else Verdict.HOLDS,
        f"The folds run from {min(accuracies)} to {max(accuracies)} %, a standard deviation of "
        f"{deviation:.1f} points; no seed is given, so a single split could have landed anywhere in that "
        "range, or beyond.",
    )
