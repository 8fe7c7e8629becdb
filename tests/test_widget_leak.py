"""The leak dealer: its deals and counts are those of coronet_lib.datasets.folds."""

import json
from base64 import b64decode

import numpy as np
import pytest
from traitlets import TraitError
from widget_page import CONTRASTS, OUTPUT, press, put, unfolded

from coronet_lib.datasets import phantom
from coronet_lib.datasets.folds import folds, leaked_patients
from coronet_lib.widgets import LeakDealer

SEEDS = 3


@pytest.fixture(scope="module")
def few():
    return phantom.generate(8, size=64, seed=25)


@pytest.fixture(scope="module")
def deals(few):
    return {by: [folds(few, by=by, seed=seed) for seed in range(SEEDS)] for by in ("image", "patient")}


@pytest.fixture
def dealer(few, deals):
    return lambda **settings: LeakDealer(few.images, few.patients, deals, **settings)


def results(page):
    return json.loads(page.evaluate(OUTPUT))


class TestState:
    def test_state_is_plain_json_and_small(self, dealer):
        state = {
            name: dealer().get_state()[name] for name in dealer().trait_names(sync=True) if name[0] != "_"
        }
        assert json.loads(json.dumps(state)) == state
        assert len(json.dumps(state)) < 500 * 32

    def test_pictures_are_the_images_made_small(self, few, dealer):
        pictures = np.frombuffer(b64decode(dealer().pictures), np.uint8).reshape(len(few), 16, 16)
        first = few.images[5, :4, 60:, 0]  # becomes the last pixel of the first row
        assert pictures[5, 0, -1] == int(first.mean())

    @pytest.mark.parametrize("setting", [{"by": "hand"}, {"tested": 0}, {"tested": 5}, {"seed": SEEDS}])
    def test_refuses_what_it_cannot_show(self, dealer, setting):
        with pytest.raises((TraitError, ValueError), match=next(iter(setting))):
            dealer(**setting)

    def test_refuses_what_does_not_fit(self, few, deals):
        short = {by: [deal[1:] for deal in all_of_them] for by, all_of_them in deals.items()}
        with pytest.raises(ValueError, match="images want shape"):
            LeakDealer(few.images[:, :60], few.patients, deals)
        with pytest.raises(ValueError, match="deals want equally many"):
            LeakDealer(few.images, few.patients, {"image": deals["image"]})
        with pytest.raises(ValueError, match="a deal by image wants folds 1 to 4 of 32 images"):
            LeakDealer(few.images, few.patients, short)


@pytest.mark.browser
class TestArithmetic:
    def test_counts_are_the_librarys(self, show, dealer, few, deals):
        page = show(dealer())
        for by in deals:
            for seed, deal in enumerate(deals[by]):
                for tested in (1, 2, 3, 4):
                    state = {"by": by, "seed": seed, "tested": tested}
                    put(page, **state)
                    shown, leaked = results(page), leaked_patients(deal, few.patients).images
                    assert [sorted(bin) for bin in shown["bins"]] == [
                        np.flatnonzero(deal == fold).tolist() for fold in (1, 2, 3, 4)
                    ]
                    assert shown["leaked"] == leaked.tolist()
                    assert shown["known"] == (leaked & (deal == tested)).sum()
                    assert shown["seeds"][seed] == shown["known"]
                    said = page.inner_text(".cw-status")
                    assert (
                        f"the patient of {shown['known']}; in all four folds, of {leaked.sum()} of 32."
                        in said
                    )

    def test_dealt_by_patient_nobody_is_known_whatever_the_seed(self, show, dealer):
        page = show(dealer(by="patient"))
        assert page.inner_text(".cw-status").endswith("It is 0 for every seed.")
        assert page.locator(".cw-leaking, .cw-known").count() == 0
        assert page.locator(".cw-tie").count() > 10

    def test_a_thread_glows_where_a_patient_crosses_the_border(self, show, dealer, few, deals):
        page = show(dealer(tested=2))
        inside = deals["image"][0] == 2
        same = few.patients[:, None] == few.patients
        crossing = same & (inside[:, None] & ~inside)
        assert page.locator(".cw-leaking").count() == crossing.sum()
        assert page.locator(".cw-tie").count() == (same.sum() - len(few)) // 2 - crossing.sum()
        known = page.locator(".cw-card").evaluate_all("all => all.map((one) => one.matches('.cw-known'))")
        assert known == (crossing | crossing.T).any(axis=0).tolist()


@pytest.mark.browser
class TestControls:
    def test_every_setting_is_reached_by_keyboard(self, show, dealer):
        page = show(dealer())
        press(page, "Deal", "ArrowDown")
        press(page, "Tested fold", "ArrowDown", times=2)
        for seed in (1, 2, 0, 1):
            press(page, "Deal again", "Enter", role="button")
            assert page.evaluate("model.get('seed')") == seed
        state = [page.evaluate(f"model.get('{name}')") for name in ("by", "tested")]
        assert state == ["patient", 3]
        assert page.locator("svg text").all_text_contents() == ["trained on"] * 2 + ["tested", "trained on"]

    def test_cards_travel_unless_the_reader_wants_calm(self, show, dealer):
        durations = [
            show(dealer(), reduced_motion=motion)
            .locator(".cw-card")
            .first.evaluate("(card) => getComputedStyle(card).transitionDuration")
            for motion in ("no-preference", "reduce")
        ]
        assert durations == ["0.5s", "0s"]

    def test_counts_are_there_for_who_cannot_see_the_cards(self, show, dealer, few, deals):
        page = show(dealer())
        assert page.locator("svg").get_attribute("aria-label") == page.inner_text(".cw-status")
        rows = unfolded(page).all()
        ids = np.unique(few.patients)
        assert len(rows) == len(ids)
        folds_of_first = deals["image"][0][few.patients == ids[0]]
        shown = [int(text) for text in rows[0].locator("td").all_inner_texts()]
        assert shown == np.bincount(folds_of_first, minlength=5)[1:].tolist()

    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_text_stands_out(self, show, dealer, colours):
        assert min(show(dealer(), colours=colours).evaluate(CONTRASTS)) >= 4.5
