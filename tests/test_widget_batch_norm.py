"""The batch norm explorer: its state in Python, and its arithmetic in a browser against the reference."""

import json

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, press, put

from coronet_lib.layers import batch_norm
from coronet_lib.widgets import BatchNormExplorer
from coronet_lib.widgets.batch_norm import MAX_BATCH, MAX_STEPS, MOMENTA

NUMBERS = np.random.default_rng(5).normal(3, 2, 37).round(2)
SETTINGS = {"value": 4.5, "batch_size": 10, "momentum": 0.99, "steps": 20}


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def expected(value, batch_size, momentum, steps):
    """The same training by the reference: each row is outputs of the followed value, mean, variance."""
    drawn = np.resize(NUMBERS, batch_size * steps).reshape(steps, batch_size, 1)
    drawn[-1, 0] = value
    scale, shift, mean, variance = np.ones(1), np.zeros(1), np.zeros(1), np.ones(1)
    path = [(mean[0], variance[0])]
    for batch in drawn:
        y, mean, variance = batch_norm(batch, scale, shift, mean, variance, training=True, momentum=momentum)
        path.append((mean[0], variance[0]))
    inference, *_ = batch_norm(drawn[-1], scale, shift, mean, variance)
    population = np.array([NUMBERS.mean()]), np.array([NUMBERS.var()])
    settled, *_ = batch_norm(drawn[-1], scale, shift, *population)
    rows = {
        "training": (y[0, 0], drawn[-1].mean(), drawn[-1].var()),
        "inference": (inference[0, 0], mean[0], variance[0]),
        "all": (settled[0, 0], NUMBERS.mean(), NUMBERS.var()),
    }
    return rows, path, drawn[..., 0].mean(axis=1)


def check(page, **changes):
    """The page shows what the reference says."""
    settings = SETTINGS | changes
    rows, path, means = expected(**settings)
    shown = results(page)
    for name, row in rows.items():
        computed = [shown[name][part] for part in ("output", "mean", "variance")]
        np.testing.assert_allclose(computed, row, rtol=0, atol=1e-5, err_msg=name)
    moving = [(step["mean"], step["variance"]) for step in shown["moving"]]
    np.testing.assert_allclose(moving, path, rtol=0, atol=1e-5)
    np.testing.assert_allclose([batch["mean"] for batch in shown["ofBatches"]], means, rtol=0, atol=1e-5)
    assert shown["left"] == pytest.approx(settings["momentum"] ** settings["steps"], abs=1e-9)


def number(text):
    return float(text.replace("−", "-"))


class TestState:
    def test_state_is_plain_json(self):
        explorer = BatchNormExplorer(NUMBERS.astype("float32"), value=np.float32(2), momentum=0.9, steps=3)
        assert json.loads(json.dumps(explorer.numbers)) == explorer.numbers
        assert (explorer.value, explorer.momentum, explorer.steps, explorer.batch_size) == (2.0, 0.9, 3, 10)
        assert repr(explorer) == "BatchNormExplorer()"

    def test_follows_the_first_number_unless_told_otherwise(self):
        assert BatchNormExplorer([7, 8]).value == 7

    @pytest.mark.parametrize(
        ("numbers", "settings", "message"),
        [
            (np.zeros((2, 4)), {}, r"numbers wants 1 dimensions .* got shape \(2, 4\)"),
            ([1.0], {}, r"at least 2 X-rays, got shape \(1,\)"),
            ([1, np.nan], {}, "numbers holds numbers that are not finite"),
            (NUMBERS, {"value": np.inf}, "value holds numbers that are not finite"),
        ],
    )
    def test_refuses_what_it_cannot_show(self, numbers, settings, message):
        with pytest.raises(ValueError, match=message):
            BatchNormExplorer(numbers, **settings)

    @pytest.mark.parametrize(
        "setting",
        [
            {"batch_size": 0},
            {"batch_size": MAX_BATCH + 1},
            {"steps": MAX_STEPS + 1},
            {"steps": 1.5},
            {"momentum": 0.7},
        ],
    )
    def test_refuses_unknown_values(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            BatchNormExplorer(NUMBERS, **setting)


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize("momentum", MOMENTA)
    def test_equals_the_reference(self, show, momentum):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        for batch_size in (1, 2, 10, MAX_BATCH):  # the last is larger than the collection
            for steps in (1, 7, MAX_STEPS):
                state = {"value": -8.25, "batch_size": batch_size, "momentum": momentum, "steps": steps}
                put(page, **state)
                check(page, **state)

    def test_a_batch_of_one_forgets_its_value(self, show):
        page = show(BatchNormExplorer(NUMBERS, value=123.0, batch_size=1))
        assert results(page)["training"]["output"] == 0

    def test_equal_numbers_can_be_drawn(self, show):
        page = show(BatchNormExplorer([0, 0], value=0.0, momentum=0.0))
        assert results(page)["inference"]["output"] == 0
        assert "NaN" not in page.locator("svg").inner_html()


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        check(page)
        press(page, "Batch size, slider", "ArrowRight", times=2, role="slider")
        check(page, batch_size=12)
        press(page, "Momentum", "ArrowUp")
        check(page, batch_size=12, momentum=0.9)
        press(page, "Training steps, slider", "ArrowLeft", times=3, role="slider")
        check(page, batch_size=12, momentum=0.9, steps=17)
        press(page, "One X-ray's value, slider", "ArrowRight", role="slider")
        check(page, batch_size=12, momentum=0.9, steps=17, value=4.6)
        press(page, "One X-ray's value", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("-30")  # beyond the slider
        check(page, batch_size=12, momentum=0.9, steps=17, value=-30)
        assert page.evaluate("model.saved")

    @pytest.mark.parametrize(
        ("title", "name", "most"),
        [("Batch size", "batch_size", MAX_BATCH), ("Training steps", "steps", MAX_STEPS)],
    )
    def test_sliders_and_python_have_the_same_limits(self, show, title, name, most):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        slider = page.get_by_role("slider", name=f"{title}, slider")
        for key, limit in (("Home", 1), ("End", most)):
            slider.press(key)
            assert page.evaluate("(name) => model.get(name)", name) == limit
            assert slider.get_attribute("aria-valuetext") == str(limit)
        choices = page.get_by_role("combobox", name="Momentum").locator("option").all_inner_texts()
        assert tuple(map(float, choices)) == MOMENTA

    def test_batch_size_goes_in_equal_factors(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS | {"batch_size": 16}))
        slider, sizes = page.get_by_role("slider", name="Batch size, slider"), [16]
        while sizes[-1] < MAX_BATCH:
            slider.press("ArrowRight")
            sizes.append(page.evaluate("model.get('batch_size')"))
        assert sizes[8::8] == [32, 64]

    def test_half_typed_number_changes_nothing(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        field = page.get_by_role("spinbutton", name="One X-ray's value")
        field.fill("")
        assert field.get_attribute("aria-invalid") == "true"
        check(page)

    def test_numbers_on_the_page_are_those_computed(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        for index, row in enumerate(expected(**SETTINGS)[0].values()):
            output, mean, variance = row
            cells = page.locator("tbody tr").nth(index).locator("td").all_inner_texts()
            np.testing.assert_allclose([*map(number, cells)], [mean, np.sqrt(variance), output], atol=6e-4)
        assert "81.8 % of the moving averages" in page.inner_text("[aria-live=polite]")
        assert page.get_by_role("img").get_attribute("aria-label") == page.inner_text("[aria-live=polite]")

    def test_chart_has_a_dot_for_each_batch_at_its_mean(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        heights = page.evaluate(
            "[...document.querySelectorAll('circle')].map((dot) => Number(dot.getAttribute('cy')))"
        )
        means = expected(**SETTINGS)[2]
        assert len(heights) == len(means)
        line = np.polyfit(means, heights, 1)
        assert line[0] < 0  # larger means stand higher
        np.testing.assert_allclose(np.polyval(line, means), heights, atol=1e-6)

    def test_python_may_change_the_state(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        page.evaluate("model.set('momentum', 0.5); model.set('steps', 4)")
        check(page, momentum=0.5, steps=4)
        assert page.get_by_role("combobox", name="Momentum").input_value() == "0.5"
        assert page.get_by_role("spinbutton", name="Training steps").input_value() == "4"

    def test_closed_view_listens_no_more(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS))
        before = page.evaluate(OUTPUT)
        page.evaluate("stop(); model.set('steps', 2)")
        assert page.evaluate(OUTPUT) == before


@pytest.mark.browser
class TestAppearance:
    def test_fits_a_phone(self, show):
        page = show(BatchNormExplorer(NUMBERS, **SETTINGS), width=390)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        inside = """(svg) => [...svg.querySelectorAll("text")].map((label) => label.getBBox())
          .every((box) => box.x >= 0 && box.x + box.width <= svg.viewBox.baseVal.width)"""
        assert page.locator("svg").evaluate(inside)
