"""The comparison lab: who is right where, and what the library says of each pair."""

import json

import numpy as np
import pandas as pd
import pytest
from traitlets import TraitError
from widget_page import CONTRASTS, OUTPUT, press, unfolded

from coronet_lib import runs
from coronet_lib.evaluation import mcnemar, patient_bootstrap
from coronet_lib.files import data_path
from coronet_lib.widgets import ComparisonLab

NAMES = ("phantom", "gap", "rotated")
RESAMPLES = 100


@pytest.fixture(scope="module")
def kept():
    """History and predictions of three runs on the same X-rays."""
    folders = {name: data_path("runs", f"quick-{name}") for name in NAMES}
    return {
        name: (pd.read_csv(folder / "history.csv"), runs.read_predictions(folder)[0])
        for name, folder in folders.items()
    }


@pytest.fixture(scope="module")
def right(kept):
    return {name: (table["true"] == table["predicted"]).to_numpy() for name, (_, table) in kept.items()}


@pytest.fixture
def lab(kept):
    return lambda *names, **settings: ComparisonLab(kept, *names, resamples=RESAMPLES, **settings)


def results(page):
    return json.loads(page.evaluate(OUTPUT))


class TestState:
    def test_state_is_plain_json_and_small(self, lab):
        widget = lab()
        state = {name: widget.get_state()[name] for name in widget.trait_names(sync=True) if name[0] != "_"}
        assert json.loads(json.dumps(state)) == state
        assert len(json.dumps(state)) < 20_000
        assert (widget.first, widget.second) == NAMES[:2]

    @pytest.mark.parametrize(
        ("names", "settings"),
        [(("phantom", "xray"), {}), (("gap", "gap"), {}), ((), {"epoch": 19}), ((), {"epoch": 0})],
    )
    def test_refuses_what_it_cannot_show(self, lab, names, settings):
        with pytest.raises((ValueError, TraitError), match=r"wants|less than 1"):
            lab(*names, **settings)

    def test_refuses_runs_on_other_x_rays(self, kept):
        history, table = kept["gap"]
        with pytest.raises(ValueError, match="gap was tested on other X-rays than phantom"):
            ComparisonLab({"phantom": kept["phantom"], "gap": (history, table.iloc[::-1])})
        with pytest.raises(ValueError, match="two runs or more"):
            ComparisonLab({"phantom": kept["phantom"]})


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize("pair", [("phantom", "gap"), ("gap", "phantom"), ("rotated", "gap")])
    def test_the_pair_is_what_the_library_says(self, show, lab, kept, right, pair):
        page = show(lab(*pair))
        shown, (one, other) = results(page), (right[name] for name in pair)
        test = mcnemar(one, other)
        assert [shown["counts"][kind] for kind in ("both", "first", "second", "neither")] == [
            (one & other).sum(),
            test.only_a,
            test.only_b,
            (~one & ~other).sum(),
        ]
        assert shown["disputed"] == np.flatnonzero(one != other).tolist()
        patients = kept["gap"][1]["patient"].to_numpy()
        assert shown["patients"] == len(set(patients[one != other]))
        assert shown["pair"]["p"] == pytest.approx(test.p)
        assert shown["pair"]["difference"] == pytest.approx(one.mean() - other.mean())
        ends = patient_bootstrap(one, other, patients, lambda a, b: a.mean() - b.mean(), resamples=RESAMPLES)
        assert [shown["pair"]["low"], shown["pair"]["high"]] == pytest.approx(ends)

    def test_a_tick_for_each_x_ray_that_not_both_get_right(self, show, lab, right):
        page = show(lab())
        one, other = right["phantom"], right["gap"]
        for kind, wanted in {"first": one & ~other, "second": other & ~one, "neither": ~one & ~other}.items():
            across = page.locator(f".cw-tick.cw-{kind}").evaluate_all(
                "all => all.map((t) => +t.getAttribute('x1'))"
            )
            assert np.allclose(across, (np.flatnonzero(wanted) + 0.5) / len(one) * 440)

    def test_the_scrubber_reads_the_curves(self, show, lab, kept):
        page = show(lab())
        for epoch in (1, 11, 18):
            page.evaluate("epoch => model.set('epoch', epoch)", epoch)
            reached = [f"{name} {100 * kept[name][0]['val_accuracy'][epoch - 1]:.1f} %" for name in NAMES[:2]]
            assert f"After epoch {epoch}: {', '.join(reached)}." in page.inner_text(".cw-status")


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show, lab):
        page = show(lab(epoch=3))
        press(page, "Second", "ArrowDown")
        press(page, "Epoch, slider", "ArrowRight", role="slider")
        state = [page.evaluate(f"model.get('{name}')") for name in ("first", "second", "epoch")]
        assert state == ["phantom", "rotated", 4]
        assert page.evaluate("model.saved")

    def test_who_takes_the_others_run_exchanges_them(self, show, lab):
        page = show(lab())
        page.get_by_role("combobox", name="First").select_option("gap")
        assert [page.evaluate(f"model.get('{name}')") for name in ("first", "second")] == ["gap", "phantom"]

    def test_disputed_x_rays_are_there_for_who_cannot_see_the_ticks(self, show, lab, kept):
        page = show(lab())
        rows = unfolded(page)
        assert rows.count() == len(results(page)["disputed"])
        first = int(rows.first.locator("th").inner_text())
        table = kept["phantom"][1]
        assert table["true"][first] == "covid19"
        assert rows.first.locator("td").first.inner_text() == "COVID-19"

    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_text_stands_out(self, show, lab, colours):
        assert min(show(lab(), colours=colours).evaluate(CONTRASTS)) >= 4.5
