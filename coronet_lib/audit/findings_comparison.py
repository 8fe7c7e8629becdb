"""Findings about the comparison with other systems: Tables VII and VIII, and the reference list."""

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import attainable_fractions, could_print
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, skeleton, wilson, worst
from coronet_lib.audit.findings_other_tasks import three_class_matrices
from coronet_lib.audit.matrices import scores


@finding(
    "A24",
    title="COVID-Net's scores",
    where="Table VIII",
    claim=f"COVID-Net: COVID-19 recall {paper.TABLE_VIII['covid19'].covid_net.recall} %, "
    f"accuracy {paper.TABLE_VIII_SYSTEMS['covid_net'].accuracy} %",
    verdict=Verdict.ROUNDING,
    source=evidence.COVID_NET,
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
    return Recomputed(
        {"correct": int(np.trace(matrix)), "images": int(matrix.sum()), "COVID-19 images": int(of)},
        worst(verdicts),
        f"{sum(v is Verdict.HOLDS for v in verdicts)} of {len(verdicts)} numbers follow from COVID-Net's "
        f"published matrix ({np.trace(matrix)} of {matrix.sum()}), the rest are cut off. Its COVID-19 "
        f"recall is {found} of {of} images, {low:.1f} to {high:.0f} %, on another test set.",
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
    best = max(row.three_class for row in paper.TABLE_VII.values() if row.three_class is not None)
    return Recomputed(
        float(three),
        Verdict.HOLDS if could_print(float(three), printed) else Verdict.WRONG,
        f"{printed} is {'Table V’s 4-class' if printed == four else 'no'} accuracy; its 3-class accuracy is "
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
        "Joining classes cannot make a right answer wrong, so the two numbers are not one model's answers; "
        f"the table does not say how they were measured. Never saying COVID-19 would score {never:.1f} %.",
    )


@finding(
    "A28",
    title="Superior to other studies",
    where="Discussion, Table VII",
    claim="The results are superior to those of the other studies",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=evidence.APOSTOLOPOULOS,
)
def superiority():
    matrix = three_class_matrices()[0]
    ours = wilson(int(np.trace(matrix)), int(matrix.sum()))
    images = sum(evidence.APOSTOLOPOULOS_IMAGES.values())
    best = paper.TABLE_VII["apostolopoulos_vgg19"].three_class
    theirs = wilson(attainable_fractions(images, best, how="either")[0], images)
    return Recomputed(
        {"CoroNet": [round(x, 1) for x in ours], "VGG19": [round(x, 1) for x in theirs]},
        Verdict.NOT_REPRODUCIBLE if ours[0] < theirs[1] else Verdict.HOLDS,
        "No other system was run on the same images. With 3 classes CoroNet's 95 % interval is "
        f"{ours[0]:.1f} to {ours[1]:.1f} % ({matrix.sum()} images), VGG19's {theirs[0]:.1f} to "
        f"{theirs[1]:.1f} % ({images} images): they overlap.",
    )


@finding(
    "A29",
    title="Parameters of the other networks",
    where="Table VII",
    claim="; ".join(
        f"{row.architecture} {row.parameters} million"
        for row in paper.TABLE_VII.values()
        if row.architecture in ("VGG19", "ResNet-50", "InceptionV3", "Xception")
    ),
    verdict=Verdict.WRONG,
    needs_model=True,
)
def parameters_of_others():
    from keras import applications

    names = {"VGG19": "VGG19", "ResNet-50": "ResNet50", "InceptionV3": "InceptionV3", "Xception": "Xception"}
    counts, verdicts = {}, []
    for architecture, name in names.items():
        build = getattr(applications, name)
        sizes = [skeleton(build, weights=None, include_top=top).count_params() / 1e6 for top in (True, False)]
        counts[name] = sizes
        for row in paper.TABLE_VII.values():
            if row.architecture == architecture:
                judged = [judge(size, row.parameters) for size in sizes]
                verdicts.append(min(judged, key=lambda verdict: verdict.severity))
    listed = ", ".join(f"{name} {top:.1f} ({without:.1f})" for name, (top, without) in counts.items())
    return Recomputed(
        {name: [round(size, 2) for size in sizes] for name, sizes in counts.items()},
        worst(verdicts),
        f"In millions, with (without) the ImageNet classifier: {listed}. {verdicts.count(Verdict.WRONG)} of "
        f"the {len(verdicts)} printed counts fit neither; VGG19's fits only with the classifier that a new "
        "task replaces.",
    )


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
