"""The separable cost explorer: its layers are CoroNet's, and its arithmetic is coronet_lib.layers.cost's."""

import json

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, press, put

from coronet_lib.layers import macs, parameters
from coronet_lib.widgets import SeparableCostExplorer
from coronet_lib.widgets.separable import CORONET_LAYERS

KINDS = ("conv2d", "depthwise_conv2d", "pointwise_conv2d", "separable_conv2d")


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def check(page, channels_in=728, channels_out=728, kernel_size=3, output_size=9):
    """The page shows what the library counts."""
    shown = results(page)
    for kind in KINDS:
        taps = 1 if kind == "pointwise_conv2d" else kernel_size
        goes_out = channels_in if kind == "depthwise_conv2d" else channels_out
        layer = (kind, channels_in, goes_out, taps)
        assert shown["parameters"][kind] == parameters(*layer)
        assert shown["macs"][kind] == macs(*layer, output_size)
    layers = [parameters(kind, channels_in, channels_out, kernel_size) for kind in KINDS[::3]]
    assert shown["ratio"] == pytest.approx(layers[1] / layers[0], abs=1e-5)
    assert shown["formula"] == pytest.approx(shown["ratio"], abs=1e-5)
    assert shown["claim"] == pytest.approx(1 / channels_out, abs=1e-5)


def number(text):
    return float(text.replace(",", ""))


class TestState:
    def test_state_is_plain_json(self):
        explorer = SeparableCostExplorer(channels_in=8, kernel_size=5)
        state = {
            name: explorer.get_state()[name] for name in explorer.trait_names(sync=True) if name[0] != "_"
        }
        assert json.loads(json.dumps(state)) == state
        assert (explorer.channels_in, explorer.channels_out, explorer.kernel_size) == (8, 728, 5)
        assert repr(explorer) == "SeparableCostExplorer()"

    @pytest.mark.parametrize(
        "setting",
        [{"channels_in": 0}, {"channels_out": 2049}, {"kernel_size": 12}, {"output_size": 1.5}],
    )
    def test_refuses_what_it_cannot_show(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            SeparableCostExplorer(**setting)

    def test_layers_are_those_of_coronet(self):
        from coronet_lib.audit.finding import skeleton
        from coronet_lib.models.coronet import coronet

        model = skeleton(coronet)
        for name, (channels_in, channels_out, kernel_size, output_size) in CORONET_LAYERS.items():
            layer = model.get_layer(name)
            assert layer.input.shape[-1] == channels_in
            assert layer.kernel_size == (kernel_size, kernel_size)
            assert layer.output.shape[1:] == (output_size, output_size, channels_out)
            assert layer.count_params() == parameters(
                "separable_conv2d", channels_in, channels_out, kernel_size
            )


@pytest.mark.browser
class TestArithmetic:
    def test_equals_the_library(self, show):
        page = show(SeparableCostExplorer())
        extremes = [(1, 1, 1, 1), (1, 2048, 11, 150), (2048, 1, 2, 1), (2048, 2048, 11, 150), (3, 32, 3, 74)]
        for sizes in [*CORONET_LAYERS.values(), *extremes]:
            names = ("channels_in", "channels_out", "kernel_size", "output_size")
            state = dict(zip(names, sizes, strict=True))
            put(page, **state)
            check(page, **state)


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(SeparableCostExplorer())
        check(page)
        press(page, "Channels in, slider", "ArrowRight", role="slider")
        check(page, channels_in=790)
        press(page, "Channels out, k, slider", "Home", role="slider")
        check(page, channels_in=790, channels_out=1)
        press(page, "Channels out, k", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("64")
        press(page, "Kernel size, n, slider", "ArrowRight", role="slider")
        press(page, "Output size", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("20")
        check(page, channels_in=790, channels_out=64, kernel_size=4, output_size=20)
        assert page.evaluate("model.saved")

    def test_a_layer_of_coronet_sets_all_four(self, show):
        page = show(SeparableCostExplorer())
        presets = page.get_by_role("combobox", name="Layer of CoroNet")
        assert presets.input_value() == "block5_sepconv1"
        for name, sizes in CORONET_LAYERS.items():
            presets.select_option(name)
            check(page, *sizes)
        press(page, "Output size, slider", "ArrowRight", role="slider")
        assert presets.input_value() == "own numbers"
        assert presets.locator("option").last.is_disabled()  # it says nothing, so nobody can choose it

    def test_layers_stand_in_their_order(self, show):
        presets = show(SeparableCostExplorer()).get_by_role("combobox", name="Layer of CoroNet")
        assert presets.locator("option").all_inner_texts() == [*CORONET_LAYERS, "own numbers"]

    def test_channels_go_in_equal_factors(self, show):
        page = show(SeparableCostExplorer(channels_in=1))
        slider, channels = page.get_by_role("slider", name="Channels in, slider"), [1]
        while channels[-1] < 2048:
            slider.press("ArrowRight")
            channels.append(page.evaluate("model.get('channels_in')"))
        assert len(channels) < 100
        assert set(channels) >= {2**power for power in range(12)} | {728, 1536}
        steps = np.divide(channels[1:], channels[:-1])
        assert steps.min() > 1
        assert steps[channels.index(64) :].max() < 1.1

    def test_half_typed_number_changes_nothing(self, show):
        page = show(SeparableCostExplorer())
        for name, text in (("Channels in", ""), ("Kernel size, n", "0"), ("Output size", "151")):
            field = page.get_by_role("spinbutton", name=name, exact=True)
            field.fill(text)
            assert field.get_attribute("aria-invalid") == "true"
            check(page)

    def test_a_broken_number_is_rounded_in_its_field(self, show):
        page = show(SeparableCostExplorer())
        field = page.get_by_role("spinbutton", name="Kernel size, n", exact=True)
        for typed, kept in (("2.6", 3), ("4.8", 5)):
            field.fill(typed)
            assert field.input_value() == str(kept)
            check(page, kernel_size=kept)

    def test_numbers_and_bars_on_the_page_are_those_computed(self, show):
        page = show(SeparableCostExplorer(channels_in=64, channels_out=128, output_size=72))
        wanted = results(page)
        counted, shares = (page.locator("table").nth(index).locator("tbody tr") for index in range(2))
        for index, kind in enumerate(KINDS):
            cells = counted.nth(index).locator("td")
            assert number(cells.nth(0).inner_text()) == wanted["parameters"][kind]
            assert number(cells.nth(1).inner_text()) == wanted["macs"][kind]
            width = cells.nth(2).locator("span").evaluate("(node) => node.style.width")
            share = wanted["macs"][kind] / wanted["macs"]["conv2d"]
            assert float(width.rstrip("%")) == pytest.approx(100 * share, abs=0.01)
        for index, by in enumerate(("ratio", "formula", "claim")):
            cells = shares.nth(index).locator("td")
            assert number(cells.nth(0).inner_text()) == pytest.approx(wanted[by], abs=5e-5)
            width = cells.nth(1).locator("span").evaluate("(node) => node.style.width")
            assert float(width.rstrip("%")) == pytest.approx(100 * wanted[by], abs=0.01)
        status = page.inner_text("[aria-live=polite]")
        assert f"{1 / wanted['ratio']:.2f} times fewer" in status
        assert "128 times" in status

    def test_a_window_of_nine_is_never_nine_times_cheaper(self, show):
        page = show(SeparableCostExplorer(channels_out=2048))
        assert "makes 8.96 times fewer multiplications" in page.inner_text("[aria-live=polite]")

    @pytest.mark.parametrize(("channels", "times"), [(4, "1.2500"), (2048, "1.0005")])
    def test_says_when_it_costs_more(self, show, channels, times):
        page = show(SeparableCostExplorer(channels_in=4, channels_out=channels, kernel_size=1))
        check(page, 4, channels, 1, 9)
        assert f"costs more: {times} times as many" in page.inner_text("[aria-live=polite]")
        bars = page.locator(".cw-cost-bar").all()
        assert all(bar.bounding_box()["width"] <= bar.locator("..").bounding_box()["width"] for bar in bars)

    def test_closed_view_listens_no_more(self, show):
        page = show(SeparableCostExplorer())
        before = page.evaluate(OUTPUT)
        page.evaluate("stop(); model.set('kernel_size', 2)")
        assert page.evaluate(OUTPUT) == before


@pytest.mark.browser
class TestAppearance:
    def test_fits_a_phone(self, show):
        largest = {"channels_in": 2048, "channels_out": 2048, "kernel_size": 11, "output_size": 150}
        page = show(SeparableCostExplorer(**largest), width=390)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
