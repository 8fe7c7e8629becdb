"""The confusion workbench: its metrics, intervals and verdicts are those of evaluation and audit."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from test_widget_shared import drag
from widget_page import CONTRASTS, OUTPUT, press, put

from coronet_lib import evaluation, paper
from coronet_lib.audit.attainable import attainable_fractions, could_print
from coronet_lib.audit.matrices import scores
from coronet_lib.classes import CLASSES
from coronet_lib.widgets import ConfusionWorkbench

AVERAGE = paper.TABLE_VI_AVERAGE._replace(accuracy=paper.TABLE_VI_ACCURACY)
PRINTED = {**paper.TABLE_VI, "average": AVERAGE}
FOUR = np.array([[68, 0, 2, 1], [2, 74, 2, 0], [2, 2, 70, 8], [1, 1, 5, 75]])
LIBRARY = {"f_measure": "f1"}  # where evaluation has another name


def figure_7(**settings):
    return ConfusionWorkbench(paper.FIGURE_7, PRINTED, **settings)


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def metrics(page):
    return {row["metric"]: row for row in results(page)["metrics"]}


def matrices(number, rows):
    """Random answers to as many X-rays a class, sure ones and empty columns among them."""
    rng = np.random.default_rng(0)
    shares = [rng.dirichlet([0.4] * len(rows), len(rows)) for _ in range(number)]
    return [np.array([rng.multinomial(n, s) for n, s in zip(rows, share, strict=True)]) for share in shares]


class TestState:
    def test_state_is_plain_json(self):
        bench = figure_7(of="covid19", merged=["pneumonia", "normal"])
        state = {name: bench.get_state()[name] for name in bench.trait_names(sync=True) if name[0] != "_"}
        assert json.loads(json.dumps(state)) == state
        assert state["merged"] == ["normal", "pneumonia"]
        printed = state["matrices"][0]["printed"]
        assert printed["covid19"]["specificity"] == "99.6"
        assert printed["average"]["accuracy"] == "90.21"

    @pytest.mark.parametrize(
        "counts", [[[1, 2, 3]], [[1, 0], [0, -1]], [[0.5, 0], [0, 1]], [[0, 0], [0, 1]], []]
    )
    def test_refuses_what_is_no_confusion_matrix(self, counts):
        with pytest.raises(ValueError, match="counts want a square"):
            ConfusionWorkbench(counts)

    @pytest.mark.parametrize(
        "setting",
        [
            {"of": "influenza"},
            {"merged": ["normal"]},
            {"merged": ["normal", "normal"]},
            {"merged": ["a", "b"]},
        ],
    )
    def test_refuses_classes_that_are_not_there(self, setting):
        with pytest.raises(ValueError, match=f"{'class' if 'of' in setting else 'merged'} wants"):
            figure_7(**setting)

    def test_two_classes_have_nothing_to_merge(self):
        with pytest.raises(ValueError, match="three or more"):
            ConfusionWorkbench([[29, 0], [1, 71]], merged=["covid19", "normal"])

    def test_refuses_print_of_a_matrix_that_is_not_there(self):
        with pytest.raises(ValueError, match=r"among \['Figure 7'\], got \['Figure 6'\]"):
            ConfusionWorkbench({"Figure 7": paper.FIGURE_7}, {"Figure 6": PRINTED})

    def test_refuses_print_of_no_class(self):
        with pytest.raises(ValueError, match="influenza"):
            ConfusionWorkbench(paper.FIGURE_7, {"influenza": AVERAGE})


@pytest.mark.browser
class TestArithmetic:
    def test_metrics_and_intervals_are_the_librarys(self, show):
        page = show(ConfusionWorkbench(FOUR))
        for counts in [FOUR, *matrices(8, FOUR.sum(axis=1))]:
            table = evaluation.per_class(counts, CLASSES[4])
            for of in ("average", *CLASSES[4]):
                put(page, counts=counts.tolist(), of=of)
                wanted = evaluation.macro(counts) if of == "average" else table.loc[of]
                for metric, row in metrics(page).items():
                    value = wanted[LIBRARY.get(metric, metric)]
                    if row["value"] is None:
                        assert np.isnan(value)
                        continue
                    assert row["value"] == pytest.approx(value)
                    if "ratio" in row:
                        assert row["ratio"][0] / row["ratio"][1] == pytest.approx(value)
                        assert row["interval"] == pytest.approx(evaluation.wilson_interval(*row["ratio"]))
                shares = {"accuracy"} if of == "average" else {"recall", "specificity", "accuracy"}
                assert shares <= {name for name, row in metrics(page).items() if "ratio" in row}

    def test_what_prints_is_what_the_audit_says(self, show):
        page = show(figure_7())
        seen = set()
        for counts in [paper.FIGURE_7, *matrices(12, [37, 150, 150])]:
            for of, row in PRINTED.items():
                put(page, counts=np.asarray(counts).tolist(), of=of)
                for metric, shown in metrics(page).items():
                    if getattr(row, metric) is None or shown["value"] is None:
                        continue
                    printed, value = getattr(row, metric), 100 * shown["value"]
                    assert shown["text"] == str(printed)
                    assert (shown["prints"] == "rounded") == could_print(value, printed, how="rounded")
                    assert bool(shown["prints"]) == could_print(value, printed)
                    seen.add(shown["prints"])
        assert seen == {"", "rounded", "cut off"}

    def test_what_no_count_gives_is_what_the_audit_says(self, show):
        rows = dict(zip(CLASSES[3], [29, 72, 120], strict=True))
        whole = sum(rows.values())
        for text in ("94.59", "98.61", "96.6", "97.7", "100"):
            all_the_same = paper.Scores(*[paper.Printed(text)] * 5)
            page = show(
                ConfusionWorkbench(np.diag([*rows.values()]), dict.fromkeys((*rows, "average"), all_the_same))
            )
            for of, own in rows.items():
                put(page, of=of)
                shown = {metric: row["possible"] for metric, row in metrics(page).items()}
                for metric, n in {"recall": own, "specificity": whole - own, "accuracy": whole}.items():
                    assert shown[metric] == bool(attainable_fractions(n, text)), (of, metric, text)
                hits, wrong = np.mgrid[: own + 1, : whole - own + 1]
                called = np.maximum(hits + wrong, 1)
                for metric, value in {
                    "precision": hits / called,
                    "f_measure": 2 * hits / (own + called),
                }.items():
                    assert shown[metric] == could_print(100 * value, text).any(), (of, metric, text)
            put(page, of="average")
            assert metrics(page)["accuracy"]["possible"] == bool(attainable_fractions(whole, text))

    def test_a_merger_adds_rows_and_columns(self, show):
        page = show(ConfusionWorkbench(FOUR, of="normal"))
        put(page, merged=["pneumonia_bacterial", "pneumonia_viral"])
        three = np.add.reduceat(np.add.reduceat(FOUR, [0, 1, 2], axis=0), [0, 1, 2], axis=1)
        assert results(page)["matrix"] == three.tolist()
        assert metrics(page)["precision"]["value"] == pytest.approx(scores(three)["precision", 1] / 100)
        gained = three.trace() - FOUR.trace()
        assert f"{gained} of {FOUR.sum() - FOUR.trace()} mistakes are none" in page.inner_text(".cw-status")
        put(page, of="average")
        assert metrics(page)["recall"]["value"] == pytest.approx(evaluation.macro(three)["recall"])

    def test_what_is_printed_of_another_question_is_not_shown(self, show):
        page = show(figure_7(merged=["normal", "pneumonia"]))
        for of, shown in (("average", False), ("normal", False), ("covid19", True)):
            put(page, of=of)
            assert ("text" in metrics(page)["recall"]) == shown
        put(page, of="normal")
        assert page.inner_text(".cw-metrics caption") == "Normal and Pneumonia against all others"


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(figure_7())
        press(page, "COVID-19 called Normal", "ArrowUp", role="spinbutton", times=3)
        press(page, "Pneumonia called COVID-19", "ArrowUp", role="spinbutton")
        press(page, "Metrics of", "ArrowDown")
        press(page, "Count as one class", "ArrowDown")
        state = [page.evaluate(f"model.get('{name}')") for name in ("counts", "of", "merged")]
        assert state == [[[30, 7, 0], [1, 128, 21], [1, 7, 142]], "covid19", ["covid19", "normal"]]
        assert page.evaluate("model.saved")

    def test_a_class_keeps_its_x_rays(self, show):
        page = show(figure_7())
        field = page.get_by_role("spinbutton", name="Normal called Pneumonia")
        for typed, row in (("149", [1, 0, 149]), ("150", [1, 0, 149]), ("0", [1, 149, 0])):
            field.fill(typed)
            assert page.evaluate("model.get('counts')")[1] == row
            assert field.input_value() == str(row[2])
        field.fill("151")
        assert page.inner_text(".cw-status") == "Normal called Pneumonia wants a number from 0 to 150."

    def test_a_finger_drags_a_count(self, show):
        page = show(figure_7(), width=390, has_touch=True)
        page.add_style_tag(content="body { height: 3000px }")
        field = page.get_by_role("spinbutton", name="COVID-19 called Normal")
        drag(page, field.bounding_box(), down=-60)
        page.wait_for_function("model.get('counts')[0][1] === 14")
        assert page.evaluate("model.get('counts')[0]") == [23, 14, 0]
        assert page.evaluate("scrollY") == 0

    def test_what_stands_on_the_page_is_what_was_computed(self, show):
        page = show(figure_7(of="normal"))
        cells = page.locator(".cw-metrics tbody tr").nth(2).locator("td").all_inner_texts()
        low, high = evaluation.wilson_interval(176, 187)
        assert cells[:3] == ["176 of 187", f"{176 / 187:.1%}"[:-1], f"{100 * low:.1f} to {100 * high:.1f}"]
        assert cells[4] == "97.7 ✗ no count gives it"
        put(page, of="covid19")
        printed = page.locator(".cw-metrics tbody tr td:last-child").all_inner_texts()
        assert printed == ["97 ✓", "89 ✓", "99.6 ✓ cut off", "93 ✓", ""]

    def test_no_column_stands_empty_where_nothing_is_printed(self, show):
        page = show(ConfusionWorkbench(FOUR), width=390)
        assert page.locator(".cw-metrics thead th").all_inner_texts()[-1] == "0 to 100 %"
        headings = page.locator(".cw-matrix th").all()
        assert all(th.evaluate("(th) => th.scrollWidth <= th.clientWidth") for th in headings)

    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_verdicts_stand_out(self, show, colours):
        page = show(figure_7(of="normal", merged=["covid19", "pneumonia"]), colours=colours)
        assert min(page.evaluate(CONTRASTS)) >= 4.5


def scored():
    """Classes and scores of 60 X-rays, some of them with equal scores, some sure."""
    rng = np.random.default_rng(1)
    true = np.arange(60) % 4
    scores = rng.dirichlet(np.ones(4), 60) + np.eye(4)[true] * rng.integers(0, 2, (60, 1))
    scores = (scores / scores.sum(axis=1, keepdims=True)).round(2)
    return true, scores


@pytest.mark.browser
class TestThreshold:
    def test_the_matrix_follows_it_and_the_area_is_sklearns(self, show):
        true, scores = scored()
        page = show(ConfusionWorkbench.of_scores(true, scores))
        area = roc_auc_score(true == 0, scores[:, 0])
        slider = page.get_by_role("slider", name="Threshold")
        for place in (50, 0, 30, 100):
            slider.fill(str(place))
            called = np.where(scores[:, 0] >= place / 100, 0, 1 + scores[:, 1:].argmax(axis=1))
            wanted = evaluation.confusion_matrix(true, called, 4)
            assert page.evaluate("model.get('counts')") == wanted.tolist()
            assert results(page)["area"] == pytest.approx(area)
        page.get_by_role("button", name="Reset").click()
        opened = ConfusionWorkbench.of_scores(true, scores).counts
        assert page.evaluate("model.get('counts')") == opened

    def test_the_point_stands_where_the_counts_say(self, show):
        page = show(ConfusionWorkbench.of_scores(*scored(), threshold=0.3, of="covid19"))
        row = metrics(page)
        found, alarms = row["recall"]["value"], 1 - row["specificity"]["value"]
        said = page.get_by_role("img", name="ROC curve").get_attribute("aria-label")
        assert said == f"ROC curve; now {found:.1%} found, {alarms:.1%} of the others called so.".replace(
            "%", " %"
        )

    def test_a_table_of_other_x_rays_is_refused(self):
        true, scores = scored()
        with pytest.raises(ValueError, match="want one shape"):
            ConfusionWorkbench.of_scores(true[:5], scores)


@pytest.mark.browser
class TestChoice:
    def bench(self, show):
        binary = np.array([[29, 0], [1, 71]])
        printed = {"Table VI": PRINTED, "Table V": {"average": paper.TABLE_V[2]}}
        return show(
            ConfusionWorkbench({"Table VI": paper.FIGURE_7, "Table V": binary}, printed, of="pneumonia")
        )

    def test_another_matrix_brings_its_classes_and_its_print(self, show):
        page = self.bench(show)
        press(page, "Matrix", "ArrowDown")
        assert results(page)["matrix"] == [[29, 0], [1, 71]]
        assert metrics(page)["f_measure"]["text"] == "98.5"
        assert page.evaluate("model.get('of')") == "average"  # it has no class of pneumonia
        assert page.evaluate("document.activeElement.tagName") == "SELECT"
        page.keyboard.press("ArrowUp")
        assert results(page)["matrix"] == paper.FIGURE_7.tolist()

    def test_reset_keeps_the_choice(self, show):
        page = self.bench(show)
        press(page, "Matrix", "ArrowDown")
        press(page, "Normal called COVID-19", "ArrowUp", role="spinbutton")
        page.get_by_role("button", name="Reset").click()
        assert results(page)["matrix"] == [[29, 0], [1, 71]]
