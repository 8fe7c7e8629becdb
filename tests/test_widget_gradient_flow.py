"""The gradient flow explorer: its state in Python, and what it shows in a browser against the NumPy stack."""

import json

import numpy as np
import pytest
from widget_page import OUTPUT, OVERLAPS, press, unfolded

from coronet_lib.layers import gradient_sizes
from coronet_lib.widgets import GradientFlowExplorer

DEPTHS, SCALES = (4, 8, 20), (0.25, 0.71, 1.0)
KINDS = {"plain": False, "shortcuts": True}

# What the curves say, read off the drawing: positions against the labels of the axis.
READ_OFF = """() => {
  const sign = (one) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(one)];
  const labels = [...document.querySelectorAll(".cw-chart > text")]
    .filter((label) => /^10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$/.test(label.textContent));
  const [first, last] = [labels[0], labels.at(-1)].map((label) => ({
    exponent: Number([...label.textContent.slice(2)].map(sign).join("")),
    y: Number(label.getAttribute("y")) - 4 }));
  const slope = (last.exponent - first.exponent) / (last.y - first.y);
  const heights = (line) => line.getAttribute("points").split(" ")
    .map((point) => first.exponent + slope * (Number(point.split(",")[1]) - first.y));
  const read = (name) => heights(document.querySelector(`.cw-curve.cw-${name} polyline`));
  const faint = (name) => [...document.querySelectorAll(`.cw-faint.cw-${name}`)].map(heights);
  return { plain: read("plain"), shortcuts: read("shortcuts"),
    faint: { plain: faint("plain"), shortcuts: faint("shortcuts") } };
}"""


def sizes(depth, scale):
    return {kind: gradient_sizes(depth, scale, shortcut, units=32) for kind, shortcut in KINDS.items()}


@pytest.fixture(scope="module")
def runs():
    return [{"depth": d, "scale": s, **sizes(d, s)} for s in SCALES for d in DEPTHS]


def check(page, depth, scale):
    """The page shows what the reference says, in its numbers and in its drawing."""
    shown, drawn, wanted = json.loads(page.evaluate(OUTPUT)), page.evaluate(READ_OFF), sizes(depth, scale)
    assert (shown["depth"], shown["scale"]) == (depth, scale)
    for kind, values in wanted.items():
        np.testing.assert_allclose(shown[kind], values, rtol=1e-5)
        assert shown["ratios"][kind] == pytest.approx(values[0] / values[-1], rel=1e-5)
        np.testing.assert_allclose(drawn[kind], np.log10(values), rtol=0, atol=1e-5)
        assert len(drawn["faint"][kind]) == len(DEPTHS)
        for line, other in zip(drawn["faint"][kind], DEPTHS, strict=True):
            np.testing.assert_allclose(line, np.log10(sizes(other, scale)[kind]), rtol=0, atol=1e-5)


def changed(run, **parts):
    return [{**run, **parts}]


class TestState:
    def test_state_is_plain_json(self, runs):
        explorer = GradientFlowExplorer(runs, depth=8)
        assert json.loads(json.dumps(explorer.runs)) == explorer.runs
        assert (explorer.depth, explorer.scale) == (8, 0.25)
        assert GradientFlowExplorer(runs, scale=1).depth == 20
        assert repr(explorer) == "GradientFlowExplorer()"

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda runs: [], "every depth once with every scale"),
            (lambda runs: runs[:-1], "every depth once with every scale"),
            (lambda runs: [*runs, runs[0]], "every depth once with every scale"),
            (
                lambda runs: changed(runs[0], plain=np.ones(4)),
                "plain of depth 4 wants 5 positive sizes, got 4",
            ),
            (lambda runs: changed(runs[0], shortcuts=np.zeros(5)), "shortcuts of .* got 5 from 0 up"),
            (lambda runs: changed(runs[0], plain=[1, 1, 1, 1, np.nan]), "plain holds numbers that are not"),
            (lambda runs: changed(runs[0], seed=1), "wants depth, scale, plain and shortcuts, got .*seed"),
        ],
    )
    def test_refuses_runs_that_it_cannot_draw(self, runs, spoil, message):
        with pytest.raises(ValueError, match=message):
            GradientFlowExplorer(spoil(runs))

    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ({"depth": 5}, r"depth wants one of \[4, 8, 20\], got 5"),
            ({"scale": 2}, r"scale wants one of \[0.25, 0.71, 1.0\], got 2"),
        ],
    )
    def test_refuses_what_was_not_measured(self, runs, setting, message):
        with pytest.raises(ValueError, match=message):
            GradientFlowExplorer(runs, **setting)


@pytest.mark.browser
class TestFigure:
    def test_shows_what_numpy_measures(self, show, runs):
        page = show(GradientFlowExplorer(runs))
        for scale in SCALES:
            for depth in DEPTHS:
                page.evaluate("([d, s]) => { model.set('depth', d); model.set('scale', s) }", [depth, scale])
                check(page, depth, scale)

    def test_is_reached_by_keyboard(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=4))
        press(page, "Depth", "ArrowRight", role="slider")
        check(page, 8, 0.25)
        assert page.get_by_text("8 layers", exact=True).is_visible()
        press(page, "Depth", "End", role="slider")
        check(page, 20, 0.25)
        press(page, "Scale of the first weights", "ArrowDown", times=2)
        check(page, 20, 1.0)
        assert page.evaluate("model.saved")

    def test_message_is_read_aloud_and_stands_at_the_drawing(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=20, scale=0.25))
        message = page.inner_text("[aria-live=polite]")
        mantissa, exponent = f"{sizes(20, 0.25)['plain'][0] / sizes(20, 0.25)['plain'][-1]:.2e}".split("e")
        digits = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        assert (
            f"Through 20 layers to the input, the gradient is multiplied by {mantissa} × 10{digits} "
            in message
        )
        assert page.get_by_role("img", name=message).count() == 1

    def test_the_gradient_runs_back_from_the_output_to_the_input(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=8, scale=1.0), reduced_motion="reduce")
        whole, wanted = page.inner_text(".cw-status"), sizes(8, 1.0)
        for layer in range(7, 0, -1):
            page.get_by_role("button", name="Step").click()
            drawn = page.evaluate(READ_OFF)
            for kind, values in wanted.items():
                np.testing.assert_allclose(drawn[kind], np.log10(values[layer:]), rtol=0, atol=1e-5)
            message = page.inner_text(".cw-status")
            assert message.startswith(
                f"Back after layer {layer} of 8, the gradient is {wanted['plain'][layer]:.3g}"
            )
        page.get_by_role("button", name="Step").click()
        assert page.inner_text(".cw-status") == whole
        check(page, 8, 1.0)

    def test_another_stack_is_shown_whole(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=8, scale=1.0))
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('.cw-status').textContent.startsWith('Back')")
        page.get_by_role("button", name="Pause").click()
        press(page, "Depth", "End", role="slider")
        check(page, 20, 1.0)

    def test_numbers_are_there_for_those_who_cannot_see_curves(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=4, scale=1.0))
        rows = [row.inner_text().split() for row in unfolded(page).all()]
        wanted = sizes(4, 1.0)
        np.testing.assert_allclose(
            np.array(rows, float),
            np.column_stack([range(5), wanted["plain"], wanted["shortcuts"]]),
            rtol=6e-3,
        )

    def test_closed_view_listens_no_more(self, show, runs):
        page = show(GradientFlowExplorer(runs))
        before = page.evaluate(OUTPUT)
        page.evaluate("stop(); model.set('depth', 4)")
        assert page.evaluate(OUTPUT) == before


@pytest.mark.browser
class TestAppearance:
    def test_names_of_curves_cover_no_other_words(self, show, runs):
        page = show(GradientFlowExplorer(runs, depth=20, scale=0.25), width=390)
        assert page.evaluate(OVERLAPS) == 0

    def test_fits_a_phone(self, show, runs):
        page = show(GradientFlowExplorer(runs), width=390)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        widths = (
            "[...document.querySelectorAll('.cw-chart text')].map((text) => text.getBoundingClientRect())"
        )
        assert page.evaluate(f"{widths}.every(({{ left, right }}) => left >= 8 && right <= 382)")
