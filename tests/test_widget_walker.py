"""The CoroNet walker: its maps and counts are those of Keras, its samples those of the layers in NumPy."""

import json

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, press, unfolded

from coronet_lib import paper
from coronet_lib.layers import relu
from coronet_lib.widgets import CoroNetWalker

SIZES = {"flatten": (71, 134, 150, 167, 224, 299), "gap": (166,)}


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def ends_and_counts(model):
    """Of each block and the head: the map that comes out, and the parameters."""
    ends, counts = {}, {}
    for layer in model.layers:
        part = layer.name.split("_")[0]
        if part.startswith(("block", "head")):
            if "shortcut" not in layer.name:
                ends[part] = layer.output.shape[1:]
            counts[part] = counts.get(part, 0) + layer.count_params()
    return ends, counts


def brick(sample, seed):
    row, column = np.indices((8, 8))
    weights = (3 * row + 5 * column + 7 * seed + row * column * (seed + 1)) % 11 - 5
    mixed = weights @ sample
    return (mixed - mixed.mean()) / mixed.std()


def samples(relu_last):
    """The sample after each block, with the ReLUs where chapter 9 has them."""
    x = np.array([2, -1, 3, 1, -2, 1, -3, 2])
    kept = [x]
    for number in range(1, 15):
        seed, before = 4 * number, x
        if number in (1, 14):
            x = relu(brick(relu(brick(x, seed)), seed + 1))
        else:
            x = brick(x if relu_last or number == 2 else relu(x), seed)
            for index in range(1, 3 if 5 <= number <= 12 else 2):
                x = brick(relu(x), seed + index)
            x = x + (before if 5 <= number <= 12 else brick(before, seed + 3))
            x = relu(x) if relu_last else x
        kept.append(x)
    return np.array(kept)


class TestState:
    def test_state_is_plain_json(self):
        walker = CoroNetWalker(size=224, head="gap")
        state = {name: walker.get_state()[name] for name in walker.trait_names(sync=True) if name[0] != "_"}
        assert json.loads(json.dumps(state)) == state
        assert (walker.size, walker.head, walker.relu_last) == (224, "gap", False)

    @pytest.mark.parametrize("setting", [{"size": 70}, {"size": 300}, {"head": "dense"}, {"relu_last": 2}])
    def test_refuses_what_it_cannot_show(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            CoroNetWalker(**setting)


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize("head", SIZES)
    def test_maps_and_counts_are_those_of_keras(self, show, head):
        from coronet_lib.audit.finding import skeleton
        from coronet_lib.models.coronet import coronet

        page = show(CoroNetWalker(head=head))
        for size in SIZES[head]:
            page.evaluate("size => model.set('size', size)", size)
            model, shown = skeleton(coronet, size=size, head=head), results(page)
            ends, counts = ends_and_counts(model)
            assert shown["edges"] == [size, *(shape[0] for name, shape in ends.items() if name != "head")]
            assert shown["counts"] == list(counts.values())
            assert shown["total"] == model.count_params()
            assert shown["inputs"] == model.get_layer("head_dense").input.shape[-1]

    def test_opens_with_the_papers_table_ii(self, show):
        page = show(CoroNetWalker())
        rows = page.locator("tbody tr").all_inner_texts()
        last = paper.TABLE_II["xception"].shape
        assert f"{last[0]} × {last[1]} × {last[2]:,}" in rows[14]
        assert f"{paper.TABLE_II['flatten'].shape[0]:,}" in rows[15]
        assert f"of {paper.TABLE_II_PARAMETERS.total:,} parameters" in page.inner_text(".cw-status")

    def test_samples_are_those_of_numpy(self, show):
        page = show(CoroNetWalker())
        for relu_last in (False, True):
            page.evaluate("last => model.set('relu_last', last)", relu_last)
            assert np.allclose(results(page)["samples"], samples(relu_last))

    def test_the_wrong_relu_changes_the_answer_and_no_count(self, show):
        page = show(CoroNetWalker())
        right = results(page)
        assert right["changed"] == 0
        page.evaluate("model.set('relu_last', true)")
        wrong = results(page)
        for same in ("edges", "counts", "total", "inputs"):
            assert wrong[same] == right[same]
        moved = ~np.isclose(samples(True)[-1], samples(False)[-1])
        assert wrong["changed"] == moved.sum() > 0
        assert f"changes no count, but {moved.sum()} of the 8" in page.inner_text(".cw-status")


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(CoroNetWalker())
        press(page, "Image, pixels, slider", "ArrowRight", role="slider")
        press(page, "Head", "ArrowDown")
        press(page, "ReLU", "ArrowDown")
        state = [page.evaluate(f"model.get('{name}')") for name in ("size", "head", "relu_last")]
        assert state == [151, "gap", True]
        assert page.evaluate("model.saved")
        press(page, "Image, pixels", "ControlOrMeta+a", role="spinbutton")
        page.keyboard.type("224")
        assert results(page)["edges"][-1] == 7

    def test_walks_from_the_first_block_to_the_head(self, show):
        page = show(CoroNetWalker(), reduced_motion="reduce")
        rows, step = page.locator("tbody tr"), page.get_by_role("button", name="Step")
        for number in range(1, 16):
            step.press("Enter")
            assert rows.locator("xpath=self::*[@class='cw-here']").count() == 1
            assert rows.nth(number).get_attribute("class") == "cw-here"
            assert page.locator(".cw-ahead").count() == 15 - number
            if number < 15:
                assert page.inner_text(".cw-status").startswith(f"Block {number}: ")
        step.press("Enter")
        assert page.locator(".cw-here, .cw-ahead").count() == 0

    def test_numbers_are_there_for_who_cannot_see_the_cells(self, show):
        page = show(CoroNetWalker())
        shown = unfolded(page).last.locator("td").all_inner_texts()
        assert [float(text.replace("−", "-")) for text in shown] == list(samples(False)[-1].round(2))
