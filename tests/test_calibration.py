"""Chances and what becomes of them: against other ways to compute them, and against other libraries."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from coronet_lib import runs
from coronet_lib.evaluation import (
    calibration_line,
    carried_over,
    expected_calibration_error,
    fit_temperature,
    net_benefit,
    parts_of,
    patient_bootstrap,
    roc_area,
    threshold_for,
    with_shares,
    with_temperature,
)
from coronet_lib.files import data_path


@pytest.fixture(scope="module")
def kept():
    table, classes = runs.read_predictions(data_path("runs", "quick-dataset1-patient-cv"))
    return table, classes, table[list(classes)].to_numpy(), table["true"].map(classes.index).to_numpy()


def drawn(seed, cases, temperature):
    """Chances, and classes drawn from them before they were sharpened by a temperature."""
    rng = np.random.default_rng(seed)
    honest = rng.dirichlet([0.7] * 4, cases)
    true = (rng.random((cases, 1)) > honest.cumsum(axis=1)).sum(axis=1).clip(max=3)
    return true, with_temperature(honest, 1 / temperature)


class TestTemperature:
    def test_finds_the_temperature_that_was_put_in(self):
        assert fit_temperature(*drawn(0, 20_000, 2.0)) == pytest.approx(2.0, rel=0.05)
        assert fit_temperature(*drawn(1, 20_000, 0.5)) == pytest.approx(0.5, rel=0.05)

    def test_keeps_every_answer_and_adds_up(self, kept):
        softer = with_temperature(kept[2], 2.5)
        assert (softer.argmax(axis=1) == kept[2].argmax(axis=1)).all()
        assert np.allclose(softer.sum(axis=1), 1)

    def test_one_changes_nothing_but_what_the_file_cannot_tell_from_none(self, kept):
        assert np.allclose(with_temperature(kept[2], 1), kept[2], atol=2e-6)


class TestCalibration:
    def test_error_by_hand(self):
        chance = np.array([0.1, 0.1, 0.9, 0.9])
        came = np.array([False, True, True, True])
        assert expected_calibration_error(came, chance, bins=2) == pytest.approx((2 * 0.4 + 2 * 0.1) / 4)
        assert expected_calibration_error(came, chance, bins=1) == pytest.approx(0.25)

    def test_bins_of_equal_count_keep_equal_chances_together(self):
        chance = np.array([0.0] * 6 + [0.6, 0.8])
        came = np.array([False] * 6 + [False, True])
        assert expected_calibration_error(came, chance, bins=4, by="count") == pytest.approx(
            (0.6 + 0.8 - 1) / 8
        )

    def test_a_certain_chance_belongs_to_the_last_bin(self):
        assert expected_calibration_error(np.array([True, False]), np.ones(2), bins=10) == pytest.approx(0.5)

    def test_the_line_of_honest_chances_is_straight(self):
        rng = np.random.default_rng(0)
        chance = rng.random(50_000)
        line = calibration_line(rng.random(50_000) < chance, chance)
        assert line == pytest.approx((0, 1), abs=0.03)

    def test_the_line_undoes_what_was_done(self):
        rng = np.random.default_rng(1)
        logit = rng.normal(0, 1.5, 50_000)
        came = rng.random(50_000) < 1 / (1 + np.exp(-logit))
        assert calibration_line(came, 1 / (1 + np.exp(-2 * logit))).slope == pytest.approx(0.5, abs=0.02)
        assert calibration_line(came, 1 / (1 + np.exp(-(logit + 1)))).intercept == pytest.approx(-1, abs=0.05)

    @pytest.mark.parametrize("came", [[False, False, True], [True, True, False], [True] * 3, [False] * 3])
    def test_refuses_chances_that_part_the_outcomes(self, came):
        with pytest.raises(ValueError, match="a slope needs cases that overlap"):
            calibration_line(np.array(came), np.array([0.2, 0.3, 0.7]))


class TestRocArea:
    def test_is_scikit_learns_area(self, kept):
        table, _, scores, true = kept
        for k in range(4):
            area = roc_area(true == k, scores[:, k], table["patient"])
            assert area.area == pytest.approx(roc_auc_score(true == k, scores[:, k]))
            assert area.low < area.area < area.high

    def test_is_delongs_formula_for_single_images(self):
        rng = np.random.default_rng(2)
        ill = np.arange(60) < 20
        score = (rng.normal(size=60) + ill).round(1)  # some are equal
        beaten = (score[ill][:, None] > score[~ill]) + (score[ill][:, None] == score[~ill]) / 2
        variance = beaten.mean(axis=1).var(ddof=1) / 20 + beaten.mean(axis=0).var(ddof=1) / 40
        area = roc_area(ill, score)
        assert (area.high - area.low) / 2 == pytest.approx(1.959964 * np.sqrt(variance))

    def test_copies_of_images_tell_a_patient_nothing(self, kept):
        table, _, scores, true = kept
        ill, score, who = true == 2, scores[:, 2], table["patient"].to_numpy()
        once, copied = roc_area(ill, score, who), roc_area(*(np.tile(one, 3) for one in (ill, score, who)))
        assert np.allclose(once, copied)

    @pytest.mark.parametrize("mixed", [True, False], ids=["ill on some images", "ill or not"])
    def test_agrees_with_drawing_patients(self, mixed):
        rng = np.random.default_rng(3)
        who = np.repeat(np.arange(150), 4)
        ill = rng.random(600) < 0.4 if mixed else (rng.random(150) < 0.4)[who]
        score = 2 * rng.normal(size=150)[who] + rng.normal(size=600) + 2 * ill
        drawn = np.ptp(patient_bootstrap(ill, score, who, roc_auc_score, resamples=300))
        by_patient, by_image = (np.ptp(roc_area(ill, score, one)[1:]) for one in (who, None))
        assert by_patient == pytest.approx(drawn, rel=0.15)
        assert mixed or by_patient > 1.5 * by_image

    @pytest.mark.parametrize("ill", [[True, True, False, False], [False] * 4, [True] * 4])
    def test_refuses_a_single_patient_or_none(self, ill):
        with pytest.raises(ValueError, match="two patients who are ill and two who are not"):
            roc_area(ill, np.arange(4.0), ["a", "a", "b", "c"])


class TestDecision:
    def test_a_threshold_finds_just_enough(self):
        rng = np.random.default_rng(4)
        for cases in (1, 19, 20, 21, 40):
            score = rng.random(cases)
            limit = threshold_for(np.ones(cases, bool), score, 0.95)
            assert (score >= limit).mean() >= 0.95
            assert (score > limit).mean() < 0.95

    @pytest.mark.parametrize(
        ("ill", "share"), [([False, False], 0.9), ([True, False], 0), ([True, True], 1.1)]
    )
    def test_a_threshold_wants_somebody_ill_and_a_share(self, ill, share):
        with pytest.raises(ValueError, match=r"some who are ill and a sensitivity in \(0, 1\]; got"):
            threshold_for(ill, [0.1, 0.2], share)

    def test_other_shares_multiply_odds(self):
        moved = with_shares(np.array([[0.5, 0.5], [0.9, 0.1]]), [0.5, 0.5], [0.1, 0.9])
        assert np.allclose(moved[:, 0], [0.1, 0.5])

    def test_net_benefit_by_hand(self):
        ill, chance = np.array([1, 1, 0, 0, 0], bool), np.array([0.9, 0.3, 0.6, 0.2, 0.1])
        assert np.allclose(net_benefit(ill, chance, [0.25, 0.5]), [2 / 5 - 1 / 5 / 3, 1 / 5 - 1 / 5])

    def test_to_treat_everybody_is_worth_nothing_where_the_threshold_is_the_share(self):
        ill = np.arange(10) < 3
        assert net_benefit(ill, np.ones(10), [0.3]) == pytest.approx(0)


class TestCarried:
    def test_parts_are_the_folds_if_they_share_no_patient(self, kept):
        assert (parts_of(kept[0]) == kept[0]["fold"]).all()

    def test_else_they_are_halves_that_share_none(self):
        table, _ = runs.read_predictions(data_path("runs", "quick-dataset1-image-cv"))
        parts = parts_of(table)
        assert set(parts) == {1, 2}
        assert pd.Series(parts).groupby(table["patient"].to_numpy()).nunique().max() == 1
        assert (parts != parts_of(table, seed=1)).any()

    def test_what_is_reported_was_fitted_on_the_other_parts(self, kept):
        table, classes, scores, true = kept
        found = carried_over(table, classes, table["fold"].to_numpy(), "normal", 0.9)
        others, here = (table["fold"] != 2).to_numpy(), (table["fold"] == 2).to_numpy()
        temperature = fit_temperature(true[others], scores[others])
        score = with_temperature(scores, temperature)[:, 1]
        limit = threshold_for(true[others] == 1, score[others], 0.9)
        row = found.loc[2]
        assert (row["temperature"], row["threshold"]) == (temperature, limit)
        assert row["found"] == (score[here & (true == 1)] >= limit).sum()
        assert row["alarms"] == (score[here & (true != 1)] >= limit).sum()
        assert row["after"] < row["before"]
        assert found[["ill", "others"]].to_numpy().sum() == len(table)

    def test_refuses_what_it_cannot_carry(self, kept):
        table, classes, *_ = kept
        parts = table["fold"].to_numpy()
        with pytest.raises(ValueError, match="one patient only"):
            parts_of(table.assign(patient="same"))
        with pytest.raises(ValueError, match="one of covid19 only"):
            parts_of(table.assign(patient=table["patient"].where(table["true"] != "covid19", "same")))
        with pytest.raises(ValueError, match="covid19 wants X-rays on both sides, and of part 9"):
            carried_over(table, classes, np.where((parts == 3) & (table["true"] == "normal"), 9, parts))
        with pytest.raises(ValueError, match="no chances"):
            carried_over(table.assign(covid19=-1.0), classes, parts)
        with pytest.raises(ValueError, match=r"one of covid19, .* got 'covid'"):
            carried_over(table, classes, parts, of="covid")


class TestOracles:
    """Other libraries, where somebody has installed them: dcurves, crepes, in an environment of its own."""

    def test_net_benefit_is_that_of_dcurves(self, kept):
        dcurves = pytest.importorskip("dcurves", reason="dcurves is not installed; it judges net benefit")
        frame = pd.DataFrame({"ill": (kept[3] == 2).astype(int), "chance": kept[2][:, 2]})
        levels = np.array([0.05, 0.1, 0.3, 0.6])
        theirs = dcurves.dca(data=frame, outcome="ill", modelnames=["chance"], thresholds=levels)
        for name, chances in (("chance", frame["chance"]), ("all", np.ones(len(frame)))):
            rows = theirs[theirs["model"] == name].sort_values("threshold")
            assert np.allclose(rows["net_benefit"], net_benefit(frame["ill"], chances, levels))

    def test_sets_of_answers_are_those_of_crepes(self, kept):
        crepes = pytest.importorskip(
            "crepes", reason="crepes is not installed; it judges the sets of answers"
        )
        table, _, scores, true = kept
        known = (table["fold"] != 1).to_numpy()
        strange = 1 - scores[known, true[known]]
        theirs = (
            crepes.ConformalClassifier()
            .fit(strange)
            .predict_set(1 - scores[~known], confidence=0.9, smoothing=False)
        )
        rank = int(np.ceil(0.9 * (known.sum() + 1)))  # as the chapter writes it
        ours = 1 - scores[~known] <= np.sort(strange)[rank - 1]
        assert (theirs.astype(bool) == ours).all()
