"""The pooling explorer: its state in Python, and its arithmetic in a browser against the reference."""

import itertools
import json
import re

import numpy as np
import pytest
from chapters import CHAPTERS, cells
from traitlets import TraitError
from widget_page import output_of, press, put, unfolded

from coronet_lib.datasets.phantom import phantom
from coronet_lib.layers import cross_correlate2d, pool2d, relu
from coronet_lib.widgets import PoolingExplorer
from coronet_lib.widgets.convolution import PRESETS

LATE = """async () => {
  stop();
  const source = new Blob([model.get("_esm")], { type: "text/javascript" });
  const widget = await import(URL.createObjectURL(source));
  const late = document.createElement("div");
  widget.default.render({ model, el: late });
  document.getElementById("host").replaceChildren(late);
}"""


@pytest.fixture
def patch():
    return np.random.default_rng(3).uniform(-1, 1, (9, 11)).round(3)


def pooled(image, activation="relu", shift=0, **settings):
    """What the explorer is to show, from the reference."""
    image = np.pad(image, ((0, 0), (shift, 0)), mode="edge")[:, : image.shape[1]]
    image = relu(image) if activation == "relu" else image
    return pool2d(image[None, :, :, None], **settings)[0, :, :, 0]


def change(image, **settings):
    """By what share of its mean a shift by one pixel changes a map, as chapter 3 measures it."""
    before = pooled(image, **settings)
    return np.abs(pooled(image, shift=1, **settings) - before).mean() / np.abs(before).mean()


def status(page):
    return page.inner_text("[aria-live=polite]").replace("−", "-")


class TestState:
    def test_state_is_plain_json(self, patch):
        explorer = PoolingExplorer(patch.astype("float32"), kind="l2", position=(2, 3))
        assert json.loads(json.dumps(explorer.image)) == explorer.image
        assert repr(explorer) == "PoolingExplorer()"

    @pytest.mark.parametrize(
        ("image", "message"),
        [
            (np.zeros((5, 5, 1)), r"image wants 2 dimensions .* got shape \(5, 5, 1\)"),
            (np.zeros((0, 4)), r"at least one number, got shape \(0, 4\)"),
            (np.full((5, 5), np.inf), "image holds numbers that are not finite"),
            (np.zeros((5, 65)), r"at most 64 × 64 pixels, got shape \(5, 65\)"),
        ],
    )
    def test_refuses_what_it_cannot_show(self, image, message):
        with pytest.raises(ValueError, match=message):
            PoolingExplorer(image)

    @pytest.mark.parametrize(
        "setting", [{"kind": "median"}, {"size": 5}, {"stride": 0}, {"activation": "tanh"}, {"shift": -1}]
    )
    def test_refuses_unknown_values(self, patch, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            PoolingExplorer(patch, **setting)


@pytest.mark.browser
class TestArithmetic:
    def test_every_combination_equals_the_reference(self, show, patch):
        page = show(PoolingExplorer(patch))
        choices = {
            "activation": ("relu", "none"),
            "kind": ("max", "average", "l2"),
            "size": (1, 2, 3, 4),
            "stride": (1, 2, 3, 4),
            "padding": ("valid", "same"),
            "shift": (0, 3),
        }
        for values in itertools.product(*choices.values()):
            settings = dict(zip(choices, values, strict=True))
            put(page, **settings)
            np.testing.assert_allclose(output_of(page), pooled(patch, **settings), rtol=0, atol=1e-10)

    def test_window_larger_than_the_image(self, show, patch):
        page = show(PoolingExplorer(patch[:3], size=4))
        assert output_of(page).size == 0
        assert "A window of 4 pixels fits nowhere in 3 × 11" in status(page)
        page.get_by_role("combobox", name="Padding").select_option("same")
        np.testing.assert_allclose(output_of(page), pooled(patch[:3], size=4, stride=2, padding="same"))

    def test_change_by_the_shift(self, show, patch):
        page = show(PoolingExplorer(patch, kind="average", shift=1))
        each_pixel, average = {"kind": "max", "size": 1}, {"kind": "average"}
        before, after = (change(patch, **settings) for settings in (each_pixel, average))
        words = f"changes the map by {before:.1%} of its mean before pooling, by {after:.1%} after it"
        assert words.replace("%", " %") in status(page)
        page.evaluate("model.set('shift', 0)")
        assert "shift" not in status(page)

    def test_chapter_and_explorer_use_one_yardstick(self, show):
        edges = cross_correlate2d(phantom("normal", size=150).image / 255, PRESETS["sobel_x"])
        patch = edges[97:117, 45:65].round(2)
        told = "change by 40, 31, 28 and 23 % of their mean"
        assert any(told in " ".join(cell.source.split()) for cell in cells(CHAPTERS[3], "markdown"))
        page = show(PoolingExplorer(patch, kind="max", size=2, stride=2, shift=1))
        shares = []
        for size in (1, 2, 3, 4):
            page.get_by_role("combobox", name="Window").select_option(str(size))
            shares.append(float(re.search(r"by ([\d.]+) % after it", status(page))[1]))
            assert shares[-1] == pytest.approx(100 * change(patch, size=size, stride=2), abs=0.05)
        first, *others, last = (f"{share:.0f}" for share in shares)
        assert told == f"change by {', '.join([first, *others])} and {last} % of their mean"

    def test_a_blank_map_does_not_change(self, show):
        assert "by 0.0 % of its mean before pooling, by 0.0 % after it" in status(
            show(PoolingExplorer(-np.ones((6, 6)), shift=1))
        )


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show, patch):
        page = show(PoolingExplorer(patch))
        settings = {"size": 2, "stride": 2}
        for label, changed in [
            ("Activation", {"activation": "none"}),
            ("Pooling", {"kind": "average"}),
            ("Window", {"size": 3}),
            ("Stride", {"stride": 3}),
            ("Padding", {"padding": "same"}),
            ("Shift", {"shift": 1}),
        ]:
            press(page, label, "ArrowDown")
            settings |= changed
            np.testing.assert_allclose(output_of(page), pooled(patch, **settings), rtol=0, atol=1e-5)
        assert page.evaluate("model.saved")

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("max", "output[1, 1] = max(4, 0, 1, 3) = 4."),
            ("average", "output[1, 1] = (4 + 0 + 1 + 3) / 4 = 2."),
            ("l2", "output[1, 1] = √((4)² + (0)² + (1)² + (3)²) = 5.099."),
        ],
    )
    def test_arrow_keys_take_output_pixels_apart(self, show, kind, words):
        image = np.zeros((4, 4))
        image[2:, 2:] = [[4, -2], [1, 3]]
        page = show(PoolingExplorer(image, kind=kind))
        canvas = page.locator("canvas[tabindex]")
        canvas.focus()
        for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
            canvas.press(key)
        assert status(page) == words

    def test_padded_pixels_take_no_part(self, show):
        page = show(PoolingExplorer(-np.ones((3, 3)), activation="none", padding="same", position=(1, 1)))
        assert status(page) == "output[1, 1] = max(-1) = -1."

    def test_numbers_are_there_for_who_cannot_see_the_map(self, show, patch):
        page = show(PoolingExplorer(patch))
        rows = unfolded(page)
        page.evaluate("model.set('stride', 4)")
        cells = rows.locator("td").all_inner_texts()
        shown = [float(cell.replace("−", "-")) for cell in cells]
        np.testing.assert_allclose(shown, pooled(patch, stride=4).ravel(), atol=1e-3)

    def test_share_of_zeros_after_relu(self, show, patch):
        page = show(PoolingExplorer(patch))
        assert f"{100 * np.mean(patch <= 0):.0f} % zeros" in page.inner_text(".cw-maps")

    def test_closed_view_listens_no_more(self, show, patch):
        page = show(PoolingExplorer(patch))
        before = output_of(page)
        page.evaluate("stop(); model.set('stride', 4)")
        np.testing.assert_array_equal(output_of(page), before)


@pytest.mark.browser
class TestAppearance:
    def test_is_drawn_alike_in_a_host_that_attaches_it_late(self, show, patch):
        page = show(PoolingExplorer(patch, padding="same"))
        pixels = "[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join()"
        before = page.evaluate(pixels)
        page.evaluate(LATE)
        page.wait_for_function(f"(before) => {pixels} === before", arg=before, timeout=5000)
