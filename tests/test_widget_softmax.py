"""The softmax explorer: its state in Python, and its arithmetic in a browser against the reference."""

import json

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, press, put

from coronet_lib.layers import softmax, softmax_cross_entropy, softmax_cross_entropy_backward
from coronet_lib.widgets import SoftmaxExplorer

SCORES = (2.5, -0.7, 1.2, 0.3)


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def check(page, scores=SCORES, temperature=1.0, true_class=0):
    """The page shows what the reference says."""
    logits, label = np.array([scores]) / temperature, np.array([true_class])
    shown = results(page)
    np.testing.assert_allclose(shown["probabilities"], softmax(logits)[0], rtol=0, atol=1e-5)
    assert shown["loss"] == pytest.approx(softmax_cross_entropy(logits, label), abs=1e-5)
    gradient = softmax_cross_entropy_backward(logits, label)[0] / temperature
    np.testing.assert_allclose(shown["gradient"], gradient, rtol=0, atol=1e-5)


def number(text):
    return float(text.replace("−", "-"))


class TestState:
    def test_state_is_plain_json(self):
        explorer = SoftmaxExplorer(np.array(SCORES, dtype="float32"), true_class=3, temperature=2)
        assert json.loads(json.dumps(explorer.scores)) == explorer.scores
        assert explorer.classes == ["COVID-19", "Normal", "Bacterial pneumonia", "Viral pneumonia"]
        assert (explorer.true_class, explorer.temperature) == (3, 2)
        assert repr(explorer) == "SoftmaxExplorer()"

    @pytest.mark.parametrize("classes", [2, 3, 4])
    def test_knows_the_problems_of_the_paper(self, classes):
        assert len(SoftmaxExplorer(np.zeros(classes)).classes) == classes

    @pytest.mark.parametrize(
        ("scores", "settings", "message"),
        [
            (np.zeros((2, 4)), {}, r"scores wants 1 dimensions .* got shape \(2, 4\)"),
            ((1, 2, np.inf, 0), {}, "scores holds numbers that are not finite"),
            (np.zeros(5), {}, "4-, 3- and 2-class problems, not 5 classes"),
            (np.zeros(3), {"true_class": 3}, "true_class wants 0 to 2, got 3"),
            (np.zeros(4), {"true_class": -1}, "true_class wants 0 to 3, got -1"),
        ],
    )
    def test_refuses_what_it_cannot_show(self, scores, settings, message):
        with pytest.raises(ValueError, match=message):
            SoftmaxExplorer(scores, **settings)

    @pytest.mark.parametrize("setting", [{"temperature": 0}, {"temperature": 11}])
    def test_refuses_unknown_values(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            SoftmaxExplorer(SCORES, **setting)

    def test_number_of_classes_is_fixed(self):
        explorer = SoftmaxExplorer(SCORES)
        with pytest.raises(ValueError, match=r"scores want shape \(4,\), got \(3,\)"):
            explorer.scores = [1, 2, 3]


@pytest.mark.browser
class TestArithmetic:
    def test_equals_the_reference(self, show):
        rng = np.random.default_rng(4)
        page = show(SoftmaxExplorer(SCORES))
        for scale in (1, 30, 1e4):  # at 1e4, a softmax without the max trick gives no number
            for temperature in (0.1, 1.0, 7.3):
                for true_class in range(4):
                    scores = rng.normal(scale=scale, size=4).tolist()
                    state = {"scores": scores, "temperature": temperature, "true_class": true_class}
                    put(page, **state)
                    check(page, **state)

    @pytest.mark.parametrize("scores", [SCORES, (1, 2, 3), (0.5, 0.5)])
    def test_printed_formula_is_printed_to_the_letter(self, show, scores):
        page = show(SoftmaxExplorer(scores, as_printed=True))
        printed = np.exp(scores) / sum(np.exp(scores[-1]) for _ in scores)
        np.testing.assert_allclose(results(page)["printed"], printed, rtol=0, atol=1e-5)
        total = number(page.locator("tbody tr").last.locator("td").nth(2).inner_text())
        assert total == pytest.approx(printed.sum(), abs=5e-4)


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(SoftmaxExplorer(SCORES))
        check(page)
        press(page, "True class", "ArrowDown", times=2)
        check(page, true_class=2)
        press(page, "Score of Normal, slider", "ArrowRight", times=3, role="slider")
        scores = (2.5, -0.4, 1.2, 0.3)
        check(page, scores=scores, true_class=2)
        press(page, "Temperature, slider", "ArrowRight", role="slider")
        check(page, scores=scores, temperature=1.12, true_class=2)
        press(page, "Temperature", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("4")
        check(page, scores=scores, temperature=4, true_class=2)
        press(page, "Score of COVID-19", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("-20")  # beyond the slider
        check(page, scores=(-20, *scores[1:]), temperature=4, true_class=2)
        press(page, "Show equation (3) as printed", "Space", role="button")
        assert page.evaluate("[model.get('as_printed'), model.saved]") == [True, True]

    def test_half_typed_number_changes_nothing(self, show):
        page = show(SoftmaxExplorer(SCORES))
        for name, text in (("Score of Normal", ""), ("Temperature", "0"), ("Temperature", "11")):
            field = page.get_by_role("spinbutton", name=name, exact=True)
            field.fill(text)
            assert field.get_attribute("aria-invalid") == "true"
            check(page)

    def test_numbers_on_the_page_are_those_computed(self, show):
        page = show(SoftmaxExplorer(SCORES, true_class=1))
        wanted = results(page)
        for index in range(4):
            cells = page.locator("tbody tr").nth(index).locator("td")
            assert cells.nth(0).inner_text() == f"{wanted['probabilities'][index]:.3f}"
            assert number(cells.nth(2).inner_text()) == pytest.approx(wanted["gradient"][index], abs=5e-4)
            bar, track = cells.nth(1).locator(".cw-bar"), cells.nth(1)
            width = bar.evaluate("(node) => node.style.width")
            assert float(width.rstrip("%")) == pytest.approx(100 * wanted["probabilities"][index], abs=0.01)
            assert bar.bounding_box()["width"] <= track.bounding_box()["width"]
        assert f"= {wanted['loss']:.3f}." in page.inner_text("[aria-live=polite]")
        assert "(true class)" in page.locator("tbody th").nth(1).inner_text()

    def test_printed_formula_shows_on_demand(self, show):
        page = show(SoftmaxExplorer((1000, 0, 0, 0)))
        column = page.get_by_text("eq. (3) as printed")
        assert column.count() == 0
        button = page.get_by_role("button", name="Show equation (3) as printed")
        button.click()
        assert (column.count(), button.get_attribute("aria-pressed")) == (1, "true")
        assert "add up to ∞" in page.inner_text("[aria-live=polite]")
        check(page, scores=(1000, 0, 0, 0))

    def test_a_huge_number_stays_short(self, show):
        page = show(SoftmaxExplorer((50, 0, 0, 0), as_printed=True))
        assert page.locator("tbody td").nth(2).inner_text() == f"{np.exp(50) / 4:.2e}"

    def test_python_may_change_the_state(self, show):
        page = show(SoftmaxExplorer(SCORES))
        page.evaluate("model.set('temperature', 2); model.set('true_class', 3)")
        assert page.get_by_role("combobox", name="True class").input_value() == "3"
        assert page.get_by_role("spinbutton", name="Temperature").input_value() == "2.00"
        assert page.get_by_role("columnheader", name="gradient (p − y) / T").is_visible()

    def test_temperature_goes_in_equal_factors(self, show):
        page = show(SoftmaxExplorer(SCORES, temperature=0.1))
        slider = page.get_by_role("slider", name="Temperature, slider")
        heats = [0.1]
        for _ in range(4):
            for _ in range(10):
                slider.press("ArrowRight")
            heats.append(page.evaluate("model.get('temperature')"))
        assert heats == [0.1, 0.32, 1, 3.16, 10]

    def test_closed_view_listens_no_more(self, show):
        page = show(SoftmaxExplorer(SCORES))
        before = page.evaluate(OUTPUT)
        page.evaluate("stop(); model.set('temperature', 2)")
        assert page.evaluate(OUTPUT) == before
