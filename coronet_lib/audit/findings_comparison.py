"""Findings about the comparison with other systems: Tables VII and VIII, and the reference list."""

from functools import cache
from math import prod

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import attainable_fractions, could_print
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, skeleton, wilson, worst
from coronet_lib.audit.findings_model import KERAS_NAMES
from coronet_lib.audit.findings_other_tasks import three_class_matrices
from coronet_lib.audit.matrices import scores
from coronet_lib.evaluation.uncertainty import difference_interval


@finding(
    "A24",
    title="COVID-Net's scores",
    where="Table VIII",
    claim=f"COVID-Net: COVID-19 recall {paper.TABLE_VIII['covid19'].covid_net.recall} %, "
    f"accuracy {paper.TABLE_VIII_SYSTEMS['covid_net'].accuracy} %",
    verdict=Verdict.ROUNDING,
    source=f"{evidence.COVID_NET}; {evidence.COVIDX}",
)
def covid_net_scores():
    order = list(evidence.COVID_NET_V1)
    matrix = np.array(list(evidence.COVID_NET_V1.values()))
    computed = scores(matrix)
    verdicts = [judge(computed["accuracy"], paper.TABLE_VIII_SYSTEMS["covid_net"].accuracy)]
    for name, row in paper.TABLE_VIII.items():
        for metric in ("precision", "recall", "f_measure"):
            verdicts.append(judge(computed[metric, order.index(name)], getattr(row.covid_net, metric)))
    found, of = matrix[-1, -1], matrix[-1].sum()
    low, high = wilson(int(found), int(of))
    following = sum(verdict is Verdict.HOLDS for verdict in verdicts)
    rest = "the other is" if len(verdicts) - following == 1 else "the others are"
    return Recomputed(
        {"correct": int(np.trace(matrix)), "images": int(matrix.sum()), "COVID-19 images": int(of)},
        worst(verdicts),
        f"{following} of {len(verdicts)} numbers follow from COVID-Net's published matrix "
        f"({np.trace(matrix)} of {matrix.sum()}), {rest} cut off. Its COVID-19 recall is {found} of {of} "
        f"images, {low:.1f} to {high:.0f} %, of {evidence.COVID_NET_V1_COVID_PATIENTS} patients and on "
        "another test set.",
    )


@finding(
    "A25",
    title="CoroNet's own 3-class accuracy",
    where="Table VII against Table V",
    claim=f"3-class accuracy of CoroNet: {paper.TABLE_VII['coronet'].three_class} %",
    verdict=Verdict.WRONG,
)
def coronet_column():
    printed, four, three = (
        paper.TABLE_VII["coronet"].three_class,
        paper.TABLE_V[4].accuracy,
        paper.TABLE_V[3].accuracy,
    )
    origin = "Table V's 4-class" if printed == four else "no"
    best = max(row.three_class for row in paper.TABLE_VII.values() if row.three_class is not None)
    return Recomputed(
        float(three),
        Verdict.HOLDS if could_print(float(three), printed) else Verdict.WRONG,
        f"{printed} is {origin} accuracy; its 3-class accuracy is "
        f"{three}. The slip hurts the authors: it puts their model below the {best} of VGG19.",
    )


@finding(
    "A26",
    title="COVID-Net's column",
    where="Table VII",
    claim=f"COVID-Net: 2-class accuracy {paper.TABLE_VII['covid_net'].two_class} %, 3-class not available",
    verdict=Verdict.WRONG,
    source=evidence.COVID_NET_V2,
)
def covid_net_column():
    row, classes = paper.TABLE_VII["covid_net"], evidence.COVID_NET_V2_CLASSES
    same = could_print(evidence.COVID_NET_V2_ACCURACY, row.two_class)
    return Recomputed(
        {"accuracy": evidence.COVID_NET_V2_ACCURACY, "classes": list(classes)},
        Verdict.HOLDS if same and len(classes) == 2 else Verdict.WRONG,
        f"{evidence.COVID_NET_V2_ACCURACY} % is the accuracy over {len(classes)} classes: "
        f"{', '.join(classes)}.",
    )


@finding(
    "A27",
    title="Two classes harder than three",
    where="Table VII",
    claim=f"Xception: {paper.TABLE_VII['apostolopoulos_xception'].three_class} % on 3 classes, "
    f"{paper.TABLE_VII['apostolopoulos_xception'].two_class} % on 2",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=evidence.APOSTOLOPOULOS,
)
def two_classes_harder():
    row, counts = paper.TABLE_VII["apostolopoulos_xception"], evidence.APOSTOLOPOULOS_IMAGES
    never = 100 * (1 - counts["covid19"] / sum(counts.values()))
    return Recomputed(
        {"always “no COVID-19”": round(never, 2)},
        Verdict.HOLDS if row.two_class >= row.three_class else Verdict.NOT_REPRODUCIBLE,
        "What is known: the images ("
        + ", ".join(map(str, counts.values()))
        + f"), and that never saying COVID-19 would be right for {never:.1f} % of them, "
        f"{row.two_class - never:.1f} points less than the 2-class accuracy. Joining classes cannot make a "
        "right answer wrong, so the two numbers are not one model's answers to one set. How each was "
        "measured, the table does not say, nor does the abstract of the work that they come from.",
    )


@finding(
    "A28",
    title="Superior to other studies",
    where="Discussion, Tables VI and VII",
    claim="“The results obtained by our proposed model are superior compared to other studies”",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=evidence.APOSTOLOPOULOS,
)
def superiority():
    three = three_class_matrices()[0]
    pairs = {
        "apostolopoulos_vgg19": (three, sum(paper.IMAGES_OF_OTHERS["apostolopoulos"].values())),
        "ozturk_darknet": (paper.FIGURE_7, sum(paper.IMAGES_OF_OTHERS["ozturk"].values())),
    }
    differences = {}
    for name, (matrix, images) in pairs.items():
        right = attainable_fractions(images, paper.TABLE_VII[name].three_class)[0]
        ours, total = int(np.trace(matrix)), int(matrix.sum())
        ends = difference_interval(ours, total, right, images)
        differences[name] = [100 * (ours / total - right / images), *(100 * end for end in ends)]
    (vgg, vgg_low, vgg_high), (dark, dark_low, dark_high) = differences.values()
    vgg_ends, dark_ends = (
        f"{low:.1f} to {high:.1f}".replace("-", "−")
        for low, high in ((vgg_low, vgg_high), (dark_low, dark_high))
    )
    if min(vgg_low, dark_low) > 0:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.WRONG if max(vgg_high, dark_high) < 0 else Verdict.NOT_REPRODUCIBLE
    return Recomputed(
        {name: [round(value, 1) for value in values] for name, values in differences.items()},
        verdict,
        f"The nearest to like with like is Table VI: on DarkCovidNet's own collection CoroNet is {dark:.1f} "
        f"points better (95 % interval {dark_ends}, images taken as independent), "
        "though on another split and with COVID-19 images that it may have seen (D7). All else was measured "
        f"on different images; over the best accuracy with 3 classes, VGG19's, the lead is {vgg:.1f} points "
        f"({vgg_ends}).",
    )


@finding(
    "A29",
    title="Parameters of the other networks",
    where="Table VII",
    claim="“#Params”, in millions: "
    + "; ".join(
        f"{row.architecture} {row.parameters}"
        for row in paper.TABLE_VII.values()
        if row.architecture in ("VGG19", "ResNet-50", "InceptionV3", "Xception")
    ),
    verdict=Verdict.INCONSISTENT,
    inference=True,
    needs_model=True,
    source=evidence.NOTEBOOK,
)
def parameters_of_others():
    counts, under_our_head, verdicts, explained = {}, {}, [], []
    for architecture, name in KERAS_NAMES.items():
        counts[name] = sizes = [_parameters(name, include_top=top) / 1e6 for top in (True, False)]
        ours = under_our_head[name] = _parameters(name, head=True) / 1e6
        for row in paper.TABLE_VII.values():
            if row.architecture == architecture:
                verdict = min((judge(size, row.parameters) for size in sizes), key=lambda v: v.severity)
                verdicts.append(verdict)
                if verdict is Verdict.WRONG and could_print(ours, row.parameters, how="truncated", scale=1e3):
                    explained.append(row)
    listed = ", ".join(f"{name} {top:.1f} ({without:.1f})" for name, (top, without) in counts.items())
    fitting = ", ".join(
        f"{architecture} {under_our_head[name]:.2f}"
        for architecture, name in KERAS_NAMES.items()
        if architecture in {row.architecture for row in explained}
    )
    wrong, verdict = verdicts.count(Verdict.WRONG), worst(verdicts)
    if 0 < wrong == len(explained):  # right of other networks, so one column counts in two ways
        verdict = Verdict.INCONSISTENT
    return Recomputed(
        {name: [round(size, 2) for size in (*sizes, under_our_head[name])] for name, sizes in counts.items()},
        verdict,
        f"In millions, with (without) the ImageNet classifier: {listed}. {wrong} of "
        f"the {len(verdicts)} printed counts fit neither; VGG19's fits with the classifier that a new task "
        f"replaces. With digits cut off, {'all ' * (len(explained) == wrong)}{len(explained)} of these are "
        f"CoroNet's own head on these bases at {evidence.NOTEBOOK_IMAGE_SIZE} pixels ({fitting}): "
        "most likely the authors counted what they had built themselves.",
    )


@cache
def _parameters(name, include_top=False, head=False):
    """Parameters of one of Keras's networks; with ``head``, of CoroNet's dense layers on it at 150 pixels."""
    from keras import applications

    build = getattr(applications, name)
    if not head:
        return skeleton(build, weights=None, include_top=include_top).count_params()
    edge = evidence.NOTEBOOK_IMAGE_SIZE
    base = skeleton(build, weights=None, include_top=False, input_shape=(edge, edge, 3))
    hidden, classes = paper.TABLE_II["dense"].shape[0], paper.TABLE_II["dense_1"].shape[0]
    flat = prod(base.output.shape[1:])
    return base.count_params() + (flat + 1) * hidden + (hidden + 1) * classes


@finding(
    "A30",
    title="Citations beyond the list",
    where="Table VII against the reference list",
    claim="Citations " + ", ".join(f"[{row.citation}]" for row in paper.TABLE_VII.values() if row.citation),
    verdict=Verdict.WRONG,
)
def citations():
    cited = sorted({row.citation for row in paper.TABLE_VII.values() if row.citation is not None})
    missing = [number for number in cited if number > paper.REFERENCES]
    return Recomputed(
        missing,
        Verdict.WRONG if missing else Verdict.HOLDS,
        f"The list ends at [{paper.REFERENCES}], so {', '.join(f'[{number}]' for number in missing)} point "
        f"to nothing: {len(missing)} of {len(cited)} cited works.",
    )


@finding(
    "A31",
    title="One article, two numbers",
    where="Reference list",
    claim="{} references, among them [{}] and [{}]".format(paper.REFERENCES, *paper.TWICE_LISTED),
    verdict=Verdict.INCONSISTENT,
)
def duplicate_reference():
    distinct = paper.REFERENCES - (len(paper.TWICE_LISTED) - 1)
    return Recomputed(
        distinct,
        Verdict.HOLDS if distinct == paper.REFERENCES else Verdict.INCONSISTENT,
        f"Both are Xie et al. in Radiology (200343), so the list names {distinct} works.",
    )
