"""The scaling explorer: its steps are those of coronet_lib.training.plan."""

import json

import pytest
from traitlets import TraitError
from widget_page import OUTPUT, OVERLAPS, press, put, unfolded

from coronet_lib.training import PAPER
from coronet_lib.training.estimate import K80_RATE
from coronet_lib.training.plan import GRADIENT_BYTES, MESSAGES_A_NORM, NORM_CHANNELS, NORMS, Cluster, step
from coronet_lib.widgets import ScalingExplorer

LATENCY, KNEE = 50e-6, 100
FACTS = {
    "images": 80 * 938,
    "rate": K80_RATE,
    "gradient_bytes": GRADIENT_BYTES,
    "norm_bytes": 8 * MESSAGES_A_NORM * NORM_CHANNELS,
    "messages": MESSAGES_A_NORM * NORMS,
    "latency": LATENCY,
    "knee": KNEE,
    "smallest_batch": 10,
}


def results(page, **state):
    put(page, **state)
    return json.loads(page.evaluate(OUTPUT))


class TestState:
    def test_is_plain_json(self):
        explorer = ScalingExplorer(FACTS, workers=4)
        assert json.loads(json.dumps(explorer.facts)) == explorer.facts == FACTS

    @pytest.mark.parametrize(
        ("facts", "message"),
        [
            ({"images": 1}, "facts want images, rate"),
            (FACTS | {"seed": 1}, "got .*seed"),
            (FACTS | {"rate": 0}, "rate wants a positive number, got 0"),
            (FACTS | {"knee": float("inf")}, "knee wants a positive number"),
        ],
    )
    def test_refuses_facts_that_it_cannot_use(self, facts, message):
        with pytest.raises(ValueError, match=message):
            ScalingExplorer(facts)

    @pytest.mark.parametrize("setting", [{"workers": 65}, {"gigabits": 0.0}, {"batch": 0}])
    def test_refuses_settings_that_no_slider_reaches(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            ScalingExplorer(FACTS, **setting)


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize("workers", [1, 2, 5, 10])
    @pytest.mark.parametrize("gigabits", [1.0, 25.0])
    def test_a_step_is_the_librarys(self, show, workers, gigabits):
        cluster = Cluster(devices=workers, together=workers, gigabits=gigabits, latency=LATENCY)
        shown = results(show(ScalingExplorer(FACTS)), workers=workers, gigabits=gigabits)
        assert shown["step"] == pytest.approx(step(PAPER, cluster)._asdict())

    def test_hours_and_efficiency_follow(self, show):
        page = show(ScalingExplorer(FACTS))
        for workers, batch in ((1, 10), (8, 10), (8, 256), (64, 8192)):
            shown = results(page, workers=workers, batch=batch)
            steps = FACTS["images"] / batch * (1 + batch / KNEE) / (1 + 10 / KNEE)
            assert shown["steps"] == pytest.approx(steps)
            assert shown["hours"] == pytest.approx(steps * sum(shown["step"].values()) / 3600)
            assert shown["alone"] == pytest.approx(FACTS["images"] / K80_RATE / 3600)
            assert shown["efficiency"] == pytest.approx(shown["alone"] / shown["hours"] / workers)
            assert f"efficiency {100 * shown['efficiency']:.0f} %." in page.inner_text(".cw-status")

    def test_who_has_no_image_waits(self, show):
        shown = results(show(ScalingExplorer(FACTS)), workers=64, batch=10)
        assert shown["step"]["compute"] == pytest.approx(1 / K80_RATE)


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(ScalingExplorer(FACTS, workers=8, gigabits=10.0, batch=10))
        for label in ("Workers", "Gigabits a second", "Batch, all workers"):
            press(page, f"{label}, slider", "ArrowRight", role="slider")
        state = [page.evaluate(f"model.get('{name}')") for name in ("workers", "gigabits", "batch")]
        assert state[0] == 9
        assert state[1] > 10
        assert state[2] > 10

    def test_the_curve_is_there_for_who_cannot_see_it(self, show):
        page = show(ScalingExplorer(FACTS))
        assert page.locator("svg").get_attribute("aria-label") == page.inner_text(".cw-status")
        rows = [row.inner_text().split() for row in unfolded(page).all()]
        curve = results(page)["curve"]
        assert rows == [[str(many), f"{curve[many - 1]:.2f}"] for many in (1, 2, 4, 8, 16, 32, 64)]

    def test_names_of_curves_cover_no_other_words(self, show):
        page = show(ScalingExplorer(FACTS, workers=64), width=390)
        assert page.evaluate(OVERLAPS) == 0
