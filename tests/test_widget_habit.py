"""The habit explorer: its state in Python, and both tests in a browser against the four cells."""

import json

import pandas as pd
import pytest
from widget_page import OUTPUT, press

from coronet_lib.files import data_path
from coronet_lib.widgets import HabitExplorer

CELLS = ["covid19_on", "covid19_off", "normal_on", "normal_off"]


@pytest.fixture(scope="module")
def trainings():
    table = pd.read_csv(data_path("laboratory_habit.csv"))
    return table[(table["confounder"] == "marker") & table["remedy"].isin(["none", "balanced batches"])]


class TestState:
    def test_state_is_plain_json_and_small(self, trainings):
        widget = HabitExplorer(trainings)
        state = {name: widget.get_state()[name] for name in widget.trait_names(sync=True) if name[0] != "_"}
        assert json.loads(json.dumps(state)) == state
        assert len(json.dumps(state)) < 20_000
        assert (widget.share, widget.remedy, widget.shares[0]) == (90, "none", 50)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"share": 55}, "share wants one of .*, got 55"),
            ({"remedy": "prayer"}, "remedy wants one of .*, got 'prayer'"),
            ({"seed": 1}, "settings want to be among"),
        ],
    )
    def test_refuses_what_was_not_trained(self, trainings, settings, message):
        with pytest.raises(ValueError, match=message):
            HabitExplorer(trainings, **settings)

    def test_refuses_tables_with_holes(self, trainings):
        with pytest.raises(ValueError, match=r"lack \['normal_on'\]"):
            HabitExplorer(trainings.drop(columns="normal_on"))
        gone = (trainings["share"] == 0.7) & (trainings["remedy"] == "none")
        with pytest.raises(ValueError, match="wants a training for each share of"):
            HabitExplorer(trainings[~gone])


@pytest.mark.browser
class TestArithmetic:
    @pytest.mark.parametrize(("share", "remedy"), [(50, "none"), (90, "balanced batches"), (100, "none")])
    def test_both_tests_follow_from_the_cells(self, show, trainings, share, remedy):
        page = show(HabitExplorer(trainings, share=share, remedy=remedy))
        shown = json.loads(page.evaluate(OUTPUT))
        part = trainings[(trainings["share"] == share / 100) & (trainings["remedy"] == remedy)]
        assert shown["trainings"] == len(part)
        for cell, said in zip(CELLS, shown["cells"], strict=True):
            wanted = part[cell].agg(["mean", "min", "max"])
            assert list(said.values()) == pytest.approx(wanted.tolist())
        with_marker = {"covid19": share / 100, "normal": 1 - share / 100}
        habit = sum(
            often * part[f"{label}_on"] + (1 - often) * part[f"{label}_off"]
            for label, often in with_marker.items()
        )
        plain = part["covid19_off"] + part["normal_off"]
        for right, said in ((habit / 2, shown["habit"]), (plain / 2, shown["plain"])):
            assert list(said.values()) == pytest.approx([right.mean(), right.min(), right.max()])


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show, trainings):
        page = show(HabitExplorer(trainings))
        press(page, "Marker on COVID-19", "ArrowRight", role="slider")
        press(page, "Remedy", "ArrowDown")
        assert page.evaluate("[model.get('share'), model.get('remedy'), model.saved]") == [
            100,
            "balanced batches",
            True,
        ]
        said = "Marker on 100 % of COVID-19 and 0 % of the normal X-rays, remedy: balanced batches."
        assert said in page.inner_text(".cw-status")
