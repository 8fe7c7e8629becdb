"""The interactive figures: their state in Python, and their script driven in a browser."""

import itertools
import json
from functools import partial

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, output_of, press, put, unfolded

from coronet_lib.layers import convolve2d, cross_correlate2d
from coronet_lib.widgets import (
    BatchNormExplorer,
    ConvolutionExplorer,
    PoolingExplorer,
    SeparableCostExplorer,
    SoftmaxExplorer,
)
from coronet_lib.widgets.convolution import PRESETS


@pytest.fixture
def patch():
    return np.random.default_rng(2).uniform(-1, 1, (9, 11)).round(3)


def stacked(image, kernel, layers, operation="correlation", **settings):
    """What the explorer is to show, from the reference: deeper layers use the kernel's first slice."""
    apply = {"correlation": cross_correlate2d, "convolution": convolve2d}[operation]
    kernel = np.asarray(kernel)[..., None]  # one output channel
    for depth in range(layers):
        image = apply(image, kernel[:, :, :1] if depth else kernel, **settings)
    return image[..., 0]


@pytest.mark.parametrize(
    "explorer",
    [
        partial(BatchNormExplorer, [1.0, 2.0]),
        partial(ConvolutionExplorer, np.zeros((4, 4))),
        partial(PoolingExplorer, np.zeros((4, 4))),
        SeparableCostExplorer,
        SoftmaxExplorer,
    ],
)
def test_a_setting_that_no_explorer_has_is_refused(explorer):
    with pytest.raises(ValueError, match=r"settings want to be among \['.*'\], got \['colour', 'sizes'\]"):
        explorer(sizes=3, colour="red")


class TestState:
    def test_grey_image_and_named_kernel_get_a_channel_axis(self, patch):
        explorer = ConvolutionExplorer(patch, kernel="sobel_y")
        assert np.shape(explorer.image) == (9, 11, 1)
        np.testing.assert_array_equal(np.squeeze(explorer.kernel), PRESETS["sobel_y"])

    def test_one_slice_serves_every_channel(self, patch):
        explorer = ConvolutionExplorer(np.stack([patch, -patch, patch], -1))
        explorer.kernel = np.arange(9).reshape(3, 3)
        np.testing.assert_array_equal(np.array(explorer.kernel)[:, :, 2], np.arange(9).reshape(3, 3))

    def test_state_is_plain_json(self, patch):
        explorer = ConvolutionExplorer(patch.astype("float32"), position=(2, 3))
        assert json.loads(json.dumps(explorer.image)) == explorer.image
        assert json.loads(json.dumps(explorer.kernel)) == explorer.kernel

    def test_executed_page_holds_no_address(self, patch):
        assert repr(ConvolutionExplorer(patch)) == "ConvolutionExplorer()"

    @pytest.mark.parametrize(
        ("image", "kernel", "message"),
        [
            (np.zeros(9), "blur", r"image wants 2 or 3 dimensions .* got shape \(9,\)"),
            (np.zeros((0, 4)), "blur", r"at least one number, got shape \(0, 4\)"),
            (np.full((5, 5), np.nan), "blur", "image holds numbers that are not finite"),
            (np.zeros((65, 5)), "blur", r"at most 64 × 64 pixels and 3 channels, got shape \(65, 5, 1\)"),
            (np.zeros((5, 5, 4)), "blur", r"3 channels, got shape \(5, 5, 4\)"),
            (np.zeros((5, 5)), "laplace", "kernel 'laplace' is none of identity, blur"),
            (np.zeros((5, 5)), np.ones(3), r"kernel wants 2 or 3 dimensions .* got shape \(3,\)"),
            (np.zeros((5, 5)), np.ones((5, 5)), r"kernel wants shape \(3, 3\) .* got \(5, 5\)"),
            (np.zeros((5, 5, 2)), np.ones((3, 3, 3)), r"\(3, 3, 2\), got \(3, 3, 3\)"),
        ],
    )
    def test_refuses_what_it_cannot_show(self, image, kernel, message):
        with pytest.raises(ValueError, match=message):
            ConvolutionExplorer(image, kernel=kernel)

    @pytest.mark.parametrize("channel", [-1, 1])
    def test_refuses_a_channel_that_the_image_has_not(self, patch, channel):
        with pytest.raises(ValueError, match=f"channel wants 0 to 0, got {channel}"):
            ConvolutionExplorer(patch, channel=channel)

    @pytest.mark.parametrize("setting", [{"stride": 4}, {"padding": "full"}, {"dilation": 0}, {"layers": 4}])
    def test_refuses_unknown_values(self, patch, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            ConvolutionExplorer(patch, **setting)


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_every_combination_equals_the_reference(self, show, channels):
        rng = np.random.default_rng(channels)
        image, kernel = rng.normal(size=(17, 15, channels)), rng.normal(size=(3, 3, channels))
        page = show(ConvolutionExplorer(image, kernel=kernel))
        choices = {
            "stride": (1, 2, 3),
            "padding": ("valid", "same"),
            "dilation": (1, 2),
            "operation": ("correlation", "convolution"),
            "layers": (1, 2, 3),
        }
        compared = 0
        for values in itertools.product(*choices.values()):
            settings = dict(zip(choices, values, strict=True))
            put(page, **settings)
            shown = output_of(page)
            try:
                wanted = stacked(image[None], kernel, **settings)[0]
            except ValueError:  # the window fits nowhere any more
                assert shown.size == 0
                assert "fits nowhere" in page.inner_text(".cw-status")
                continue
            np.testing.assert_allclose(shown, wanted, rtol=0, atol=1e-10)
            compared += 1
        assert compared > 50

    @pytest.mark.parametrize(
        "settings",
        [
            {"layers": 3},
            {"layers": 2, "dilation": 2},
            {"layers": 2, "stride": 2, "padding": "same"},
            {"layers": 3, "padding": "same", "operation": "convolution"},
        ],
    )
    def test_receptive_field_is_every_pixel_that_matters(self, show, settings):
        height, width, position = 9, 11, (0, 1)
        ones = np.ones((3, 3))
        page = show(ConvolutionExplorer(np.ones((height, width)), kernel=ones, position=position, **settings))
        impulses = np.eye(height * width).reshape(-1, height, width, 1)
        effect = stacked(impulses, ones[..., None], **settings)[:, *position]
        rows, columns = np.divmod(np.flatnonzero(effect), width)
        box = f"{np.ptp(rows) + 1} × {np.ptp(columns) + 1}"
        assert f"It sees {len(rows)} input pixels within {box}." in page.inner_text(".cw-status")


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        state = {"kernel": PRESETS["sobel_x"], "layers": 1}

        def check(**changed):
            state.update(changed)
            kernel = np.array(state["kernel"], dtype=float)[..., None]
            wanted = stacked(patch[None, :, :, None], **(state | {"kernel": kernel}))[0]
            np.testing.assert_allclose(output_of(page), wanted, rtol=0, atol=1e-5)

        check()
        press(page, "Preset", "ArrowDown")
        check(kernel=PRESETS["sobel_y"])
        press(page, "Stride", "ArrowDown")
        check(stride=2)
        press(page, "Padding", "ArrowDown")
        check(padding="same")
        press(page, "Dilation", "ArrowDown")
        check(dilation=2)
        press(page, "Operation", "ArrowDown")
        check(operation="convolution")
        press(page, "Layers", "ArrowDown", times=2)
        check(layers=3)
        press(page, "Weight in row 0, column 2", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("7.5")
        check(kernel=[[-1, -2, 7.5], [0, 0, 0], [1, 2, 1]])
        assert page.get_by_label("Preset").input_value() == "custom"
        assert page.evaluate("model.saved")

    def test_half_typed_number_changes_nothing(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        before = output_of(page)
        field = page.get_by_label("Weight in row 1, column 1")
        field.fill("")
        assert field.get_attribute("aria-invalid") == "true"
        np.testing.assert_array_equal(output_of(page), before)
        field.press_sequentially("-2")
        assert field.get_attribute("aria-invalid") == "false"
        assert page.evaluate("model.get('kernel')[1][1]") == [-2]

    def test_each_channel_has_its_slice(self, show, patch):
        image = np.stack([patch, patch**2], -1)
        page = show(ConvolutionExplorer(image, kernel="identity"))
        press(page, "Channel", "ArrowDown")
        page.get_by_role("combobox", name="Preset").select_option("edge")
        kernel = np.stack([PRESETS["identity"], PRESETS["edge"]], -1)
        np.testing.assert_allclose(output_of(page), stacked(image[None], kernel, 1)[0], atol=1e-10)
        assert "Kernel, channel 1" in page.inner_text("legend")

    def test_arrow_keys_take_output_pixels_apart(self, show, patch):
        page = show(ConvolutionExplorer(patch, kernel="sobel_x"))
        canvas = page.locator("canvas[tabindex]")
        canvas.focus()
        for key in ("PageDown", "End", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowRight"):
            canvas.press(key)
        row, column = 5, 7  # of a 7 × 9 output: bottom right, one up, two left, one right
        assert page.evaluate("model.get('position')") == [row, column]
        cells = page.locator(".cw-products td").all_inner_texts()
        products = [float(cell.split("\n")[2].replace("−", "-")) for cell in cells]
        wanted = patch[row : row + 3, column : column + 3] * PRESETS["sobel_x"]
        np.testing.assert_allclose(products, wanted.ravel(), atol=5e-4)
        total = f"{round(wanted.sum(), 3):g}".replace("-", "−")
        assert page.inner_text("[aria-live=polite]").startswith(f"output[{row}, {column}] = {total},")

    def test_presets_stand_in_their_order(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        names = page.get_by_role("combobox", name="Preset").locator("option").all_inner_texts()
        assert names == [*(name.replace("_", " ") for name in PRESETS), "your own"]

    def test_numbers_have_as_many_decimals_as_their_map_needs(self, show):
        image = np.ones((4, 4))
        image[0, 0] = 0.25
        page = show(ConvolutionExplorer(image, kernel="blur"))
        cells = [cell.split("\n") for cell in page.locator(".cw-products td").all_inner_texts()]
        assert cells[0] == ["0.25", "×\u200a0.0625", "0.016"]
        assert cells[4] == ["1.00", "×\u200a0.2500", "0.250"]
        page.get_by_role("combobox", name="Preset").select_option("sobel_x")
        cells = [cell.split("\n") for cell in page.locator(".cw-products td").all_inner_texts()]
        assert cells[:2] == [["0.25", "×\u200a−1", "−0.25"], ["1.00", "×\u200a0", "0.00"]]

    def test_pointer_follows_and_stays_inside(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        box = page.locator("canvas[tabindex]").bounding_box()
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        assert page.evaluate("model.get('position')") == [3, 8]
        page.evaluate("model.set('stride', 3)")  # the output is 3 × 3 now
        assert page.inner_text(".cw-status").startswith("output[2, 2]")

    def test_numbers_are_there_for_who_cannot_see_the_map(self, show, patch):
        page = show(ConvolutionExplorer(patch, kernel="identity"))
        rows = unfolded(page)
        assert rows.count() == 7
        first = rows.locator("td").first.inner_text()
        assert float(first.replace("−", "-")) == patch[1, 1]

    def test_page_hears_none_of_its_keys(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        page.evaluate("document.addEventListener('keydown', () => (window.heard = true))")
        page.locator("canvas[tabindex]").press("ArrowRight")
        press(page, "Stride", "ArrowDown")
        assert page.evaluate("[model.get('position'), model.get('stride')]") == [[0, 1], 2]
        assert page.evaluate("window.heard") is None

    def test_python_may_change_the_state(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        page.evaluate("model.set('padding', 'same')")
        assert page.get_by_label("Padding").input_value() == "same"

    def test_closed_view_listens_no_more(self, show, patch):
        page = show(ConvolutionExplorer(patch))
        before = page.evaluate(OUTPUT)
        page.evaluate("stop(); model.set('stride', 2)")
        assert page.evaluate(OUTPUT) == before


@pytest.mark.browser
class TestAppearance:
    @pytest.mark.parametrize(
        ("switch", "scheme"),
        [
            ("document.documentElement.dataset.theme = 'dark'", "dark"),
            ("document.body.dataset.jpThemeLight = 'false'", "dark"),
            ("document.documentElement.setAttribute('theme', 'dark')", "dark"),
            ("document.documentElement.dataset.theme = 'light'", "light"),
        ],
    )
    def test_follows_the_page_and_redraws(self, show, patch, switch, scheme):
        other = {"dark": "light", "light": "dark"}[scheme]
        page = show(ConvolutionExplorer(patch, padding="same"), colours=other)
        pixels = "document.querySelector('canvas').toDataURL()"
        before = page.evaluate(pixels)
        page.evaluate(switch)
        page.wait_for_selector(f".coronet-widget[data-scheme={scheme}]")
        assert page.evaluate(pixels) != before
