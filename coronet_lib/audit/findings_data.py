"""Findings about the data: Table I, the collections behind it, Dataset-2, patients."""

import io

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.attainable import could_print
from coronet_lib.audit.finding import Recomputed, Verdict, finding
from coronet_lib.classes import TITLES

NEARLY_BALANCED = 1.25  # largest class against smallest; up to here "balanced" is a round word


def _counts(table):
    titles = {name: TITLES[name] if name == "covid19" else TITLES[name].lower() for name in table}
    return ", ".join(f"{count} {titles[name]}" for name, count in table.items())


@finding(
    "D1",
    title="What the Kaggle collection holds",
    where="Data section",
    claim="The Kaggle collection “consists of {} normal, {} bacterial and {} viral” images".format(
        *paper.KAGGLE_TEXT.values()
    ),
    verdict=Verdict.WRONG,
    inference=True,
    source=f"{evidence.KERMANY}; {evidence.COVIDX}",
)
def kaggle_counts():
    text, images = paper.KAGGLE_TEXT, evidence.KERMANY_IMAGES
    patients = {name: sum(parts) for name, parts in evidence.COVIDX_PATIENTS.items()}
    swapped = text["pneumonia_bacterial"] == patients["pneumonia_viral"]
    swapped &= text["pneumonia_viral"] == patients["pneumonia_bacterial"]
    borrowed = swapped and text["normal"] == patients["normal"]
    return Recomputed(
        {"images": dict(images), "COVIDx patients": patients},
        Verdict.HOLDS if dict(text) == dict(images) else Verdict.WRONG,
        f"It holds {_counts(images)} images, {sum(images.values()):,} together. "
        + (
            f"The three numbers equal COVIDx's counts of patients ({_counts(patients)}), another data set's, "
            "with bacterial and viral exchanged: most likely they come from there."
            if borrowed
            else "The three numbers are not COVIDx's counts of patients either."
        ),
    )


@finding(
    "D2",
    title="The size of Dataset-1",
    where="Data section against Table I",
    claim=f"“a total of {paper.TOTAL_TEXT} images” collected",
    verdict=Verdict.NOT_REPRODUCIBLE,
)
def dataset_1_total():
    prepared = sum(paper.TABLE_I.values())
    if prepared > paper.TOTAL_TEXT:
        verdict = Verdict.INCONSISTENT
    else:
        verdict = Verdict.HOLDS if prepared == paper.TOTAL_TEXT else Verdict.NOT_REPRODUCIBLE
    return Recomputed(
        prepared,
        verdict,
        f"Table I, the prepared data set, adds up to {prepared}. That is no contradiction, if "
        f"{paper.TOTAL_TEXT - prepared} of the collected images were left out; which, and why, is not said.",
    )


@finding(
    "D3",
    title="COVID-19 X-rays that were there",
    where="Data section, Table I",
    claim=f"In Cohen's collection “around {paper.COHEN_TEXT} COVID-19 chest radiography images”; "
    f"Table I has {paper.TABLE_I['covid19']}",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    source=f"{evidence.COHEN} of {evidence.COHEN_APRIL_23.date}",
)
def cohen_count():
    state, used = evidence.COHEN_APRIL_23, paper.TABLE_I["covid19"]
    rows_fit = could_print(
        state.covid_xrays + state.covid_ct, str(paper.COHEN_TEXT), how="rounded", scale=1e6
    )
    if state.covid_xrays >= used:
        verdict = Verdict.HOLDS if rows_fit else Verdict.WRONG
    else:
        verdict = Verdict.INCONSISTENT if rows_fit else Verdict.WRONG
    return Recomputed(
        {"rows": state.covid_rows, "X-rays": state.covid_xrays, "CT slices": state.covid_ct},
        verdict,
        f"On {state.date} the table had {state.covid_rows} COVID-19 rows, "
        f"{'just that number' if rows_fit else 'another number'}, and “radiography” follows “X-ray or CT” in "
        f"the paper: {state.covid_xrays} X-rays ({state.covid_frontal} frontal) and {state.covid_ct} CT "
        f"slices. But the title speaks of X-rays, and then CT slices, duplicates or other sources must be "
        f"among the {used}.",
    )


@finding(
    "D4",
    title="The released data set",
    where="Table I against the authors' repository",
    claim=f"Dataset-1 has {sum(paper.TABLE_I.values())} images: {_counts(paper.TABLE_I)}",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=f"{evidence.RELEASED}; {evidence.NOTEBOOK}",
)
def released_data():
    released = evidence.RELEASED_IMAGES
    notebook = evidence.NOTEBOOK_TRAIN + evidence.NOTEBOOK_VALIDATION + evidence.NOTEBOOK_TEST
    return Recomputed(
        {"released": sum(released.values()), "notebook": notebook},
        Verdict.HOLDS if dict(released) == dict(paper.TABLE_I) else Verdict.NOT_REPRODUCIBLE,
        f"The released set has {sum(released.values())}: {_counts(released)}. The notebook finds "
        f"{evidence.NOTEBOOK_TRAIN} + {evidence.NOTEBOOK_VALIDATION} + {evidence.NOTEBOOK_TEST} = "
        f"{notebook} images. The authors may have gone on collecting after the paper was written; "
        "which of the images are Table I's is not said.",
    )


@finding(
    "D5",
    title="Training images on the notebook's day",
    where="Data section against the authors' notebook of 19 April 2020",
    claim="The COVID-19 X-rays come from Cohen's collection",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    source=f"{evidence.NOTEBOOK}; {evidence.COHEN} of that day",
)
def more_than_there_were():
    test = int(evidence.NOTEBOOK_MATRIX.sum(axis=1)[0])
    trained = evidence.RELEASED_IMAGES["covid19"] - test
    there = evidence.COHEN_XRAYS_APRIL_19
    return Recomputed(
        {"in the training folder": trained, "in the collection": there},
        Verdict.HOLDS if trained + test <= there else Verdict.INCONSISTENT,
        f"The training folder held {trained} COVID-19 images (the released {trained + test} less {test} "
        f"test images) when the collection had {there} X-rays of COVID-19. The notebook does not say where "
        "its images come from.",
    )


@finding(
    "D6",
    title="COVID-19 images of Dataset-2",
    where="Text on Dataset-2",
    claim="“around {normal} normal, {pneumonia} pneumonia and {covid19} COVID-19” images".format(
        **paper.DATASET_2_TEXT
    ),
    verdict=Verdict.WRONG,
    source=evidence.OZTURK,
)
def dataset_2_counts():
    files, text, discussed = evidence.OZTURK_FILES, paper.DATASET_2_TEXT, paper.IMAGES_OF_OTHERS["ozturk"]
    rows = dict(zip(text, paper.FIGURE_7.sum(axis=1).tolist(), strict=True))
    share = rows["normal"] / files["normal"]
    return Recomputed(
        dict(files),
        Verdict.HOLDS if dict(files) == dict(text) else Verdict.WRONG,
        f"The paper's own discussion gives the same collection {discussed['covid19']}, and it has "
        f"{_counts(files)} files. Figure 7's rows agree: {rows['normal']} of "
        f"{files['normal']} is {share:.0%}, and {share:.0%} of {files['covid19']} is "
        f"{share * files['covid19']:.1f} (printed {rows['covid19']}), of {text['covid19']} it would be "
        f"{share * text['covid19']:.0f}.",
    )


@finding(
    "D7",
    title="Dataset-2 as a test of robustness",
    where="Text on Dataset-2",
    claim="A second data set shows how robust the model is",
    verdict=Verdict.INCONSISTENT,
    source=f"{evidence.OZTURK}; {evidence.COHEN}",
)
def not_external():
    shared, covid = evidence.OZTURK_COVID_IN_COHEN, evidence.OZTURK_FILES["covid19"]
    return Recomputed(
        {"shared": shared, "of": covid},
        Verdict.INCONSISTENT if shared else Verdict.HOLDS,
        f"{shared} of its {covid} COVID-19 files stand by name in the collection that Dataset-1 was drawn "
        "from, and the model was fine-tuned on it first. It is no external test.",
    )


@finding(
    "D8",
    title="Patients in more than one fold",
    where="Training section",
    claim=f"The images are divided at random into {paper.RECIPE.folds} sets",
    verdict=Verdict.NOT_REPRODUCIBLE,
    inference=True,
    source=f"{evidence.COHEN} of {evidence.COHEN_JUNE_22.date}; {evidence.OZTURK}",
)
def patients_across_folds():
    per_patient, folds = evidence.COHEN_IMAGES_PER_PATIENT, paper.RECIPE.folds
    split = sum(people * (1 - folds ** (1.0 - k)) for k, people in per_patient.items())
    several = sum(people for k, people in per_patient.items() if k > 1)
    images = sum(people * k for k, people in per_patient.items())
    # A test image leaks if at least one of its k - 1 siblings fell into another fold.
    leaked = sum(people * k * (1 - folds ** (1.0 - k)) for k, people in per_patient.items())
    return Recomputed(
        {"patients with several images": several, "expected in several folds": round(split)},
        Verdict.NOT_REPRODUCIBLE if split >= 1 else Verdict.HOLDS,
        f"Whether one patient's images stay together is not said. In Cohen's collection {several} of "
        f"{sum(per_patient.values())} patients have several frontal COVID-19 X-rays; at random, {split:.0f} "
        f"of them fall into several folds, and {leaked / images:.0%} of the images have a sibling in the "
        "training folds.",
    )


@finding(
    "D9",
    title="Balanced by under-sampling",
    where="Data section against Table I",
    claim="“random under-sampling … until the dataset becomes balanced”",
    verdict=Verdict.ROUNDING,
)
def balance():
    counts = paper.TABLE_I.values()
    ratio = max(counts) / min(counts)
    before = evidence.KERMANY_IMAGES.values()
    ratio_before = max(before) / min(counts)
    if ratio == 1:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.ROUNDING if ratio < NEARLY_BALANCED else Verdict.INCONSISTENT
    return Recomputed(
        round(ratio, 2),
        verdict,
        f"Table I runs from {min(counts)} to {max(counts)} images, a ratio of {ratio:.2f}, where all of the "
        f"Kaggle collection would have made it {ratio_before:.1f}. Balanced, in round words.",
    )


@finding(
    "D11",
    title="72 dots per inch",
    where="Data section",
    claim=f"Images have a resolution of {paper.RECIPE.dots_per_inch} dpi",
    verdict=Verdict.NOT_REPRODUCIBLE,
)
def dots_per_inch():
    from PIL import Image

    size = paper.RECIPE.dataset_pixels
    pixels = (np.add.outer(np.arange(size), np.arange(size)) % 256).astype(np.uint8)
    read = []
    for dpi in (paper.RECIPE.dots_per_inch, 300):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, format="PNG", dpi=(dpi, dpi))
        read.append(np.asarray(Image.open(file)))
    same = bool((read[0] == read[1]).all())
    return Recomputed(
        {"same pixels": same},
        Verdict.NOT_REPRODUCIBLE if same else Verdict.WRONG,
        f"Written with {paper.RECIPE.dots_per_inch} and with 300 dpi, an image of {size} × {size} comes back "
        f"{'the same' if same else 'changed'}: the number cannot be found in its pixels. The tag "
        "tells a printer how large to print, and a network nothing.",
    )


@finding(
    "D12",
    title="Images of two other systems",
    where="Discussion",
    claim="{} COVID-19, {} pneumonia and {} normal; {}, {} and {}".format(
        *paper.IMAGES_OF_OTHERS["apostolopoulos"].values(), *paper.IMAGES_OF_OTHERS["ozturk"].values()
    ),
    verdict=Verdict.HOLDS,
    source=f"{evidence.APOSTOLOPOULOS}; {evidence.OZTURK}",
)
def images_of_others():
    theirs = evidence.APOSTOLOPOULOS_IMAGES
    expected = {
        "apostolopoulos": {
            "covid19": theirs["covid19"],
            "pneumonia": theirs["pneumonia_bacterial"],
            "normal": theirs["normal"],
        },
        "ozturk": dict(evidence.OZTURK_FILES),
    }
    same = all(dict(paper.IMAGES_OF_OTHERS[name]) == counts for name, counts in expected.items())
    return Recomputed(
        expected,
        Verdict.HOLDS if same else Verdict.WRONG,
        f"Both are as published: {_counts(theirs)}, and {_counts(evidence.OZTURK_FILES)}. The second set is "
        f"Dataset-2, to which another page gives {paper.DATASET_2_TEXT['covid19']} COVID-19 images (D6).",
    )


@finding(
    "D13",
    title="What the cited works looked at",
    where="Running text and reference list",
    claim=f"Radiographs show COVID-19, as [{paper.MOTIVATION[0]}] to [{paper.MOTIVATION[-1]}] found",
    verdict=Verdict.NOT_REPRODUCIBLE,
    source="the paper's reference list",
)
def cited_modality():
    modality = {number: evidence.MOTIVATION_MODALITY.get(number, "?") for number in paper.MOTIVATION}
    ct = [number for number, kind in modality.items() if kind == "CT"]
    twice = len(paper.TWICE_LISTED) - 1
    return Recomputed(
        {str(number): kind for number, kind in modality.items()},
        Verdict.NOT_REPRODUCIBLE if len(ct) == len(modality) else Verdict.HOLDS,
        f"{'All' if len(ct) == len(modality) else 'Not all'} {len(modality) - twice} works (two of the "
        f"{len(modality)} numbers are one article, A31) studied CT; the paper goes on to use X-rays, and "
        "what was found on CT does not carry over by itself.",
    )
