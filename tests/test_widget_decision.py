"""The decision explorer: its shares, chances and net benefits are the library's."""

import json

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, press, put

from coronet_lib.evaluation import net_benefit, with_shares
from coronet_lib.widgets import DecisionExplorer

RNG = np.random.default_rng(0)
ILL = RNG.random(80) < 0.3
CHANCES = np.clip(0.3 * ILL + 0.7 * RNG.random(80), 0, 1).round(4)


def results(page):
    return json.loads(page.evaluate(OUTPUT))


def wanted(threshold, prevalence, corrected):
    """The same numbers from weights and the library."""
    chances, here, base = CHANCES, prevalence / 100, ILL.mean()
    if corrected:
        chances = with_shares(np.stack([chances, 1 - chances], 1), [base, 1 - base], [here, 1 - here])[:, 0]
    # So many copies of each that the share of the ill is the prevalence.
    copies = np.where(ILL, prevalence * (~ILL).sum(), (100 - prevalence) * ILL.sum())
    ill, many = np.repeat(ILL, copies), np.repeat(chances, copies)
    called = many >= threshold
    return {
        "sensitivity": called[ill].mean(),
        "specificity": (~called[~ill]).mean(),
        "ppv": ill[called].mean() if called.any() else None,
        "network": net_benefit(ill, many, [threshold])[0],
        "everybody": net_benefit(ill, np.ones(len(ill)), [threshold])[0],
    }


class TestState:
    def test_state_is_plain_json(self):
        widget = DecisionExplorer(ILL, CHANCES, prevalence=5)
        state = {name: widget.get_state()[name] for name in widget.trait_names(sync=True) if name[0] != "_"}
        assert json.loads(json.dumps(state)) == state

    @pytest.mark.parametrize("setting", [{"threshold": 0.0}, {"prevalence": 61}, {"corrected": "yes"}])
    def test_refuses_what_it_cannot_show(self, setting):
        with pytest.raises(TraitError, match=next(iter(setting))):
            DecisionExplorer(ILL, CHANCES, **setting)

    def test_refuses_what_does_not_fit(self):
        with pytest.raises(ValueError, match="ill and not ill, one for each of 80"):
            DecisionExplorer(ILL[1:], CHANCES)
        with pytest.raises(ValueError, match="ill and not ill"):
            DecisionExplorer(ILL | True, CHANCES)
        with pytest.raises(ValueError, match="chances want 0 to 1"):
            DecisionExplorer(ILL, CHANCES + 1)


@pytest.mark.browser
class TestPage:
    def test_arithmetic_is_the_librarys(self, show):
        page = show(DecisionExplorer(ILL, CHANCES))
        for threshold in (0.1, 0.33, 0.5, 0.9):
            for prevalence in (1, 20, 60):
                for corrected in (False, True):
                    state = {"threshold": threshold, "prevalence": prevalence, "corrected": corrected}
                    put(page, **state)
                    shown = results(page)
                    for name, value in wanted(**state).items():
                        assert shown[name] == (value if value is None else pytest.approx(value, abs=1e-9)), (
                            state
                        )

    def test_every_setting_is_reached_by_keyboard(self, show):
        page = show(DecisionExplorer(ILL, CHANCES))
        press(page, "Threshold, slider", "ArrowRight", times=2, role="slider")
        press(page, "Prevalence, %, slider", "ArrowLeft", times=3, role="slider")
        press(page, "Chances", "ArrowDown")
        state = [page.evaluate(f"model.get('{name}')") for name in ("threshold", "prevalence", "corrected")]
        assert state == [0.52, 17, True]

    def test_a_rarer_disease_moves_one_point_and_not_the_other(self, show):
        page = show(DecisionExplorer(ILL, CHANCES, threshold=0.5, prevalence=20))
        where = "all => all.map((one) => [one.getAttribute('cx'), one.getAttribute('cy')])"
        before = page.locator("svg .cw-now").evaluate_all(where)
        page.evaluate("model.set('prevalence', 1)")
        roc, precision = page.locator("svg .cw-now").evaluate_all(where)
        assert roc == before[0]
        assert precision[0] == before[1][0]
        assert float(precision[1]) > float(before[1][1])  # down
