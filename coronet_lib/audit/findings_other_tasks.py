"""Findings about the 3- and 2-class problems and Dataset-2: Tables V and VI, Figures 6 and 7."""

import numpy as np

from coronet_lib import paper
from coronet_lib.audit.attainable import attainable_fractions, could_print
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, listed, wilson, worst
from coronet_lib.audit.matrices import matrices_matching, scores
from coronet_lib.classes import TITLES


def three_class_matrices():
    """Every 3-class confusion matrix that fits Table V: Figure 6(a), if there is only one.

    Returns
    -------
    Solutions of int array, shape (3, 3)
        Rows and columns COVID-19, normal, pneumonia.
    """
    return matrices_matching(paper.THREE_CLASS_TEST.values(), paper.TABLE_V[3]._asdict())


def binary_matrices():
    """Every binary matrix that fits Table V, its F-measure left out: Figure 6(b), if there is only one.

    Assumes the 3-class test set without its pneumonia images, and that the printed specificity is
    the COVID-19 class's own.

    Returns
    -------
    Solutions of int array, shape (2, 2)
        Rows and columns COVID-19, normal.
    """
    row = paper.TABLE_V[2]
    metrics = {"precision": row.precision, "recall": row.recall, "accuracy": row.accuracy}
    totals = [paper.THREE_CLASS_TEST[name] for name in ("covid19", "normal")]
    return matrices_matching(totals, metrics | {("specificity", 0): row.specificity})


def _named(scores_row):
    """The scores that a table row prints, by name."""
    return {name: value for name, value in scores_row._asdict().items() if value is not None}


@finding(
    "A12",
    title="The 3-class test set",
    where="Results text and Table V; Figure 6(a)",
    claim="{}/{}/{} test images; accuracy {} % in the text and {} % in the table".format(
        *paper.THREE_CLASS_TEST.values(), paper.ACCURACY_TEXT["after_3_class"], paper.TABLE_V[3].accuracy
    ),
    verdict=Verdict.INCONSISTENT,
    inference=True,
)
def three_class_test_set():
    n = sum(paper.THREE_CLASS_TEST.values())
    text, table = paper.ACCURACY_TEXT["after_3_class"], paper.TABLE_V[3].accuracy
    here, one_more = attainable_fractions(n, text), attainable_fractions(n + 1, text)
    fitting = three_class_matrices()
    correct = [int(np.trace(matrix)) for matrix in fitting]
    consistent = bool(set(here) & set(attainable_fractions(n, table)))
    return Recomputed(
        {"images": n, f"counts for {text} %": here, "matrices": [matrix.tolist() for matrix in fitting]},
        Verdict.HOLDS if consistent else Verdict.INCONSISTENT,
        f"No number of correct images out of {n} is {text} %; {listed(one_more)} out of {n + 1} is. "
        f"Matrices with these rows that fit Table V: {len(fitting)}, with {listed(correct)} correct. It is "
        f"probably Figure 6(a), and both accuracies the same {listed(correct)} images over two totals.",
    )


@finding(
    "A13",
    title="The binary model's scores",
    where="Table V, last row; Figure 6(b)",
    claim="Precision {}, recall {}, specificity {}, F-measure {}, accuracy {} %".format(*paper.TABLE_V[2]),
    verdict=Verdict.WRONG,
    inference=True,
)
def binary_scores():
    row, fitting = paper.TABLE_V[2], binary_matrices()
    f_measures = [scores(matrix)["f_measure"] for matrix in fitting]
    macro_equal = could_print(float(row.recall), row.specificity)
    judged = [judge(value, row.f_measure) for value in f_measures] or [Verdict.WRONG]
    mistaken = [_harmonic(values["precision"], values["specificity", 0]) for values in map(scores, fitting)]
    slip = [value for value in mistaken if could_print(value, row.f_measure)]
    return Recomputed(
        {"matrices": [matrix.tolist() for matrix in fitting], "f_measure": [round(f, 2) for f in f_measures]},
        Verdict.HOLDS if macro_equal and set(judged) == {Verdict.HOLDS} else worst(judged),
        f"With two classes macro recall and macro specificity are the same number, yet {row.recall} and "
        f"{row.specificity} are printed: averages and single-class scores are mixed. On "
        f"{paper.THREE_CLASS_TEST['covid19']} + {paper.THREE_CLASS_TEST['normal']} images matrices that "
        "fit precision, recall and accuracy as averages and the specificity as COVID-19's own: "
        f"{len(fitting)}; it would make F {listed(f'{f:.2f}' for f in f_measures)}. "
        + (
            f"The printed {row.f_measure} is the harmonic mean of average precision and that specificity "
            f"({listed(f'{f:.2f}' for f in slip)}): probably the latter was taken for a recall."
            if slip
            else ""
        ),
    )


def _harmonic(first, second):
    return 2 * first * second / (first + second)


@finding(
    "A14",
    title="How much 29 COVID-19 images can say",
    where="Results text, Table V",
    claim=f"Binary accuracy {paper.TABLE_V[2].accuracy} %, without an interval",
    verdict=Verdict.HOLDS,
    inference=True,
)
def small_test_set():
    matrix = binary_matrices()[0]
    correct, n = int(np.trace(matrix)), int(matrix.sum())
    found, of = int(matrix[0, 0]), int(matrix[0].sum())
    (low, high), (covid_low, covid_high) = wilson(correct, n), wilson(found, of)
    return Recomputed(
        {"correct": correct, "images": n, "interval": [round(low, 1), round(high, 1)]},
        judge(100 * correct / n, paper.TABLE_V[2].accuracy),
        f"It is {correct} of {n} images, with a 95 % interval from {low:.1f} to {high:.1f} %. That of its "
        f"COVID-19 recall, {found} of {of}, is {covid_low:.1f} to {covid_high:.0f} %.",
    )


def _table_vi(metrics):
    """(row, metric) of Table VI: what Figure 7 gives, and what is printed."""
    computed, pairs = scores(paper.FIGURE_7), {}
    for metric in metrics:
        for index, (name, row) in enumerate(paper.TABLE_VI.items()):
            pairs[name, metric] = computed[metric, index], getattr(row, metric)
        pairs["average", metric] = computed[metric], getattr(paper.TABLE_VI_AVERAGE, metric)
    return pairs


@finding(
    "A22",
    title="Table VI's specificities",
    where="Table VI and Figure 7",
    claim="Specificities {}, {}, {}, average {} %".format(
        *(row.specificity for row in paper.TABLE_VI.values()), paper.TABLE_VI_AVERAGE.specificity
    ),
    verdict=Verdict.WRONG,
)
def table_vi_specificities():
    pairs = _table_vi(["specificity"])
    verdicts = {key: judge(*pair) for key, pair in pairs.items()}
    faulty = [key for key, verdict in verdicts.items() if verdict is Verdict.WRONG]
    listed = " and ".join(f"{key[0]} {pairs[key][0]:.1f} (printed {pairs[key][1]})" for key in faulty)
    return Recomputed(
        {name: round(value, 2) for (name, _), (value, _) in pairs.items()},
        worst(verdicts.values()),
        f"From the matrix: {listed}. The wrong average follows from the wrong row; the other "
        f"{len(pairs) - len(faulty)} are cut off.",
    )


@finding(
    "A36",
    title="Table VI's other scores",
    where="Table VI and Figure 7",
    claim="Precision, recall and F-measure per class; averages {}, {} and {} %".format(
        *(getattr(paper.TABLE_VI_AVERAGE, metric) for metric in ("precision", "recall", "f_measure"))
    ),
    verdict=Verdict.HOLDS,
)
def table_vi_scores():
    pairs = _table_vi(["precision", "recall", "f_measure"])
    verdicts = [judge(*pair) for pair in pairs.values()]
    return Recomputed(
        {f"{name} {metric}": round(value, 2) for (name, metric), (value, _) in pairs.items()},
        worst(verdicts),
        f"{verdicts.count(Verdict.HOLDS)} of {len(pairs)} precisions, recalls and F-measures follow from "
        "the matrix, averages included.",
    )


@finding(
    "A23",
    title="A row for bacterial pneumonia",
    where="Table VI",
    claim=f"The third class of Dataset-2 is called “{paper.TABLE_VI_LABELS['pneumonia']}”",
    verdict=Verdict.INCONSISTENT,
)
def mislabelled_row():
    classes = [TITLES[name] for name in paper.DATASET_2_TEXT]
    label = paper.TABLE_VI_LABELS["pneumonia"]
    return Recomputed(
        {"row": label, "classes of Dataset-2": classes},
        Verdict.HOLDS if label in classes else Verdict.INCONSISTENT,
        f"The text gives Dataset-2 the classes {', '.join(classes)}: any pneumonia. Nothing says that it is "
        "bacterial.",
    )


@finding(
    "A32",
    title="Two classes with three names",
    where="Results text",
    claim="“binary 2-class CoroNet model ({}, {} and {})”".format(*paper.BINARY_CLASSES_TEXT),
    verdict=Verdict.INCONSISTENT,
)
def binary_classes():
    named, matrix = len(paper.BINARY_CLASSES_TEXT), binary_matrices()[0]
    return Recomputed(
        {"named": named, "classes": len(matrix)},
        Verdict.HOLDS if named == len(matrix) else Verdict.INCONSISTENT,
        f"{named} names for {len(matrix)} classes. The scores fit COVID-19 against normal (A13), with no "
        "pneumonia among the images.",
    )


@finding(
    "A33",
    title="The same number in two places",
    where="Abstract, results, discussion, Tables III, IV, V, VII and VIII",
    claim="Abstract {}, {}, {}, {} %".format(*paper.ABSTRACT.values()),
    verdict=Verdict.HOLDS,
)
def repeated_numbers():
    covid, fold_mean = paper.TABLE_IV["covid19"], paper.TABLE_III_AVERAGE
    pairs = [
        (fold_mean.accuracy, paper.ABSTRACT["accuracy_4"]),
        (covid.precision, paper.ABSTRACT["covid_precision"]),
        (covid.recall, paper.ABSTRACT["covid_recall"]),
        (paper.TABLE_V[3].accuracy, paper.ABSTRACT["accuracy_3"]),
        (covid.precision, paper.COVID_TEXT.precision),
        (covid.recall, paper.COVID_TEXT.recall),
        (covid.f_measure, paper.COVID_TEXT.f_measure),
        (paper.TABLE_V[2].accuracy, paper.ACCURACY_TEXT["discussion_2"]),
        (paper.TABLE_V[2].accuracy, paper.TABLE_VII["coronet"].two_class),
        (paper.ACCURACY_TEXT["after_3_class"], paper.ACCURACY_TEXT["discussion_3"]),
        (paper.TABLE_VI_ACCURACY, paper.ACCURACY_TEXT["discussion_dataset_2"]),
        (fold_mean.accuracy, paper.TABLE_VIII_SYSTEMS["coronet"].accuracy),
    ]
    pairs += zip(fold_mean, paper.TABLE_V[4], strict=True)
    for name, row in paper.TABLE_VIII.items():
        pairs += [
            (getattr(paper.TABLE_IV[name], metric), number) for metric, number in _named(row.coronet).items()
        ]
    verdicts = [judge(float(first), second) for first, second in pairs]
    agree = verdicts.count(Verdict.HOLDS)
    return Recomputed(
        {"pairs": len(pairs), "agree": agree},
        worst(verdicts),
        f"Of {len(pairs)} numbers that stand in two places {agree} agree to the digits of the shorter one. "
        "The accuracies of A12, A21 and A25 are not among them.",
    )


@finding(
    "A35",
    title="Accuracy on Dataset-2",
    where="Table VI and Figure 7",
    claim=f"Overall accuracy {paper.TABLE_VI_ACCURACY} %",
    verdict=Verdict.HOLDS,
)
def dataset_2_accuracy():
    correct, total = int(np.trace(paper.FIGURE_7)), int(paper.FIGURE_7.sum())
    value = 100 * correct / total
    return Recomputed(
        round(value, 2),
        judge(value, paper.TABLE_VI_ACCURACY),
        f"Figure 7 has {correct} of {total} images on its diagonal: {value:.2f} %.",
    )


@finding(
    "B10",
    title="Test images of the 3-class model",
    where="Results text",
    claim="The “same 4-class CoroNet” is “fine-tuned for three classes only”",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
)
def reused_test_images():
    n, folds = sum(paper.THREE_CLASS_TEST.values()), paper.RECIPE.folds
    seen = n * (folds - 1) / folds
    single = attainable_fractions(n, paper.ACCURACY_TEXT["before_3_class"])
    readings = {"drawn at random": round(seen)}
    if single:  # the accuracy before fine-tuning fits these images, so they may have been held out then, too
        readings["held out before"] = 0
    return Recomputed(
        readings,
        Verdict.NOT_REPRODUCIBLE if max(readings.values()) else Verdict.HOLDS,
        f"Where its {n} test images come from is not said. If they were drawn from Dataset-1 at random, a "
        f"4-class model of one fold had already trained on about {seen:.0f} of them. The other "
        "reading, of finding A21: "
        f"{paper.ACCURACY_TEXT['before_3_class']} % would be {listed(single)} of these same images, held out "
        "before as well; then it had trained on none.",
    )
