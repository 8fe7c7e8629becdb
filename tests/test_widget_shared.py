"""What all interactive figures do alike, each of them driven in a browser."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from widget_page import CONTRASTS, OUTPUT

from coronet_lib import widgets
from coronet_lib.classes import CLASSES
from coronet_lib.layers import gradient_sizes
from coronet_lib.widgets import (
    BatchNormExplorer,
    ComparisonLab,
    ConfusionWorkbench,
    ConvolutionExplorer,
    CoroNetWalker,
    DecisionExplorer,
    GradientFlowExplorer,
    HabitExplorer,
    LeakDealer,
    MapExplorer,
    PoolingExplorer,
    ScalingExplorer,
    SeparableCostExplorer,
    SoftmaxExplorer,
)

PHONE = 390
SCREEN = 720  # pixels of a phone's 844 that the browser's own bars leave
PATCH = np.random.default_rng(2).uniform(-1, 1, (20, 20)).round(2)


def run(depth):
    kinds = {"plain": False, "shortcuts": True}
    return {"depth": depth, "scale": 1.0} | {
        k: gradient_sizes(depth, 1.0, s, units=8) for k, s in kinds.items()
    }


def dealer():
    """Eight images of five patients, dealt in two ways."""
    deals = {"image": [[1, 2, 3, 4, 1, 2, 3, 4]], "patient": [[1, 1, 2, 2, 3, 3, 4, 4]]}
    return LeakDealer(np.arange(8 * 256).reshape(8, 16, 16, 1) % 256, [*"AABBCCDE"], deals)


def lab():
    """Two runs of three epochs, tested on four X-rays."""
    tested = pd.DataFrame({"file": [*"abcd"], "patient": [*"ppqr"], "true": [*CLASSES[4]]})
    learned = pd.DataFrame({"accuracy": [0.2, 0.5, 0.7], "val_accuracy": [0.3, 0.4, 0.6]})
    answers = {"narrow": tested["true"], "wide": tested["true"].replace("normal", "covid19")}
    return ComparisonLab({name: (learned, tested.assign(predicted=said)) for name, said in answers.items()})


def answers():
    """Two X-rays under the maps of two networks."""
    scores = pd.DataFrame(0.5, range(2), ["area", "mass", "pointing", "iou"])
    edges = {"fine": 4, "coarse": 2}
    maps = {
        network: {
            name: (sign * np.arange(-3.0, 2 * edge**2 - 3).reshape(2, edge, edge), scores)
            for name, edge in edges.items()
        }
        for network, sign in {"trained": 1, "untrained": -0.1}.items()
    }
    images = np.arange(2 * 64).reshape(2, 8, 8, 1).astype(np.uint8)
    return MapExplorer(images, images[..., 0] % 2 > 0, ["first", "second"], maps)


def habit():
    """One training with each of two shares."""
    cells = {"covid19_on": [0.9, 1.0], "covid19_off": [0.9, 0.0], "normal_on": [0.8, 0.1], "normal_off": 1.0}
    return HabitExplorer(pd.DataFrame({"share": [0.5, 1.0], "remedy": "none"} | cells), share=100)


def threshold():
    """Four classes with two X-rays each, and what a network might say of them."""
    true = np.arange(8) % 4
    return ConfusionWorkbench.of_scores(true, np.eye(4)[true] / 2 + np.arange(8)[:, None] / 40)


def scaling():
    """A training of a thousand images."""
    facts = {"images": 1000, "rate": 10, "gradient_bytes": 1e8, "norm_bytes": 1e5, "messages": 10}
    return ScalingExplorer(facts | {"latency": 1e-4, "knee": 100, "smallest_batch": 10})


# Each explorer, and a setting that is none of those that it opens with.
EXPLORERS = {
    "batch norm": (partial(BatchNormExplorer, np.arange(9.0)), ("momentum", 0.5)),
    "convolution": (partial(ConvolutionExplorer, np.dstack([PATCH] * 3), kernel="blur"), ("channel", 2)),
    "decision": (
        lambda: DecisionExplorer(np.arange(20) % 4 == 3, np.arange(20) / 20, threshold=0.3),
        ("prevalence", 5),
    ),
    "gradient flow": (lambda: GradientFlowExplorer([run(4), run(30)]), ("depth", 4)),
    "habit": (habit, ("share", 50)),
    "lab": (lab, ("epoch", 3)),
    "leak": (dealer, ("by", "patient")),
    "maps of answers": (answers, ("scale", "signed")),
    "pooling": (partial(PoolingExplorer, PATCH, shift=1), ("size", 4)),
    "scaling": (scaling, ("batch", 64)),
    "separable": (SeparableCostExplorer, ("kernel_size", 5)),
    "softmax": (partial(SoftmaxExplorer, as_printed=True), ("temperature", 3.0)),
    "walker": (CoroNetWalker, ("size", 224)),
    "threshold": (threshold, ("counts", np.full((4, 4), 1).tolist())),
    "workbench": (partial(ConfusionWorkbench, np.diag([9, 5, 7, 8]) + 1), ("of", "normal")),
}
SLIDERS = ("batch norm", "decision", "gradient flow", "habit", "scaling", "separable", "softmax", "walker")
MAPS = ("convolution", "pooling")
PLAYS = (*MAPS, "gradient flow", "walker")
# More texts than so many stand on the page, of explorers whose charts are full of numbers; of others ten.
TEXTS = {
    "batch norm": 25,
    "convolution": 40,
    "gradient flow": 15,
    "pooling": 20,
    "separable": 30,
    "softmax": 30,
}


def test_every_explorer_is_tried_here():
    assert {type(explorer(name)).__name__ for name in EXPLORERS} == set(widgets.__all__)


def explorer(name):
    return EXPLORERS[name][0]()


def drag(page, box, across=0, down=0):
    """Put a finger in the middle of a box, move it and lift it."""
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    points = [[{"x": x + across * part / 8, "y": y + down * part / 8}] for part in range(9)]
    for kind, point in zip(["touchStart", *["touchMove"] * 8], points, strict=True):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_page_carries_code_and_no_comments(name):
    widget = explorer(name)
    assert "/*" not in widget._esm
    assert "\n " not in widget._esm + widget._css
    assert len(widget._esm.encode() + widget._css.encode()) < 28_500


@pytest.mark.browser
@pytest.mark.parametrize("name", EXPLORERS)
class TestEach:
    def test_reset_brings_back_what_it_opened_with(self, show, name):
        page = show(explorer(name))
        opening = page.evaluate(OUTPUT), page.inner_text(".coronet-widget")
        page.evaluate("([name, value]) => model.set(name, value)", EXPLORERS[name][1])
        assert page.inner_text(".coronet-widget") != opening[1]
        page.get_by_role("button", name="Reset").press("Enter")
        assert (page.evaluate(OUTPUT), page.inner_text(".coronet-widget")) == opening

    def test_serves_a_finger(self, show, name):
        page = show(explorer(name), width=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        controls = page.locator("input, select, button, summary")
        boxes = [control.bounding_box() for control in controls.all()]
        assert min(box["height"] for box in boxes) >= 44
        assert all(slider.bounding_box()["width"] >= 120 for slider in page.locator("[type=range]").all())
        whole = page.evaluate(
            """() => document.querySelector(".cw-status").getBoundingClientRect().bottom
              - document.querySelector(".cw-controls").getBoundingClientRect().top"""
        )
        assert whole <= SCREEN

    def test_nothing_glides_for_who_wants_less_motion(self, show, name):
        page = show(explorer(name), reduced_motion="reduce")
        page.evaluate("([name, value]) => model.set(name, value)", EXPLORERS[name][1])
        assert page.evaluate("document.getAnimations().length") == 0

    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_text_stands_out_and_that_of_pressed_buttons_too(self, show, name, colours):
        page = show(explorer(name), colours=colours)
        page.evaluate("model.set('pinned', true)")
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > TEXTS.get(name, 10)
        assert min(contrasts) >= 4.5

    def test_focus_is_seen_on_every_control(self, show, name):
        page = show(explorer(name))
        controls = page.locator("input, select, button, summary, canvas[tabindex]").count()
        focused = set()
        for _ in range(controls):
            page.keyboard.press("Tab")
            style = "(({ outlineStyle, outlineWidth }) => [outlineStyle, outlineWidth])"
            assert page.evaluate(f"{style}(getComputedStyle(document.activeElement))") == ["solid", "3px"]
            assert page.evaluate("document.activeElement.dataset.lmSuppressShortcuts") == "true"
            focused.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert len(focused) == controls


@pytest.mark.browser
class TestFinger:
    def test_drags_a_page_that_lets_it(self, show):
        page = show(explorer("softmax"), width=PHONE, has_touch=True)
        page.add_style_tag(content="body { height: 3000px }")
        drag(page, page.locator(".cw-status").bounding_box(), down=-80)
        page.wait_for_function("scrollY > 30")

    @pytest.mark.parametrize("name", SLIDERS)
    def test_drags_a_slider_and_not_the_page(self, show, name):
        page = show(explorer(name), width=PHONE, has_touch=True)
        page.add_style_tag(content="body { height: 3000px }")
        before = page.evaluate(OUTPUT)
        for across, down in ((-50, -60), (0, -60)):
            drag(page, page.locator("[type=range]").first.bounding_box(), across, down)
        page.wait_for_timeout(100)
        assert page.evaluate("scrollY") == 0
        assert page.evaluate(OUTPUT) != before

    @pytest.mark.parametrize("name", MAPS)
    def test_drags_a_window_and_not_the_page(self, show, name):
        page = show(explorer(name), width=PHONE, has_touch=True)
        page.add_style_tag(content="body { height: 3000px }")
        drag(page, page.locator("canvas[tabindex]").bounding_box(), across=30, down=-30)
        page.wait_for_timeout(100)
        assert page.evaluate("scrollY") == 0
        row, column = page.evaluate("model.get('position')")
        assert row < column


@pytest.mark.browser
class TestWrongNumber:
    """A field with a number that cannot be shown: no result stands beside it."""

    @pytest.mark.parametrize(
        ("name", "field", "typed", "wanted"),
        [
            ("softmax", "Temperature", "0", "Temperature wants a number from 0.1 to 10."),
            ("softmax", "Temperature", "-2", "Temperature wants a number from 0.1 to 10."),
            ("separable", "Kernel size, n", "12", "Kernel size, n wants a number from 1 to 11."),
            ("convolution", "Weight in row 0, column 0", "", "Weight in row 0, column 0 wants a number."),
            ("batch norm", "One X-ray's value", "", "One X-ray's value wants a number."),
        ],
    )
    def test_hides_the_result_until_it_is_right(self, show, name, field, typed, wanted):
        page = show(explorer(name))
        result = page.locator(".cw-result").first
        said, before = page.inner_text(".cw-status"), page.evaluate(OUTPUT)
        box = page.get_by_role("spinbutton", name=field, exact=True)
        box.fill(typed)
        assert box.get_attribute("aria-invalid") == "true"
        assert page.inner_text(".cw-status") == wanted
        assert result.evaluate("(node) => getComputedStyle(node).visibility") == "hidden"
        assert box.is_visible()
        box.press("Tab")  # who leaves the field finds the last number that was right
        assert box.get_attribute("aria-invalid") == "false"
        assert (page.inner_text(".cw-status"), page.evaluate(OUTPUT)) == (said, before)
        assert result.is_visible()

    def test_reset_ends_the_waiting(self, show):
        page = show(explorer("softmax"))
        page.get_by_role("spinbutton", name="Temperature").fill("0")
        page.evaluate("document.querySelector('.cw-controls > button:last-child').click()")
        assert page.get_by_role("spinbutton", name="Temperature").input_value() == "1.00"
        assert page.locator(".cw-result").first.is_visible()


@pytest.mark.browser
class TestPlay:
    @pytest.mark.parametrize("name", PLAYS)
    def test_moves_by_itself_and_is_not_read_aloud(self, show, name):
        page = show(explorer(name))
        page.get_by_role("button", name="Play").press("Enter")
        page.wait_for_selector(".cw-status[aria-live=off]")
        said = "document.querySelector('.cw-status').textContent"
        for _ in range(2):
            page.wait_for_function(f"text => {said} !== text", arg=page.evaluate(said))
        page.get_by_role("button", name="Pause").press("Enter")
        still = page.inner_text(".cw-status[aria-live=polite]")
        page.wait_for_timeout(500)
        assert page.inner_text(".cw-status") == still

    @pytest.mark.parametrize("name", PLAYS)
    def test_goes_step_by_step_for_who_wants_less_motion(self, show, name):
        page = show(explorer(name), reduced_motion="reduce")
        button, texts = page.get_by_role("button", name="Step"), [page.inner_text(".cw-status")]
        for _ in range(3):
            button.press("Enter")
            texts.append(page.inner_text(".cw-status"))
            page.wait_for_timeout(450)
            assert page.inner_text(".cw-status") == texts[-1]
        assert len(set(texts)) == len(texts)

    @pytest.mark.parametrize("name", PLAYS)
    def test_stops_with_the_view(self, show, name):
        page = show(explorer(name))
        page.get_by_role("button", name="Play").click()
        page.evaluate("stop()")
        said = page.inner_text(".cw-status")
        page.wait_for_timeout(500)
        assert page.inner_text(".cw-status") == said

    @pytest.mark.parametrize("name", MAPS)
    def test_draws_the_map_as_far_as_the_window_has_come(self, show, name):
        page = show(explorer(name))
        drawn = """() => {
          const canvas = document.querySelector("canvas[tabindex]");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, index) => index % 4 === 3 && value > 0).length * 4 / data.length;
        }"""
        assert page.evaluate(drawn) == 1
        page.get_by_role("button", name="Play").click()
        assert page.evaluate(drawn) < 0.2
        page.get_by_role("button", name="Pause").click()
        assert page.evaluate(drawn) == 1

    @pytest.mark.parametrize("name", MAPS)
    def test_ends_in_the_last_corner_and_begins_again(self, show, name):
        page = show(explorer(name))
        height, width = np.shape(json.loads(page.evaluate(OUTPUT)))
        page.evaluate("(position) => model.set('position', position)", [height - 1, width - 3])
        page.get_by_role("button", name="Play").click()
        page.wait_for_selector("button:has-text('Play')")
        assert page.evaluate("model.get('position')") == [height - 1, width - 1]
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("String(model.get('position')) === '0,0'")


@pytest.mark.browser
@pytest.mark.parametrize("name", MAPS)
class TestPin:
    def point(self, page, down, across, click=False):
        box = page.locator("canvas[tabindex]").bounding_box()
        place = box["x"] + across * box["width"], box["y"] + down * box["height"]
        page.mouse.click(*place) if click else page.mouse.move(*place)
        return page.evaluate("model.get('position')")

    def test_a_click_holds_the_window(self, show, name):
        page = show(explorer(name))
        free = self.point(page, 0.7, 0.7)
        held = self.point(page, 0.3, 0.6, click=True)
        assert held != free
        assert self.point(page, 0.7, 0.7) == held
        assert page.get_by_role("button", name="Pin").get_attribute("aria-pressed") == "true"
        self.point(page, 0.3, 0.6, click=True)  # the same pixel again lets it go
        assert self.point(page, 0.7, 0.7) == free

    def test_a_click_elsewhere_moves_the_pin(self, show, name):
        page = show(explorer(name))
        first = self.point(page, 0.3, 0.6, click=True)
        second = self.point(page, 0.8, 0.1, click=True)
        assert second != first
        assert self.point(page, 0.5, 0.5) == second

    def test_the_keyboard_pins_and_moves_what_is_pinned(self, show, name):
        page = show(explorer(name))
        canvas = page.locator("canvas[tabindex]")
        canvas.press("Enter")
        assert page.evaluate("model.get('pinned')")
        canvas.press("ArrowRight")
        assert page.evaluate("model.get('position')") == [0, 1]
        assert self.point(page, 0.7, 0.7) == [0, 1]
        canvas.press("Space")
        assert self.point(page, 0.7, 0.7) != [0, 1]

    def test_is_part_of_the_state(self, show, name):
        widget = explorer(name)
        widget.pinned, widget.position = True, (1, 2)
        page = show(widget)
        assert self.point(page, 0.7, 0.7) == [1, 2]
