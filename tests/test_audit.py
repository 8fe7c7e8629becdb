"""The audit: every finding recomputed, its evidence recounted, its table usable."""

import csv
import json
import re
import subprocess
import sys
import time
from collections import Counter
from math import comb

import numpy as np
import pytest
from rich.console import Console

from coronet_lib import audit, paper
from coronet_lib.audit import Verdict, evidence
from coronet_lib.audit.finding import REGISTRY, skeleton
from coronet_lib.audit.finding import finding as register

IDS = [finding.id for finding in audit.findings()]


@pytest.mark.parametrize("id", IDS)
def test_the_recomputed_verdict_is_the_declared_one(id):
    finding = audit.finding(id)
    outcome = finding.recompute()
    assert outcome.verdict is finding.verdict
    assert re.search(r"\d", outcome.explanation)
    assert json.loads(json.dumps(outcome.value)) is not None


def test_there_are_enough_findings_in_order():
    assert len(IDS) >= 40
    assert len(set(IDS)) == len(IDS)
    assert sorted(IDS, key=lambda id: (id[0], int(id[1:]))) == IDS
    assert {finding.verdict for finding in audit.findings()} == set(Verdict)


def test_an_unknown_id_names_the_known_ones():
    with pytest.raises(KeyError, match="no finding is called 'A99'; there are A1, A2"):
        audit.finding("A99")


def test_an_id_is_given_once():
    with pytest.raises(ValueError, match="two findings are called A1"):
        register("A1", title="", where="", claim="", verdict=Verdict.HOLDS)(REGISTRY["A1"].recompute)


def test_a_skeleton_never_gets_memory_for_its_weights():
    import keras

    made = []

    class Noted(keras.initializers.Zeros):
        def __call__(self, shape, dtype=None):
            made.append(shape)
            return super().__call__(shape, dtype)

    def network():
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, kernel_initializer=Noted())])

    assert skeleton(network).count_params() == 9
    keras.layers.Lambda(lambda x: x)(keras.Input((2,)))  # opens and leaves another scope, as many layers do
    assert made == []


def test_fast_findings_take_two_seconds_and_no_deep_learning():
    program = """if True:
        import sys, time
        import scipy.signal, scipy.stats  # imported before the clock starts
        from coronet_lib import audit
        start = time.process_time()
        audit.to_json(audit.findings(fast=True))
        print(time.process_time() - start)
        assert not {"keras", "tensorflow", "torch", "jax"} & set(sys.modules), "a framework was imported"
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2


def test_the_whole_audit_takes_twenty_seconds():
    import keras  # noqa: F401 - its import is not the audit's doing

    start = time.process_time()
    assert len(json.loads(audit.to_json(audit.findings()))) == len(IDS)
    assert time.process_time() - start < 20


# --- It notices --------------------------------------------------------------------------------


def planted(monkeypatch, name, value, id):
    monkeypatch.setattr(paper, name, value)
    return audit.finding(id).recompute()


def test_a_repaired_number_is_found_to_hold(monkeypatch):
    repaired = paper.PARAMETERS_TEXT._replace(trainable=33_915_436)
    assert planted(monkeypatch, "PARAMETERS_TEXT", repaired, "A2").verdict is Verdict.HOLDS
    right = r"Z_k = \frac{e^{x_k}}{\sum_{i=1}^{n} e^{x_i}}"
    assert planted(monkeypatch, "EQUATIONS", {**paper.EQUATIONS, 3: right}, "A10").verdict is Verdict.HOLDS
    rows = {**paper.TABLE_VI, "normal": paper.TABLE_VI["normal"]._replace(specificity=paper.Printed("94.1"))}
    monkeypatch.setattr(paper, "TABLE_VI", rows)
    average = paper.TABLE_VI_AVERAGE._replace(specificity=paper.Printed("94.2"))
    assert planted(monkeypatch, "TABLE_VI_AVERAGE", average, "A22").verdict is Verdict.ROUNDING
    for stated, verdict in ((150, Verdict.HOLDS), (224, Verdict.INCONSISTENT)):
        recipe = paper.RECIPE._replace(input_size=stated)
        assert planted(monkeypatch, "RECIPE", recipe, "A3").verdict is verdict
    assert planted(monkeypatch, "REFERENCES", 45, "A30").verdict is Verdict.HOLDS


def test_a_planted_error_is_found(monkeypatch):
    moved = paper.FIGURE_7.copy()
    moved[1] = [1, 118, 31]
    assert planted(monkeypatch, "FIGURE_7", moved, "A35").verdict is Verdict.WRONG
    assert audit.finding("A36").recompute().verdict is Verdict.WRONG
    assert planted(monkeypatch, "TABLE_I", {**paper.TABLE_I, "covid19": 248}, "A18").verdict is Verdict.WRONG
    assert planted(monkeypatch, "XCEPTION_DEPTH_TEXT", 126, "A4").verdict is Verdict.WRONG
    flipped = {**paper.EQUATIONS, 1: paper.EQUATIONS[1].replace("+", "-")}  # not what Keras computes
    assert planted(monkeypatch, "EQUATIONS", flipped, "A9").verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize(
    ("id", "name", "key", "value", "verdict"),
    [
        ("D2", "TOTAL_TEXT", None, 1251, Verdict.HOLDS),
        ("D2", "TOTAL_TEXT", None, 1200, Verdict.INCONSISTENT),  # more prepared than collected
        ("D3", "TABLE_I", "covid19", 240, Verdict.HOLDS),  # as many as there were X-rays
        ("D3", "COHEN_TEXT", None, 400, Verdict.WRONG),  # neither rows nor X-rays
        ("D9", "TABLE_I", "covid19", 100, Verdict.INCONSISTENT),
        ("D12", "IMAGES_OF_OTHERS", "ozturk", {"covid19": 157}, Verdict.WRONG),
        ("A8", "FIGURE_3_ORDER", None, ("activation", "addition"), Verdict.HOLDS),
        ("A7", "SEPARABLE_FACTOR_TEXT", None, "1/k + 1/n²", Verdict.HOLDS),  # in either order
        ("A37", "CLAIMED_USES", None, ("diagnosis",), Verdict.HOLDS),
        ("B10", "THREE_CLASS_TEST", "pneumonia", 0, Verdict.NOT_REPRODUCIBLE),
    ],
)
def test_a_verdict_follows_what_is_printed(monkeypatch, id, name, key, value, verdict):
    value = value if key is None else {**getattr(paper, name), key: value}
    assert planted(monkeypatch, name, value, id).verdict is verdict


def test_a_system_cheaper_than_all_or_than_none(monkeypatch):
    others = dict(paper.TABLE_VII)
    dark = {"ozturk_darknet": others.pop("ozturk_darknet")}
    assert planted(monkeypatch, "TABLE_VII", others, "A5").verdict is Verdict.HOLDS
    assert planted(monkeypatch, "TABLE_VII", dark, "A5").verdict is Verdict.WRONG


def test_superiority_is_judged_by_the_differences(monkeypatch):
    """Not by overlap: with a tenth more images right, or wrong, the same rule says something else."""
    row, vgg = paper.TABLE_VII["ozturk_darknet"], paper.TABLE_VII["apostolopoulos_vgg19"]
    for accuracy, verdict in (("80", Verdict.HOLDS), ("99.5", Verdict.WRONG)):
        rows = {
            **paper.TABLE_VII,
            "ozturk_darknet": row._replace(three_class=paper.Printed(accuracy)),
            "apostolopoulos_vgg19": vgg._replace(three_class=paper.Printed(accuracy)),
        }
        assert planted(monkeypatch, "TABLE_VII", rows, "A28").verdict is verdict


def test_folds_dealt_class_by_class_are_as_equal_as_can_be(monkeypatch):
    third = {**paper.TABLE_III, 3: paper.TABLE_III[3]._replace(accuracy=paper.Printed("50.123"))}
    assert planted(monkeypatch, "TABLE_III", third, "A16").verdict is Verdict.INCONSISTENT


def test_the_five_misses_are_two_series():
    by_file, by_series = audit.finding("D10").recompute().value.values()
    assert by_file == pytest.approx(1 / comb(44, 5), rel=0.05)
    assert by_series == pytest.approx(1 / comb(41, 2), rel=0.05)


def test_four_counts_are_coronets_own_head_on_other_bases(monkeypatch):
    outcome = audit.finding("A29").recompute()
    assert [value[-1] for value in outcome.value.values()] == [22.12, 36.7, 26.52, 33.97]
    assert "all 4 of these" in outcome.explanation
    rows = {"coronet": paper.TABLE_VII["coronet"]}
    for key, count in (("narin_resnet50", "25.6"), ("narin_inceptionv3", "23.9")):
        rows[key] = paper.TABLE_VII[key]._replace(parameters=paper.Printed(count))
    assert planted(monkeypatch, "TABLE_VII", rows, "A29").verdict is Verdict.HOLDS
    rows["narin_resnet50"] = paper.TABLE_VII["narin_resnet50"]._replace(parameters=paper.Printed("47"))
    assert planted(monkeypatch, "TABLE_VII", rows, "A29").verdict is Verdict.WRONG


def test_wrong_is_said_of_quoted_words_or_of_a_table():
    """A reader can look up what is called wrong."""
    wrong = [finding for finding in audit.findings() if finding.verdict is Verdict.WRONG]
    assert wrong
    for finding in wrong:
        assert "“" in finding.claim or re.search(r"Table [IV]+|cell \d+", finding.where), finding.id


def test_what_only_the_notebook_says_is_marked():
    marked = {finding.id for finding in audit.findings() if finding.notebook}
    assert marked == {"D10", "N1", "N2", "N3", "N4", "N6", "B2", "B7", "B12"}
    assert all("otebook" in audit.finding(id).where for id in marked)
    rows = json.loads(audit.to_json(audit.findings(fast=True)))
    assert {row["id"] for row in rows if row["notebook"]} == marked
    assert audit.to_html(audit.findings(fast=True)).count("Notebook only.") == len(marked)


def test_the_reconstructed_matrices_are_the_only_ones():
    (three,), (two,) = audit.three_class_matrices(), audit.binary_matrices()
    assert three.tolist() == [[29, 0, 0], [0, 72, 0], [1, 10, 109]]
    assert two.tolist() == [[29, 0], [1, 71]]


# --- The evidence, recounted where the real collections are at hand ------------------------------


@pytest.fixture(scope="module")
def metadata(real_data):
    with open(real_data / "covid-chestxray-dataset/metadata.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if "COVID" in row["finding"]]


def test_cohens_rows(metadata):
    state, modality = evidence.COHEN_JUNE_22, Counter(row["modality"] for row in metadata)
    assert (len(metadata), modality["X-ray"], modality["CT"]) == (
        state.covid_rows,
        state.covid_xrays,
        state.covid_ct,
    )
    frontal = {"PA", "AP", "AP Supine", "AP semi erect", "AP erect"}
    people = Counter(
        row["patientid"] for row in metadata if row["modality"] == "X-ray" and row["view"] in frontal
    )
    assert people.total() == state.covid_frontal
    assert Counter(people.values()) == evidence.COHEN_IMAGES_PER_PATIENT


def test_dataset_2_files(real_data, metadata):
    with open(real_data / "ozturk_blobs.csv", newline="") as file:
        paths = [row["path"].split("/")[1:] for row in csv.DictReader(file)]
    folders = dict(zip(evidence.OZTURK_FILES, ("Covid-19", "No_findings", "Pneumonia"), strict=True))
    names = {kind: {name for folder, name in paths if folder == folders[kind]} for kind in folders}
    assert {kind: len(files) for kind, files in names.items()} == evidence.OZTURK_FILES
    assert len(names["covid19"] & {row["filename"] for row in metadata}) == evidence.OZTURK_COVID_IN_COHEN


def test_the_notebooks_extra_images_add_up():
    predicted = Counter(evidence.NOTEBOOK_EXTRA_MISSES.values())
    assert [predicted[index] for index in range(4)][1:] == list(evidence.NOTEBOOK_EXTRA_COUNTS[1:])


def test_covid_nets_matrix_has_its_published_test_set():
    assert np.sum(list(evidence.COVID_NET_V1.values()), axis=1).tolist() == [234, 246, 149, 8]


# --- What a reader sees --------------------------------------------------------------------------


def test_the_report_puts_the_worst_first():
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    audit.report(console, audit.findings(fast=True))
    text = console.export_text()
    shown = re.findall(r"^│ ([ABDN]\d+)", text, re.M)
    severities = [audit.finding(id).verdict.severity for id in shown]
    assert set(shown) == {finding.id for finding in audit.findings(fast=True)}
    assert severities == sorted(severities, reverse=True)
    assert f"{len(shown)} findings" in text


def test_the_table_of_the_page_filters_without_a_kernel(browser):
    page = browser.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if request.url != "about:blank" else None)
    findings = audit.findings(fast=True)
    page.set_content(audit.to_html(findings))
    rows, status = page.locator("tbody tr:visible"), page.locator("output")
    assert rows.count() == len(findings)
    page.get_by_label("Search the findings").fill("paediatric fisher")
    assert [row.get_attribute("id") for row in rows.all()] == ["D10"]
    assert status.inner_text() == f"1 of {len(findings)} findings"
    page.get_by_label("Search the findings").fill("")
    for verdict in set(Verdict) - {Verdict.WRONG}:
        page.locator(f"input[value='{verdict}']").uncheck()
    wrong = [finding.id for finding in findings if finding.verdict is Verdict.WRONG]
    assert [row.get_attribute("id") for row in rows.all()] == wrong
    page.get_by_label("Search the findings").press("Enter")  # must not send the form
    assert rows.count() == len(wrong)
    assert problems == []
    page.close()
