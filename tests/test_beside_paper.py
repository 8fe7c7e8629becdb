"""The paper's averages beside a run's: which there are, how they are computed, and how far apart is far."""

import numpy as np
import pandas as pd
import pytest

from coronet_lib import paper
from coronet_lib.evaluation import METRICS, by_class, by_fold, per_class
from coronet_lib.evaluation.metrics import rates
from coronet_lib.files import data_path
from coronet_lib.runs import RunError, read_predictions
from coronet_lib.runs.beside_paper import beside_paper, printed

RUN = data_path("runs", "quick-dataset1-patient-cv")


@pytest.fixture(scope="module")
def both():
    return beside_paper(RUN)


def test_all_averages_that_the_paper_prints():
    assert len(printed()) == 5 + 4 * 4
    assert printed()["average", "accuracy"] == paper.TABLE_III_AVERAGE.accuracy
    assert printed()["pneumonia_viral", "f1"] == paper.TABLE_IV["pneumonia_viral"].f_measure


def test_a_run_has_the_averages_of_its_tables(both):
    table, classes = read_predictions(RUN)
    assert list(both.index) == list(printed().index)
    averages = 100 * by_fold(table, classes).loc["mean"]
    np.testing.assert_allclose(both.loc["average", "rerun"], averages)
    scores = 100 * by_class(table, classes)[list(METRICS[:4])]
    np.testing.assert_allclose(both.drop("average")["rerun"], scores.to_numpy().ravel())


def coins(share, tossed):
    """Half of the 95 % interval of a share, in percent."""
    return 100 * 1.96 * np.sqrt(share * (1 - share) / tossed)


@pytest.mark.parametrize(
    ("number", "images"),
    [(("average", "accuracy"), 1251), (("normal", "recall"), 310), (("covid19", "specificity"), 967)],
)
def test_the_tolerance_is_of_two_samples(both, number, images):
    """As of tossed coins, of which ours come in patients, and so a little wider."""
    row = both.loc[number]
    tossed = np.hypot(coins(row["printed"] / 100, images), coins(row["rerun"] / 100, images))
    assert tossed * 0.95 < row["tolerance"] < 1.3 * tossed


def test_a_run_without_a_mistake_still_leaves_the_papers_luck():
    both = beside_paper(data_path("runs", "sprint-patient-cv")).loc[("covid19", "precision")]
    assert both["rerun"] == 100
    assert both["tolerance"] == pytest.approx(coins(0.9317, 283))


def test_an_average_strays_less_than_a_class(both):
    for metric in METRICS[:4]:
        classes = both["tolerance"].drop("average").xs(metric, level="metric")
        assert both.loc[("average", metric), "tolerance"] < classes.median()


def test_what_is_within_the_tolerance_agrees(both):
    apart = (both["rerun"] - both["printed"]).abs()
    assert (both["agrees"] == (apart <= both["tolerance"])).all()
    assert 0 < both["agrees"].sum() < len(both)


def test_one_fold_and_other_classes_are_refused():
    for run in ("paper-image-fold1-partial", "quick-phantom-3"):
        with pytest.raises(RunError, match=f"{run} is no cross-validation of the paper's four classes"):
            beside_paper(data_path("runs", run))


def test_rates_of_many_matrices_are_those_of_each():
    matrices = np.random.default_rng(0).integers(0, 9, (2, 3, 4, 4))
    matrices[0, 0, :, 1] = 0  # nobody is called the second class
    found = rates(matrices)
    assert found.shape == (2, 3, 4, 5)
    assert np.isnan(found[0, 0, 1, 0])
    each = pd.DataFrame(found[1, 2], columns=METRICS)
    pd.testing.assert_frame_equal(each, per_class(matrices[1, 2])[list(METRICS)])
