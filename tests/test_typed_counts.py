"""Counts that chapters 8 to 18 type into their text: each follows from exact arithmetic or from a kept run.

What is held here is the sentence, as it stands in the chapter, built from numbers that are worked out.
"""

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
import two_machines
from chapters import CHAPTERS, cells
from conftest import ROOT
from inserts import solutions
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from coronet_lib import paper, runs
from coronet_lib.audit.attainable import attainable_fractions, could_print
from coronet_lib.datasets import phantom, summary
from coronet_lib.datasets.folds import folds, leaked_patients
from coronet_lib.evaluation import (
    calibration_line,
    confusion_matrices,
    fit_temperature,
    holm,
    mcnemar,
    net_benefit,
    patient_bootstrap,
    with_temperature,
)
from coronet_lib.files import data_path
from coronet_lib.runs import Experiment
from coronet_lib.runs.beside_paper import beside_paper
from coronet_lib.systems.tables import aligned, overview
from coronet_lib.training import CORRECTED, PAPER
from coronet_lib.training.plan import Cluster, plan, step

NUMBERS = dict(enumerate(("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")))
NUMBERS |= {
    11: "eleven",
    12: "twelve",
    13: "thirteen",
    15: "fifteen",
    19: "nineteen",
    22: "twenty-two",
    28: "twenty-eight",
}


def says(chapter, sentence, exercise=None):
    """Whether a chapter's text, or the solution of an exercise, has these words, wherever its lines break."""
    path = CHAPTERS[chapter]
    told = " ".join(cell.source for cell in cells(path, "markdown"))
    if exercise:
        told = solutions(path.parent / "solutions" / f"{path.stem}.md")[exercise]
    assert sentence in " ".join(told.split()), f"chapter {chapter} does not say: {sentence}"


def kept(name):
    table, classes = runs.read_predictions(data_path("runs", f"quick-{name}"))
    return table, (table["true"] == table["predicted"]).to_numpy(), classes


def percent_of(run):
    table, _ = runs.read_predictions(run)
    return f"{100 * (table['true'] == table['predicted']).mean():.1f}"


def percent(share):
    return f"{100 * share:.0f}"


class TestLeak:
    """Chapter 8: forty phantoms, ten seeds."""

    @pytest.fixture(scope="class")
    def few(self):
        return phantom.generate(10, size=64, seed=1)

    def deals(self, few, by):
        return [folds(few, by=by, seed=seed) for seed in range(10)]

    def test_who_has_several_images(self, few):
        _, images = np.unique(few.patients, return_counts=True)
        several = (images > 1).sum()
        says(8, f"Here are forty phantoms of {NUMBERS[len(images)]} patients")
        says(8, f"{NUMBERS[several]} patients would have to be lucky at once")
        says(8, f"The other {NUMBERS[len(images) - several]} patients have only one image each")
        assert len(few) == 40

    def test_how_many_images_leak(self, few):
        _, patient, images = np.unique(few.patients, return_inverse=True, return_counts=True)
        deals = self.deals(few, "image")
        leaks = [leaked_patients(fold_of, few.patients) for fold_of in deals]
        first = [leak.images[fold_of == 1].sum() for leak, fold_of in zip(leaks, deals, strict=True)]
        everywhere = [leak.images.sum() for leak in leaks]
        assert all((fold_of == 1).sum() == 10 for fold_of in deals)
        says(8, f"In fold 1 it is {min(first)} to {max(first)} of ten images. No seed is clean")
        can = (images[patient] > 1).sum()
        says(8, f"Of the {can} images that can, {min(everywhere)} to {max(everywhere)} do")

    def test_by_patient_nobody_does(self, few):
        assert not any(leaked_patients(d, few.patients).images.any() for d in self.deals(few, "patient"))
        says(8, "the counter stays at 0")


def test_whose_age_is_known():
    covid = summary.dataset1()["classes"]["covid19"]
    known = covid["age"]["known"]
    assert covid["age"]["minimum"] == 12
    says(8, f"A good quarter of the images, {covid['images'] - known}, come without an age")
    says(8, f"nobody of these {known} is under {NUMBERS[12]}")


def test_how_many_images_of_a_class_leak_if_a_number_is_two_children():
    dealt = pd.read_csv(data_path("manifests", "dataset1_folds.csv"))
    label, fold_of = dealt["label"], dealt["image_wise"].to_numpy()

    def shares(patients):
        leak = leaked_patients(fold_of, patients.to_numpy())
        return pd.Series(leak.images, dealt.index).groupby(label).mean()

    two = shares(dealt["patient"] + " " + label)
    bacterial, viral = percent(two["pneumonia_bacterial"]), percent(two["pneumonia_viral"])
    says(8, f"those of the pneumonias would be {bacterial} and {viral} %, and COVID-19's stays what it is")
    assert two["covid19"] == shares(dealt["patient"])["covid19"]


class TestGrid:
    """Chapter 10: what a size of the input gives."""

    def edge(self, size):
        size = (size - 3) // 2 + 1 - 2
        for _ in range(4):
            size = (size + 1) // 2
        return size

    def test_how_many_sizes_give_the_same_grid(self):
        sizes = [size for size in range(71, 300) if self.edge(size) == 5]
        assert 150 in sizes
        says(10, f"The head's numbers stay for {len(sizes)} sizes in a row")
        says(10, f"only to within {len(sizes)} pixels")

    def test_from_which_grid_on_the_head_is_larger_than_the_base(self):
        base = paper.TABLE_II["xception"].parameters
        first = next(edge for edge in range(1, 20) if edge * edge * 2048 * 256 > base)
        says(10, f"From {first} × {first} on, the grid of 224 pixels")
        assert self.edge(224) == first


class TestFigure7:
    """Chapter 12: what one count more or less does to the metrics."""

    (covid, normal, _), columns = np.array(paper.FIGURE_7), np.array(paper.FIGURE_7).sum(axis=0)
    total = int(columns.sum())

    def test_four_more_are_missed(self):
        found, ill = self.covid[0], self.covid.sum()
        says(12, f"Recall falls from {percent(found / ill)} to {percent((found - 4) / ill)} %")
        assert round(100 * 4 / self.total) == 1
        says(12, "and, by one point, the accuracy")

    def test_one_more_is_called_so(self):
        found, called, others = self.covid[0], self.columns[0], self.total - self.covid.sum()
        lost = found / called - found / (called + 1)
        says(12, f"Precision, by {NUMBERS[round(100 * lost)]} points, and specificity, by a third of one")
        assert 100 / others == pytest.approx(1 / 3, abs=0.01)
        says(12, f"{self.covid.sum()} and {called} X-rays stand below the line")

    def test_nobody_is_called_so(self):
        says(12, f"The accuracy of the class is still {percent(1 - self.covid.sum() / self.total)} %")

    def test_the_printed_specificity_is_out_of_reach(self):
        others = self.total - self.normal.sum()
        assert attainable_fractions(int(others), str(paper.TABLE_VI["normal"].specificity)) == []
        below = int(others * paper.TABLE_VI["normal"].specificity // 100)
        says(12, f"{below} of {others} are {100 * below / others:.1f} %, {below + 1} are "
                 f"{100 * (below + 1) / others:.1f} %")  # fmt: skip

    def test_how_far_three_seeds_lie_apart(self):
        right = [kept(name)[1].mean() for name in ("phantom", "seed-1", "seed-2")]
        says(12, f"differ in nothing else, and lie {100 * (max(right) - min(right)):.1f} points apart")


def test_what_the_four_folds_have_in_common():
    table, classes = runs.read_predictions(data_path("runs", "quick-dataset1-patient-cv"))
    folds_of = confusion_matrices(table, classes)
    recalls = {fold: matrix.diagonal() / matrix.sum(axis=1) for fold, matrix in folds_of.items()}
    for matrix in folds_of.values():
        mixed = np.triu(matrix + matrix.T, 1)
        assert mixed.max() == mixed[classes.index("pneumonia_bacterial"), classes.index("pneumonia_viral")]
    covid = [recall[0] for recall in recalls.values()]
    below = [fold for fold, (covid_19, normal, *_) in recalls.items() if covid_19 < normal]
    assert len(below) == 1
    said = (
        f"COVID-19 is found in {percent(min(covid))} to {percent(max(covid))} %; in fold {below[0]} that is"
    )
    figures = [cell.metadata.get("mystnb", {}).get("figure", {}) for cell in cells(CHAPTERS[12], "code")]
    assert any(said in figure.get("caption", "") for figure in figures)


class TestThreshold:
    """Chapter 12: COVID-19 where its score reaches a threshold, the best of the others elsewhere."""

    @pytest.fixture(scope="class")
    def answered(self):
        table, _, classes = kept("phantom")
        scores, true = table[list(classes)].to_numpy(), table["true"].map(classes.index).to_numpy()
        others = 1 + scores[:, 1:].argmax(axis=1)
        return true, lambda threshold: np.where(scores[:, 0] >= threshold, 0, others), scores[:, 0]

    def test_what_a_high_and_a_low_threshold_do(self, answered):
        true, at, _ = answered
        ill = true == 0
        recall = {threshold: (at(threshold)[ill] == 0).mean() for threshold in (0.5, 0.99)}
        assert (true[at(0.99) == 0] == 0).all()
        says(12, f"recall falls from {percent(recall[0.5])} to {percent(recall[0.99])} %")
        missed, false = (at(0.01)[ill] != 0).sum(), (at(0.01)[~ill] == 0).sum()
        says(12, f"{NUMBERS[missed]} of {ill.sum()} is missed, and {false} of the {(~ill).sum()} others")

    def test_where_the_accuracy_is_highest(self, answered):
        true, at, _ = answered
        right = {threshold: (at(threshold / 100) == true).sum() for threshold in range(1, 100)}
        best = [threshold for threshold, count in right.items() if count == max(right.values())]
        assert 50 in best
        assert best == list(range(best[0], best[-1] + 1))
        says(12, f"From 0.{best[0]} to 0.{best[-1]} it is highest")
        lower = max(right.values()) - min(right[threshold] for threshold in range(10, 91))
        says(12, f"from 0.10 to 0.90 never more than {NUMBERS[lower]} X-rays lower")

    def test_the_area(self, answered):
        true, _, score = answered
        says(12, f"It is {roc_auc_score(true == 0, score):.3f} whatever you do")

    def test_how_many_answers_at_one_half_differ_from_the_highest_score(self, answered):
        _, at, score = answered
        other = at(0.5) != kept("phantom")[0]["predicted"].map(kept("phantom")[2].index)
        assert (score[other] < 0.5).all()
        says(12, f"(At 0.50 {NUMBERS[other.sum()]} X-rays differ")


def test_who_is_added_at_a_threshold_of_a_fifth():
    table, *_ = kept("phantom")
    added = table[(table["covid19"] > 0.2) & (table["predicted"] != "covid19")]
    assert (table["covid19"][table["predicted"] == "covid19"] > 0.2).all()
    ill = (added["true"] == "covid19").sum()
    says(
        12,
        f"{NUMBERS[len(added)]} more are called COVID-19, and {NUMBERS[ill]} of them has it",
        exercise=4,
    )


class TestFewerClasses:
    """Chapter 13: classes counted as one, and two classes turned by hand."""

    def test_which_pair_brings_the_least(self):
        table, _, classes = kept("phantom")
        brings = {
            pair: (table["true"].isin(pair) & table["predicted"].isin(pair)).sum()
            - sum(((table["true"] == one) & (table["predicted"] == one)).sum() for one in pair)
            for pair in combinations(classes, 2)
        }
        assert min(brings, key=brings.get) == ("normal", "pneumonia_viral")
        says(13, f"Normal and viral pneumonia bring {NUMBERS[min(brings.values())]}")

    def test_how_many_of_the_printed_averages_can_be_reached(self):
        printed = paper.TABLE_V[2]
        best = max(self.reached(missed, false, printed) for missed in range(30) for false in range(73))
        says(13, f"With one normal X-ray called COVID-19 there are {NUMBERS[best]}")
        assert self.reached(0, 1, printed) == best

    def reached(self, missed, false, printed):
        matrix = np.array([[29 - missed, missed], [false, 72 - false]])
        right, called = matrix.diagonal(), matrix.sum(axis=0)
        if not called.all():
            return 0
        precision, recall = right / called, right / matrix.sum(axis=1)
        f = np.divide(2 * precision * recall, precision + recall, where=right > 0, out=np.zeros(2))
        means = precision.mean(), recall.mean(), recall.mean(), f.mean(), right.sum() / matrix.sum()
        return sum(could_print(100 * mean, str(text)) for mean, text in zip(means, printed, strict=True))


def test_how_often_ten_tosses_are_as_uneven_as_eight_to_two():
    at_least = 2 * sum(comb(10, heads) for heads in range(3)) / 2**10
    says(13, "Eight gained and two lost: ten tosses of a fair coin come out at least as uneven in one of "
             f"{NUMBERS[round(1 / at_least)]} tries")  # fmt: skip


class TestSecondHospital:
    """Chapter 13: ten fine-tunings in each of four second hospitals."""

    covid, others, thirds = 31, 250, 3

    @pytest.fixture(scope="class")
    def both(self):
        table = pd.read_csv(data_path("second_hospital.csv"), index_col=["hospital", "seed"])
        return table.loc["washed out, no child"]

    def test_how_far_its_own_test_fell(self, both):
        tested = round((self.covid + self.others) / self.thirds)
        right = both["test third right"] * tested
        assert np.abs(right - right.round()).max() < 0.05, "these are shares of another number"
        lost = round(right["before"] - right.drop("before").min())
        says(13, f"the test third loses at most {NUMBERS[lost]} of its {tested} X-rays")

    def test_how_much_is_missed_that_had_been_found(self, both):
        found = both["COVID-19 found there"]
        missed = 1 - found.drop("before") / found["before"]
        assert missed.min() == pytest.approx(1 / 5, abs=0.01)
        assert missed.max() > 0.9
        says(13, "it misses a fifth with one seed and nearly all with another")

    def test_how_rare_covid_19_is(self):
        first = runs.read_card(data_path("runs", "quick-phantom"))["data"]["counts"]
        assert 1 / 4.5 < first["covid19"] / sum(first.values()) < 1 / 4
        rarer = (self.covid + self.others) / self.covid
        says(13, f"Only one X-ray in {NUMBERS[round(rarer)]} of this Dataset-2 is COVID-19, "
                 "where it was nearly one in four of the first training")  # fmt: skip


class TestFewerClassesAtFullSize:
    """Chapter 13: the sprint with three and two classes, fine-tuned and not."""

    @staticmethod
    def both(count):
        """What is right with the answers before, joined or left out, and after the fine-tuning; and whose."""
        tuned, _ = runs.read_predictions(data_path("runs", f"sprint-{count}"))
        table, classes = runs.read_predictions(TestSprint.folder)
        before = table.set_index("file").loc[tuned["file"]]
        truth = before["true"].map(classes.index).clip(upper=count - 1).to_numpy()
        asked = list(classes if count == 3 else classes[:2])
        answers = before[asked].to_numpy().argmax(axis=1).clip(max=count - 1)
        after = (tuned["true"] == tuned["predicted"]).to_numpy()
        return answers == truth, after, tuned, (truth == 2) & (answers == 1)

    def test_three(self):
        was, now, tuned, _ = self.both(3)
        rise = percent_of(TestSprint.folder), f"{100 * now.mean():.1f}"
        says(13, f"With three classes {rise[1]} % are right")
        says(13, f"But {100 * was.mean():.1f} % had been right *before*")
        test = mcnemar(now, was)
        says(13, f"gained {NUMBERS[test.only_a]} X-rays and lost {NUMBERS[test.only_b]}")
        assert round(100 * test.p) == 3
        low, high = patient_bootstrap(was, now, tuned["patient"], lambda x, y: 100 * (x.mean() - y.mean()))
        says(13, f"a loss of {100 * (was.mean() - now.mean()):.1f} points ({low:.1f} to {high:.1f})")
        says(13, f"the easier question alone lifts {rise[0]} to {100 * was.mean():.1f} %")
        lost, of = was & ~now, len(was)
        says(
            13, f"{(lost & (tuned['true'] == 'pneumonia')).sum()} of the {NUMBERS[lost.sum()]} are pneumonias"
        )
        says(
            13, f"and so {100 * (1 - 60 / of):.1f} to {100 * (1 - 35 / of):.1f} % of Dataset-1"
        )  # chapter 12

    def test_two(self):
        was, now, *_ = self.both(2)
        assert was.sum() == now.sum()
        says(13, "With two classes it is a draw")

    def test_who_is_called_normal(self):
        *_, tuned, before = self.both(3)
        ill = tuned["true"] == "pneumonia"
        after = ill & (tuned["predicted"] == "normal")
        says(13, f"{after.sum()} of {ill.sum()} pneumonias are called normal now")
        says(13, f"called normal now, where it had been {before.sum()}")
        counts = tuned["true"].value_counts()
        assert counts["normal"] / counts["pneumonia"] == pytest.approx(1 / 2, abs=0.04)


class TestDataset2:
    """Chapter 13: what networks that were not trained on it say of the real Dataset-2."""

    @pytest.fixture(scope="class")
    def said(self):
        table = pd.read_csv(data_path("dataset2_unchanged.csv"))
        return [
            table.dropna(subset=network).rename(columns={network: "said", f"{network}_jpeg": "as_jpeg"})
            for network in (f"fold_{number}" for number in range(1, 5))
        ]

    def test_what_they_call_the_others(self, said):
        alarms = [(each["said"][each["true"] != "covid19"] == "covid19").mean() for each in said]
        says(
            13, f"give it to {percent(min(alarms))} to {percent(max(alarms))} of a hundred X-rays without it"
        )
        right = [(each["said"] == each["true"]).mean() for each in said]
        says(13, f"They are right on {percent(min(right))} to {percent(max(right))} % of Dataset-2")
        normal = {percent((each["true"] == "normal").mean()) for each in said}
        assert normal == {"47", "48"}
        says(13, 'whoever answers "normal" each time is right on 47 or 48')

    def test_whom_the_networks_may_have_met(self):
        table = pd.read_csv(data_path("dataset2_unchanged.csv"))
        met, ill = table.filter(regex=r"^fold_\d$").isna().any(axis=1), table["true"] == "covid19"
        assert not (met & ~ill).any()
        says(13, f"Of its {ill.sum()} X-rays of COVID-19")
        says(13, f"{met.sum()} show patients or pictures of Dataset-1")
        says(13, f"the other {(ill & ~met).sum()} of all four")
        says(13, f"though {met.sum()} of the {ill.sum()} X-rays of COVID-19 are of patients or pictures")

    def test_how_many_answers_rest_on_how_the_files_are_stored(self, said):
        says(13, "at most one X-ray in fifty gets another answer")
        assert max((each["said"] != each["as_jpeg"]).mean() for each in said) <= 1 / 50

    def test_what_training_on_it_brings(self, said):
        table, classes = runs.read_predictions(data_path("runs", "sprint-dataset2-cv"))
        assert set(table["file"]) == set(pd.read_csv(data_path("dataset2_unchanged.csv"))["file"])
        matrix = sum(confusion_matrices(table, classes).values())
        right, mixed = matrix.trace() / matrix.sum(), matrix[1, 2] + matrix[2, 1]
        says(13, f"{100 * right:.1f} %, seven points less than the paper's")
        assert round(float(paper.TABLE_VI_ACCURACY) - 100 * right) == 7
        says(13, f"COVID-19 is found in {matrix[0, 0]} of {matrix[0].sum()} X-rays")
        says(13, f"{mixed} of the {matrix.sum() - matrix.trace()} mistakes are between the other two classes")
        assert matrix[1, 2] > mixed / 2
        called = [((each["true"] != "covid19") & (each["said"] == "covid19")).sum() for each in said]
        others = matrix[1:].sum()
        says(13, f"{matrix[1:, 0].sum()} of {others:,} X-rays here, {min(called)} to {max(called)} there")
        says(13, f"the same recipe is right on {percent(right)} % of it")
        says(13, f"trained on the same files, it is right on {percent(right)} % of them")
        validated = runs.read_card(data_path("runs", "sprint-dataset2-cv"))["recipe"]["validation"]
        says(13, f"some 70 % of Dataset-2 where each of ours had {percent(3 / 4 * (1 - validated))}")
        alts = [
            cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            for cell in cells(CHAPTERS[13], "code")
        ]
        assert any(f"{matrix[1, 2]} of {matrix[1].sum()} normal chests pneumonia" in alt for alt in alts)

    def test_what_they_had_said_at_home(self):
        table, classes = runs.read_predictions(TestSprint.folder)
        matrix = sum(confusion_matrices(table, classes).values())
        says(13, f"It finds {matrix[0, 0]} of {matrix[0].sum()} X-rays of COVID-19 and calls nothing else so")
        assert matrix[1:, 0].sum() == 0
        assert matrix[0, 0] == matrix[0].sum() - 1
        assert f"misses one X-ray in {matrix[0].sum()}" in (ROOT / "book/index.md").read_text()


def test_two_preparations_of_the_same_x_rays():
    """Chapter 14: the narrow CoroNet of chapter 12, and that of the comparison."""
    places = [("runs", "quick-dataset1-patient-cv"), ("comparisons", "dataset1", "coronet-quick")]
    cards = [runs.read_card(data_path(*place)) for place in places]
    assert all(cards[0][fact] == cards[1][fact] for fact in ("recipe", "seed", "split", "split_seed"))
    assert cards[0]["data"]["fingerprint"] != cards[1]["data"]["fingerprint"]
    tables = [runs.read_predictions(data_path(*place))[0].set_index("file") for place in places]
    first, second = (table.assign(right=table["true"] == table["predicted"]) for table in tables)
    second = second.loc[first.index]
    assert (first["fold"] == second["fold"]).all()
    shares = [f"{100 * table['right'].mean():.1f}" for table in (first, second)]
    says(14, f"has {shares[0]} % for the narrow CoroNet, and this table {shares[1]}")
    says(14, f"On {(first['right'] != second['right']).sum()} X-rays only one of the two is right")


def corrected(right):
    """McNemar's p of each pair of systems, corrected by Holm, from what each has right, by name."""
    every = list(combinations(sorted(right), 2))
    return dict(zip(every, holm([mcnemar(right[a], right[b]).p for a, b in every]), strict=True))


class TestComparison:
    """Chapter 14: eight systems on the same real X-rays."""

    @pytest.fixture(scope="class")
    def folders(self):
        cards = data_path("comparisons", "dataset1").glob("*/card.json")
        return {card.parent.name: card.parent for card in cards}

    def test_which_pairs_are_left_after_the_correction(self, folders):
        table = aligned(folders.values())
        right = {name: (table[name] == table["true"]).to_numpy() for name in folders}

        whole = corrected(right)
        left = [pair for pair, p in whole.items() if p < 0.05]
        says(14, f"Of {NUMBERS[len(whole)]} pairs {NUMBERS[len(left)]} are left after the correction")
        sprints = {"coronet-sprint", "svm-coronet-sprint"}
        theirs = [pair for pair in left if sprints & {*pair}]
        assert len(theirs) == 2 * (len(folders) - 2)
        says(14, f"In {NUMBERS[len(theirs)]} of them the sprint, or the SVM on its features, is ahead of one")
        for pair in theirs:
            first, second = sorted(pair, key=sprints.__contains__)
            assert right[first].sum() < right[second].sum()
        assert [pair for pair in left if pair not in theirs] == [
            ("darkcovidnet", "logistic-pixels"),
            ("darkcovidnet", "sethy-resnet50"),
            ("logistic-pixels", "svm-coronet-quick"),
        ]
        says(14, "DarkCovidNet against the SVM on Xception's features misses the line of 0.05 by a hair, and "
                 "would not if the narrow CoroNet were missing")  # fmt: skip
        near = ("darkcovidnet", "svm-xception")
        assert 0.05 < whole[near] < 0.06
        right.pop("coronet-quick")
        assert corrected(right)[near] < 0.05

    def test_what_another_seed_changes(self, folders):
        again = data_path("comparisons", "dataset1-seeds")
        correct = []
        for seed in range(4):
            cards = again.glob(f"seed-{seed}/*/card.json")
            table = aligned((folders | {card.parent.name: card.parent for card in cards}).values())
            correct.append(table[sorted(folders)].eq(table["true"], axis=0))
        shares = pd.DataFrame([100 * right.mean() for right in correct])
        narrow, svm, control = ("coronet-quick", "svm-coronet-quick", "sethy-resnet50")
        apart = (shares.max() - shares.min()).round(1)
        says(14, f"{apart[narrow]} points for the narrow CoroNet, {apart[svm]} for the SVM on its features, "
                 f"and {apart[control]} for a network that nobody trains")  # fmt: skip
        worst, best = shares[narrow].min(), shares[narrow].max()
        assert shares[narrow].idxmin() == 0
        says(14, f"The {worst:.1f} % above are the worst of its four; with seed {shares[narrow].idxmax()} "
                 f"it has {best:.1f}, and would be ahead of DarkCovidNet")  # fmt: skip
        assert best > shares["darkcovidnet"][0] > worst
        says(14, "two to three points to either side")
        systems = overview(folders.values())
        halves = 50 * (systems["high"] - systems["low"])
        assert halves.between(2, 3).all()

        left = [{pair for pair, p in corrected(right).items() if p < 0.05} for right in correct]
        always, ever = set.intersection(*left), set.union(*left)
        never, sometimes = len(corrected(correct[0])) - len(ever), ever - always
        says(14, f"Of the {NUMBERS[len(left[0])]} pairs that were told apart with seed 0")
        says(14, f"{NUMBERS[len(sometimes)]} of our twenty-eight verdicts come and go")
        says(14, f"{NUMBERS[len(always)].capitalize()} of the twenty-eight pairs are told apart whatever the "
                 f"seed, {NUMBERS[never]} with none, and {NUMBERS[len(sometimes)]} come and go")  # fmt: skip
        sprints = {"coronet-sprint", "svm-coronet-sprint"}
        theirs = [pair for pair in always if sprints & {*pair}]
        assert always - {*theirs} == {("darkcovidnet", "logistic-pixels")}
        says(14, f"{NUMBERS[len(theirs)].capitalize()} of the {NUMBERS[len(always)]} are the sprint's or its")
        assert [pair for pair in sometimes if not {narrow, svm, control} & {*pair}] == [
            ("darkcovidnet", "svm-xception")
        ]
        assert [(narrow, "logistic-pixels") in pairs for pairs in left] == [False, True, True, True]

    def test_who_has_no_luck(self):
        """The metrics are the same with each seed, to four digits; those of the other three are not."""
        seeds = pd.read_csv(
            data_path("comparisons", "dataset1-seeds", "seeds.csv"), index_col=["system", "seed"]
        )
        steady = (seeds.xs("sd", level="seed") == 0).all(axis=1)
        assert set(steady[steady].index) == {"svm-xception", "logistic-pixels"}

    def test_what_fine_tuning_is_worth(self, folders):
        """The same Xception from the same weights, as it is and after the sprint, and an SVM on either."""
        tables = [runs.read_predictions(folders[name])[0] for name in ("svm-coronet-sprint", "svm-xception")]
        after, before = (table.set_index("file") for table in tables)
        before = before.loc[after.index]
        both = [(table["true"] == table["predicted"]).to_numpy() for table in (after, before)]
        gain = 100 * (both[0].mean() - both[1].mean())
        low, high = patient_bootstrap(*both, after["patient"], lambda x, y: 100 * (x.mean() - y.mean()))
        says(14, f"gives an SVM {100 * both[0].mean():.1f} %, {gain:.1f} points more "
                 f"({low:.1f} to {high:.1f}, by patient)")  # fmt: skip

    def test_the_sprint_is_that_of_chapter_12(self, folders):
        own, kept = (runs.read_card(folder) for folder in (folders["coronet-sprint"], TestSprint.folder))
        assert own["predictions_sha256"] == kept["predictions_sha256"]

    def test_how_many_pneumonias_are_found(self, folders):
        says(14, "Of the other two pneumonias the six find hardly more than two in three")
        says(14, "the sprint three in four of the bacterial and fewer of the viral ones than five of the six")
        matrices = {
            name: np.array(runs.read_card(each)["confusion_matrix"]) for name, each in folders.items()
        }
        found = {name: (matrix.diagonal() / matrix.sum(axis=1))[2:] for name, matrix in matrices.items()}
        assert max(both.max() for name, both in found.items() if not name.endswith("sprint")) < 0.69
        bacterial, viral = found["coronet-sprint"]
        fewer = sum(viral < both[1] for name, both in found.items() if not name.endswith("sprint"))
        assert fewer == 5
        assert viral < 2 / 3 < bacterial == pytest.approx(3 / 4, abs=0.01)

    def test_how_much_more_darkcovidnet_costs(self, folders):
        dark, narrow = (runs.read_card(folders[name])["cost"] for name in ("darkcovidnet", "coronet-quick"))
        weights, work = (dark[what] / narrow[what] for what in ("parameters", "macs"))
        says(14, f"DarkCovidNet has {weights:.1f} times the narrow CoroNet's, and {work:.0f} times its")


class TestLab:
    """Chapter 14: pairs of kept runs."""

    def only_one(self, first, second):
        table, one, _ = kept(first)
        return table, one != kept(second)[1]

    def test_who_is_ahead_on_the_validation(self):
        curves = [runs.read_history(data_path("runs", f"quick-{name}")) for name in ("phantom", "gap")]
        ahead = curves[0]["val_accuracy"] - curves[1]["val_accuracy"]
        says(
            14,
            f"`phantom` is ahead in {NUMBERS[(ahead > 0).sum()]} and level in {NUMBERS[(ahead == 0).sum()]}",
        )
        assert (ahead >= 0).all()
        more = kept("gap")[1].sum() - kept("phantom")[1].sum()
        says(14, f"On the tested X-rays `gap` is right on {NUMBERS[more]} more")

    def test_on_how_many_only_one_is_right(self):
        seeds, heads = (self.only_one("phantom", name)[1].sum() for name in ("seed-1", "gap"))
        says(14, f"The seeds: {seeds} X-rays against {heads}")

    def test_whose_they_are(self):
        patients = {}
        for name in ("gap", "rotated"):
            table, ticks = self.only_one("phantom", name)
            patients[name] = ticks.sum(), table["patient"][ticks].nunique()
        ticks, people = patients["gap"]
        says(14, f"the {ticks} X-rays that decide between `phantom` and `gap` are of {people} patients")
        says(14, "it is {} of {}".format(*patients["rotated"]))

    def test_the_ticks_of_the_network_with_one_answer(self):
        table, right, _ = kept("rotated")
        alone = right & ~kept("phantom")[1]
        assert set(table["true"][alone]) == set(table["predicted"]) == {"pneumonia_bacterial"}
        says(14, f"on {NUMBERS[alone.sum()]} of those X-rays `phantom` is not")


class TestAttribution:
    """Chapter 15: maps against what was drawn."""

    @pytest.fixture(scope="class")
    def of(self):
        table = pd.read_csv(data_path("attribution.csv"), keep_default_na=False)
        keys = ["network", "method", "layer", "of", "measure"]
        rows = table.set_index(keys)

        def of(method, layer="", *, network="trained", measure="mass", of="all", end="value"):
            return rows.loc[(network, method, layer, of, measure), end]

        return of

    def test_layers_and_methods(self, of):
        last, six, twelve, finest = (
            percent(of("hirescam", layer))
            for layer in ("block14_sepconv2_act", "block6_add", "block3_add", "block2_add")
        )
        says(
            15,
            f"{last} % on the last map, which is a guess, {six} % at 6 × 6, {twelve} % at 12 × 12, "
            f"{finest} % at 23 × 23",
        )
        dark, low, high = (percent(of("occlusion, dark", end=end)) for end in ("value", "low", "high"))
        says(
            15,
            f"has {percent(of('saliency'))} %. And *occlusion* has {percent(of('occlusion'))} % with squares "
            f"of the mean grey, and {dark} % ({low} to {high}) with squares as dark as clear lung",
        )
        assert of("occlusion", end="high") < of("occlusion, dark", end="low")
        guess = of("area", network="none")
        pointing = percent(of("gradcam", "block3_add", measure="pointing"))
        says(
            15,
            "By mass *Grad-CAM* is at a guess on every layer (by pointing, at 12 × 12, it gets "
            f"{pointing} % where a guess gets {percent(guess)})",
        )
        layers = ("block2_add", "block3_add", "block6_add", "block13_add", "block14_sepconv2_act")
        assert all(abs(of("gradcam", layer) - guess) < 0.015 for layer in layers)

    def test_habit(self, of):
        mass, pointing = (of("prior", network="none", measure=measure) for measure in ("mass", "pointing"))
        says(
            15,
            f"has {percent(mass)} % of its mass inside and points right in {percent(pointing)} % of",
        )
        methods = ("saliency", "integrated-gradients", "occlusion", "occlusion, dark")
        assert mass > 1.4 * max(of("hirescam", "block2_add"), *map(of, methods))
        dark = of("occlusion, dark", measure="pointing")
        says(15, f"by pointing, occlusion with dark squares does, with {percent(dark)} %")
        assert dark > pointing

    def test_covid19(self, of):
        inside, area = of("hirescam", "block3_add", of="covid19"), of("area", network="none", of="covid19")
        says(
            15,
            f"HiResCAM has {percent(inside)} % of its mass in lesions that take {percent(area)} %",
        )

    def test_deletion(self, of):
        says(
            15,
            f"when they go ({percent(of('occlusion', measure='deletion'))}) and bring it back when they come "
            f"({percent(of('occlusion', measure='insertion'))})",
        )
        behind = [of("prior", network="none", measure=measure) for measure in ("deletion", "insertion")]
        ahead = [of("hirescam", "block3_add", measure=measure) for measure in ("deletion", "insertion")]
        assert ahead[0] < behind[0]
        assert ahead[1] > behind[1]
        says(
            15,
            "neither the prior nor saliency nor Grad-CAM's last map can be told from it by deletion; by "
            "insertion the prior and Grad-CAM's are better, and saliency hardly",
        )

        def beyond(measure, end):
            keys = [("prior", "", "none"), ("gradcam", "block14_sepconv2_act", "trained")]
            return [
                of(method, layer, network=network, measure=f"{measure} less noise", end=end)
                for method, layer, network in [*keys, ("saliency", "", "trained")]
            ]

        assert max(beyond("deletion", "low")) < 0 < min(beyond("deletion", "high"))
        *better, hardly = beyond("insertion", "low")
        assert min(better) > 0.01
        assert -0.01 < hardly < 0.01

    def test_networks_that_know_nothing(self, of):
        fine, draws = ("hirescam", "block3_add"), [f"untrained, seed {seed}" for seed in range(1, 6)]
        others = [of(*fine, network=network) for network in draws]
        says(
            15,
            "HiResCAM finds the lesions no better in a trained network than in one with *random weights*: "
            f"{percent(of(*fine, network='untrained'))} % is one draw of these, and five others get "
            f"{percent(min(others))} to {percent(max(others))} %",
        )
        assert of(*fine) - of(*fine, network="untrained") < 0.01
        assert max(others) > of(*fine)
        known, permuted, random = (
            of(*fine, network=network, measure="iou")
            for network in ("trained", "permuted labels", "untrained")
        )
        assert known - permuted < 0.03 < known - random
        assert known > 0.03 + max(of(*fine, network=network, measure="iou") for network in draws)
        says(15, "by both scores the trained network is ahead of all six draws")
        for measure in ("mass", "iou"):
            rivals = [
                of("saliency", network=network, measure=measure)
                for network in ("permuted labels", "untrained", *draws)
            ]
            assert of("saliency", measure=measure) > 1.15 * max(rivals)
        alike = [
            of("saliency", network=f"random from {layer}", measure="similarity")
            for layer in ("block4_sepconv1", "block1_conv1")
        ]
        says(
            15,
            f"stays at about {alike[0]:.1f} until the first three blocks are random, too, and is at "
            f"{alike[1]:.2f} when",
        )

    def test_real_x_rays_without_their_lungs(self):
        table = pd.read_csv(data_path("attribution_real.csv"))
        value = table.set_index(["method", "measure", "of", "seed"])["value"]
        frame = [percent(value["hirescam", "mass in the frame", "all", seed]) for seed in (0, 1)]
        says(15, f"HiResCAM has {frame[0]} and {frame[1]} % of its mass there, saliency 24: less than")
        assert value.xs("mass in the frame", level="measure").max() < 1 - (76 / 96) ** 2 + 0.02
        ill = [percent(value["hirescam", "mass in the frame", "covid19", seed]) for seed in (0, 1)]
        says(15, f"with seed 0 ({ill[0]} %) than with seed 1 ({ill[1]} %)")
        found = [value["lungs black", "right", "covid19", seed] for seed in (0, 1)]
        answers = table[(table["method"] == "lungs black") & (table["measure"] == "right")]
        low, high = (100 * answers.set_index(["of", "seed"])[end] for end in ("low", "high"))
        says(
            15,
            f"still finds {percent(found[0])} % of them ({low['covid19', 0]:.0f} to "
            f"{high['covid19', 0]:.0f}, if patients are drawn), *without their lungs*",
        )
        says(
            15,
            f"it finds {percent(found[1])} % ({low['covid19', 1]:.0f} to {high['covid19', 1]:.0f})",
        )
        counts = answers.groupby("of")["n"].first()
        says(15, f"Of the {counts['all']} X-rays {counts['covid19']} show COVID-19")
        others = [value["lungs black", "right", of, 0] for of in ("normal", "pneumonia_viral")]
        assert [percent(other) for other in others] == ["0", "1"]
        says(15, "right on no normal X-ray and on 1 % of the viral pneumonias")
        outside = [percent(value["all but lungs black", "right", "covid19", seed]) for seed in (0, 1)]
        says(15, f"seed 0 falls to {outside[0]} % of the COVID-19 X-rays, and seed 1 keeps {outside[1]} %")
        bacterial = [value["lungs black", "right", "pneumonia_bacterial", seed] for seed in (0, 1)]
        says(
            15,
            f"of the {counts['pneumonia_bacterial']} bacterial pneumonias it is right on "
            f"{percent(bacterial[0])} %",
        )
        assert bacterial[1] == 1

    def test_the_lesions_shown(self):
        table, right, _ = kept("phantom")
        masks = {}
        for file in table[right].drop_duplicates("true")["file"]:
            _, label, patient, image = file.removesuffix(".png").split("-")
            masks[label] = phantom.phantom(label, patient=int(patient), image=int(image), size=96).mask
        says(15, f"the two lesions here take {percent(masks['pneumonia_viral'].mean())} % of it together")
        again = (masks["covid19"] & np.flipud(masks["covid19"])).sum() / masks["covid19"].sum()
        says(15, "the same outline upside down, of which a fifth lies on the lesion again")
        assert abs(again - 1 / 5) < 0.02

    def test_right_on_nine_in_ten(self):
        _, right, _ = kept("phantom")
        says(15, "on its own test fold it is right on nine in ten")
        assert abs(right.mean() - 0.9) < 0.03


def test_the_network_that_has_stopped_looking():
    table, _, classes = kept("rotated")
    assert len(table[list(classes)].drop_duplicates()) == 1
    says(11, f"it gives all {len(table)} tested X-rays the same four numbers")


def test_when_the_careful_recipe_would_have_stopped():
    curve = runs.read_history(data_path("runs", "quick-phantom"))
    assert not any(CORRECTED.finished(curve[:epochs]) for epochs in curve["epoch"])
    says(11, "the training would not even have stopped within eighteen epochs")
    says(11, f"gone back to the weights of epoch {CORRECTED.kept_epoch(curve)}")


def test_the_cost_of_the_kept_run():
    card = runs.read_card(data_path("runs", "paper-image-fold1-partial"))
    minutes = card["minutes"] / card["epochs"] * paper.RECIPE.epochs
    says(11, f"Its card says {card['minutes']:.0f} minutes for {card['epochs']} epochs")
    says(11, f"at that pace the {paper.RECIPE.epochs} would take about {round(minutes, -2):.0f}")


def test_when_the_test_fold_of_the_kept_run_was_best():
    curve = runs.read_history(data_path("runs", "paper-image-fold1-partial")).set_index("epoch")
    best = curve["val_accuracy"].idxmax()
    says(11, f"that of the test fold has not passed its value of epoch {best} again")
    assert curve["accuracy"].iloc[-1] == curve["accuracy"].max()


class TestSprint:
    """Chapters 11 and 12: the paper's Xception, by a shorter recipe, on four folds."""

    folder = data_path("runs", "sprint-patient-cv")

    def test_what_five_more_epochs_gain(self):
        gains = {}
        for fold in range(1, 5):
            curve = runs.read_history(self.folder / f"fold-{fold}").set_index("epoch")
            gains[fold] = 100 * (curve.loc[8, "val_accuracy"] - curve.loc[3, "val_accuracy"])
            assert curve.loc[8, "accuracy"] > curve.loc[3, "accuracy"] + 0.05
        says(11, "gain nothing in folds 1 and 4 and seven points each in folds 2 and 3")
        assert max(gains[1], gains[4]) < 1
        assert {percent(gains[fold] / 100) for fold in (2, 3)} == {"7"}

    def test_where_it_is_ahead_of_the_paper_and_where_behind(self):
        both = beside_paper(self.folder)
        apart = both["rerun"] - both["printed"]
        says(12, "In the mean it is right seven points less often than the paper says")
        assert percent(-apart["average", "accuracy"] / 100) == "7"
        assert apart["covid19", "recall"] > 0 < apart["normal", "recall"]
        assert both.loc[("covid19", "precision"), "rerun"] == 100
        bacterial, viral = (-apart[f"pneumonia_{kind}", "recall"] for kind in ("bacterial", "viral"))
        says(12, f"the bacterial one by eleven points and the viral one by {viral:.0f}")
        assert round(bacterial) == 11

    def test_what_the_caption_of_its_four_matrices_says(self):
        for matrix in confusion_matrices(*runs.read_predictions(self.folder)).values():
            assert not matrix[1:, 0].any()
            assert matrix[3, 2] > matrix[2, 3]

    def test_dealt_by_image(self):
        cards = [runs.read_card(data_path("runs", f"sprint-{by}-cv")) for by in ("image", "patient")]
        same = Experiment.__annotations__.keys() - {"split"}
        assert all(cards[0][fact] == cards[1][fact] for fact in same)
        tables = [
            runs.read_predictions(data_path("runs", f"sprint-{by}-cv"))[0] for by in ("image", "patient")
        ]
        pairs = tables[0].merge(tables[1], on="file", suffixes=("", "_p"))
        gain = (pairs["true"] == pairs["predicted"]).astype(int) - (pairs["true"] == pairs["predicted_p"])
        sibling = pairs.groupby("patient")["fold"].transform("nunique") > 1
        with_one, without = 100 * gain[sibling].mean(), -100 * gain[~sibling].mean()
        says(
            12,
            f"with a sibling in another fold gain {with_one:.1f} points, "
            f"those without one lose {without:.1f}",
        )
        _, high = patient_bootstrap(gain, gain, pairs["patient"], lambda gain, _: 100 * gain.mean())
        says(12, f"For all X-rays together the interval ends at a gain of {high:.1f} points")
        covid = (pairs["true"] == "covid19") & sibling
        says(12, f"{sibling.sum()} X-rays have such a sibling, and {covid.sum()} of these are of COVID-19")

    def test_one_question_makes_most_of_the_mistakes(self):
        table, classes = runs.read_predictions(self.folder)
        matrix = sum(confusion_matrices(table, classes).values())
        mixed, wrong = matrix[2, 3] + matrix[3, 2], matrix.sum() - matrix.trace()
        assert 0.7 < mixed / wrong < 0.8
        says(12, "Three of four mistakes are.")
        says(12, f"ours are {mixed} and {wrong - mixed}")
        ill, called_normal = matrix[2:].sum(), matrix[2:, 1].sum()
        says(12, f"{called_normal} of {ill} pneumonias are called normal")

    def test_the_mistakes_that_the_tables_leave_the_paper(self):
        counts = np.array([*paper.TABLE_I.values()])
        recall, precision = (
            np.array([float(getattr(row, name)) for row in paper.TABLE_IV.values()]) / 100
            for name in ("recall", "precision")
        )
        found = counts * recall
        missed, called_wrongly = counts - found, found / precision - found
        # COVID-19 and normal chests that are missed, and what is wrongly called so: some may be both.
        missed_here, called_here = missed[:2].sum(), called_wrongly[:2].sum()
        least, most = max(missed_here, called_here), missed_here + called_here
        assert round(missed.sum(), -1) == 130
        assert (round(least / 5) * 5, round(most / 5) * 5) == (35, 60)
        says(12, "some 130 mistakes, of which 35 to 60 are others than that one")
        says(12, "COVID-19 about as often (the difference is four X-rays")
        table, _ = runs.read_predictions(self.folder)
        ours = (table[["true", "predicted"]] == "covid19").all(axis=1).sum()
        assert round(ours - found[0]) == 4


def test_how_many_images_can_print_a_reported_accuracy():
    assert attainable_fractions(50, "95.38", how="rounded") == []
    smallest = next(n for n in range(1, 100) if attainable_fractions(n, "95.38", how="rounded"))
    [right] = attainable_fractions(smallest, "95.38", how="rounded")
    says(14, f"the smallest set that can print it has {smallest}, {right} of them right")


class TestManyMachines:
    """What chapter 18 says of the plan, of its explorer and of what was measured."""

    @staticmethod
    def faster(workers, batch=10, gigabits=10.0, knee=100):
        """As the explorer has it: times as fast as one worker with a batch of 10."""
        shared = Cluster(devices=workers, together=workers, gigabits=gigabits)
        _, *talking = step(PAPER.but(batch_size=workers), shared)
        seconds = -(-batch // workers) / shared.rate + sum(talking)
        return 10 / shared.rate * (batch / 10) / ((1 + batch / knee) / (1 + 10 / knee)) / seconds

    def test_the_best_number_of_workers(self):
        by_workers = {workers: self.faster(workers) for workers in range(1, 65)}
        best = max(by_workers, key=by_workers.get)
        assert by_workers[8] < 1
        assert 2.5 < 1 / by_workers[64] < 3
        said = f"{NUMBERS[best].capitalize()}, and they are {by_workers[best]:.2f} times as fast as one."
        says(18, f"{said} Eight are slower than one, and 64 take nearly three times as long.")

    def test_what_a_faster_network_leaves(self):
        slow, fast = self.faster(64), self.faster(64, gigabits=1000.0)
        norms = step(PAPER.but(batch_size=64), Cluster(devices=64, together=64, gigabits=1000.0)).norms
        says(18, f"a hundred times the bandwidth brings 64 workers from {slow:.2f} to {fast:.2f}.")
        says(18, f"What is left are the {1000 * norms:.0f} ms of batch normalisation")

    def test_the_best_batch_of_eight_workers(self):
        fast = {batch: self.faster(8, batch) for batch in range(8, 1000, 8)}
        assert 64 <= max(fast, key=fast.get) <= 96
        assert 2.4 < fast[64] < max(fast.values()) < 2.55
        says(18, "Some 64 to 96, two and a half times as fast as one worker with a batch of 10.")

    def test_together_takes_eleven_times_as_long(self):
        apart, joined = (plan([PAPER] * 40, Cluster(devices=10, together=each)) for each in (1, 10))
        assert round(joined.hours / apart.hours) == 11
        says(18, "Eleven times as long, and eleven times as dear")
        says(
            18,
            "share one after the other over ten gigabits a second may take eleven times as long as the same",
        )

    def test_how_long_a_training_takes(self):
        minutes = 60 * plan([PAPER], Cluster(devices=1)).hours
        says(18, f"The plan counts training steps only, {minutes:.0f} minutes for each training.")
        says(18, f"The {PAPER.epochs * 29.05 / 60:.0f} minutes are the log's")

    def test_how_often_one_of_many_fails(self):
        seconds = 24 * 3600 / 1024
        assert round(seconds / 29.05) == 3
        said = f"on average that is every {seconds:.0f} seconds"
        says(18, f"{said}, as long as one K80 takes for about three epochs")

    def test_how_much_failures_and_slow_workers_cost(self):
        hours = pd.read_csv(data_path("cluster_simulation.csv"), index_col=["tasks", "scenario", "workers"])
        hours = hours["hours"].loc[1024].unstack()
        efficiency = 100 * hours.loc["nothing fails", 1] / hours / hours.columns
        assert efficiency[[n for n in efficiency if n <= 64]].min(axis=None) >= 90
        resumes, anew, slow = (
            efficiency.loc[name] for name in ("fails, resumes", "fails, begins anew", "one in twenty is slow")
        )
        assert resumes.idxmin() == 256
        assert round(100 - resumes.min()) == 12
        says(18, "Failures that resume from the last epoch cost twelve percent at most")
        begun, lagged = (
            f"{100 - line[256]:.0f} {{}} in place of {100 - line[1024]:.0f}" for line in (anew, slow)
        )
        says(18, f"beginning anew costs {begun.format('%')}, and slow machines {lagged.replace('{} ', '')}.")
        figure = next(
            c for c in cells(CHAPTERS[18], "code") if "efficiency (%)" in c.source and "mystnb" in c.metadata
        )
        told = figure.metadata["mystnb"]
        assert "cost twelve percent at most" in told["figure"]["caption"]
        at_256 = f"resumed failures dip to {resumes[256]:.0f}, beginning anew to {anew[256]:.0f}"
        assert f"{at_256}, slow workers to {slow[256]:.0f}" in told["image"]["alt"]
        assert f"is {resumes[1024]:.0f} where failures resume" in told["image"]["alt"]

    def test_what_the_kept_trainings_say(self):
        table = pd.read_csv(data_path("seeds_and_folds.csv"))
        share = (table["right"] / table["tested"]).groupby([table["machine"], table["seed"], table["fold"]])
        share = share.first()
        assert abs(share["here", 0].mean() - 3 / 5) < 0.02
        assert abs(share["here", 1].mean() - 3 / 4) < 0.02
        apart = (share["plain", 0] - share["here", 0]).dropna()
        assert sorted(np.sign(apart)) == [-1, 0, 1, 1]
        assert apart[4] == 0
        assert 0.09 < apart.abs().max() < 0.105
        says(
            18, "by up to ten points: upwards in two folds, downwards in another, and in the last not at all"
        )

    def test_the_spread_of_the_kept_trainings(self):
        table = pd.read_csv(data_path("seeds_and_folds.csv"))
        table["share"] = 100 * table["right"] / table["tested"]
        grid = table[table["machine"] == "here"].pivot(index="seed", columns="fold", values="share")
        by_seed, by_fold = grid.mean(axis=1), grid.mean()
        rest = grid.sub(by_seed, axis=0) - by_fold + by_fold.mean()
        left = (rest**2).sum(axis=None) / (len(by_seed) - 1) / (len(by_fold) - 1)
        spread = [
            (by_seed.var() - left / len(by_fold)) ** 0.5,
            (by_fold.var() - left / len(by_seed)) ** 0.5,
            left**0.5,
        ]
        assert [round(each) for each in spread] == [8, 3, 4]
        says(
            18,
            "the seed counts most: eight points in the first setting, where fold and rest have three to four",
        )

    def test_what_was_measured_says_what_the_text_says(self):
        table = pd.read_csv(data_path("cluster_measurement.csv")).set_index(["work", "workers"])
        off = table["simulated"] / table["measured"] - 1
        assert off["waits"].abs().max() < 0.11
        assert off["adds"][[1, 2]].abs().max() < 0.1
        assert abs(off["adds"][4] + 0.5) < 0.05
        assert abs(table["measured"]["adds"][4] / table["measured"]["adds"][2] - 1) < 0.1
        says(18, "right within about ten percent")
        says(18, "four took as long as two did, for the machine has two cores")

    def test_two_machines_agree_as_long_as_is_said(self):
        table = pd.read_csv(data_path("two_machines.csv"))
        agree = int((table["apart"] <= two_machines.APART).cumprod().sum())
        assert two_machines.SURE <= agree < len(table)
        says(18, f"The first {NUMBERS[agree]} agree to 1e-5 and better")
        says(18, f"the tool insists on {NUMBERS[two_machines.SURE]}")


class TestLaboratory:
    """Chapter 16: trainings with a habit, and what real X-rays give away."""

    def seen(self, question, look):
        real = pd.read_csv(data_path("laboratory_real.csv")).set_index(["question", "seen"])
        return real.loc[(question, look)]

    def test_the_cropped_network_at_home(self):
        kept = pd.read_csv(data_path("laboratory_habit.csv"))
        crop = kept[kept["remedy"] == "crop"].groupby("confounder").mean(numeric_only=True)
        fits = crop["covid19_on"] + crop["normal_off"]
        others = crop["covid19_off"] + crop["normal_on"]
        home = (0.9 * fits + 0.1 * others) / 2
        says(
            16, f"looks the same in both tables, {percent(home['marker'])} and {percent(home['contrast'])} %"
        )

    def test_what_is_left_where_the_source_is_one(self):
        sources = self.seen("COVID-19 or not, Dataset-1", "all of it")["balanced_accuracy"]
        children = [
            percent(self.seen("bacterial or viral, children", look)["balanced_accuracy"])
            for look in ("all of it", "middle black", "frame alone")
        ]
        says(16, f"falls from {percent(sources)} to {children[0]} %")
        says(
            16, f"with the middle black it is {children[1]} % as well, and the frame alone has {children[2]}"
        )

    def test_whichever_part_is_shown(self):
        looks = ("all of it", "middle black", "16 random sums")
        whole, black, sums = (
            self.seen("COVID-19 or not, Dataset-1", look)["balanced_accuracy"] for look in looks
        )
        says(16, f"half a percentage point is lost ({100 * whole:.1f} to {100 * black:.1f})")
        says(16, f"which nobody has learned or chosen, have {percent(sums)} %")

    def test_what_a_network_knows_of_coins(self):
        own = pd.read_csv(data_path("laboratory_leak.csv")).groupby(["let_in", "share"])["its own"].mean()
        assert own.between(0.58, 0.72).all(), "about two in three"

    def test_adults(self):
        question = "COVID-19 or other pneumonia, adults"
        says(16, f"All of it has {percent(self.seen(question, 'all of it')['balanced_accuracy'])} %")
        says(16, f"has {percent(self.seen(question, 'site')['balanced_accuracy'])} %, because some sites")
        held = [self.seen(f"{site}, held out", "all of it") for site in ("Radiopaedia", "Eurorad")]
        says(16, "with {} and {} patients".format(*(int(row["patients"]) for row in held)))

    def test_two_intervals_that_miss_a_half(self):
        looks = ("all of it", "middle alone", "middle black", "frame alone")
        question = "older or younger than the median, COVID-19"
        rows = [self.seen(question, look) for look in looks]
        assert [row["low"] > 0.5 for row in rows] == [False, True, False, False]
        assert [row["high"] < 0.5 for row in rows] == [False, False, False, True]
        above, below = (percent(rows[place]["balanced_accuracy"]) for place in (1, 3))
        says(16, f"one lies above it (the middle alone, {above} %), and one below (the frame, {below} %)")

    def test_the_worst_groups_of_weights(self):
        kept = pd.read_csv(data_path("laboratory_habit.csv"))
        rows = kept[(kept["confounder"] == "marker") & (kept["share"] == 0.9) & (kept["remedy"] == "weights")]
        worst = rows[["covid19_on", "covid19_off", "normal_on", "normal_off"]].min(axis=1)
        says(16, f"from {percent(worst.min())} to {percent(worst.max())} % in the worst group")


class TestHowSure:
    """Chapter 17: the real cross-validation, and what the tools keep."""

    @pytest.fixture(scope="class")
    def real(self):
        table, classes = runs.read_predictions(data_path("runs", "quick-dataset1-patient-cv"))
        return table, table[list(classes)].max(axis=1), table["true"] == table["predicted"]

    def test_how_many_are_sure_and_wrong(self, real):
        _, sure, right = real
        assert (~right[sure >= 0.9]).sum() == 100
        says(17, "with more than 0.9, exactly a hundred are wrong")

    def test_who_has_one_x_ray(self, real):
        images = real[0].groupby("patient").size()
        says(
            17, f"for {(images == 1).sum()} of the {len(images):,} patients of Dataset-1 have a single X-ray"
        )

    def test_what_three_networks_disagree_on(self):
        parts = [kept(name) for name in ("phantom", "seed-1", "seed-2")]
        scores = np.array([table[list(classes)] for table, _, classes in parts])
        truth = parts[0][0]["true"].map(parts[0][2].index).to_numpy()
        votes, wrong = scores.argmax(axis=2), scores.mean(axis=0).argmax(axis=1) != truth
        apart = (votes != votes[0]).any(axis=0)
        assert (wrong.sum(), wrong[apart].sum()) == (15, 13)
        says(17, f"fifteen mistakes thirteen are among the {apart.sum()} X-rays on which the three disagree")

    def test_what_ensembles_are_worth(self):
        table = pd.read_csv(data_path("ensembles.csv"))
        new = table[table["hospital"] != "learned from"]
        least, most = (
            (100 * new.groupby("measure")["value"].agg(end)).round().astype(int) for end in ("min", "max")
        )
        assert least["right where agreed"] == most["right where agreed"] == 98
        says(17, f"on {least['right where apart']} to {most['right where apart']}. They")
        says(17, f"They disagree on {least['apart']} to {most['apart']} of 100")
        says(17, f"{least['mistakes apart']} to {most['mistakes apart']} of 100 mistakes are there")
        assert (least["too sure, one"], most["too sure, one"], least["too sure, mean"]) == (4, 6, -7)
        says(17, "promises four to six points more than it keeps")
        says(17, "less* sure than it is right, by up to seven points")

    def test_what_the_threshold_keeps(self):
        table = pd.read_csv(data_path("frozen_threshold.csv"))
        home, _, grey = table.groupby("contrast")[["found", "spared"]].mean().to_numpy()
        assert f"{100 * home[0]:.0f}" == "95"
        says(
            17, f"{100 * (1 - grey[1]):.1f} % of them get a false alarm in place of {100 * (1 - home[1]):.1f}"
        )
        says(17, f"{100 * grey[0]:.1f} % in place of 95 on the average")
        draws = table.pivot(index="seed", columns="contrast", values=["found", "spared"])
        found, spared = (np.sign(draws[share][1.0] - draws[share][0.0]) for share in ("found", "spared"))
        assert (spared == -1).all()
        says(17, f"spared in each of the {NUMBERS[len(draws)]} draws")
        fewer, same, more = (NUMBERS[(found == sign).sum()] for sign in (-1, 0, 1))
        says(17, f"Fewer COVID-19 are found in {fewer}, as many in {same}, more in {more}")
        runs_of = 100 * table.loc[table["contrast"] == 1, "found"]
        says(17, f"run from {runs_of.min():.0f} to {runs_of.max():.0f} %")

    def test_whose_mean_chance_is_off(self, real):
        table = real[0]
        ill, called = (table[of] == "covid19" for of in ("true", "predicted"))
        missed, false = (ill & ~called).sum(), (called & ~ill).sum()
        says(17, f"misses {missed} X-rays of COVID-19 and calls only {false} others")
        score, normal = table["covid19"], table["true"] == "normal"
        says(17, f"its mean chance is {100 * score.mean():.1f} % where {100 * ill.mean():.1f} % are ill")
        says(
            17, f"({((score > 0.02) & (score < 0.98)).sum()} of the {len(table):,} are between 0.02 and 0.98)"
        )
        says(
            17, f"chance is {100 * table['normal'].mean():.1f} %, and {100 * normal.mean():.1f} % are normal"
        )

    def test_how_far_the_mended_network_is_worth_it(self, real):
        table, _, _ = real
        scores, true = table[list(table["true"].unique())], table["true"]
        bacterial, mended = (true == "pneumonia_bacterial").to_numpy(), np.empty(len(table))
        names = list(scores)
        for one in np.unique(table["fold"]):
            here = (table["fold"] == one).to_numpy()
            temperature = fit_temperature(true[~here].map(names.index).to_numpy(), scores[~here].to_numpy())
            chances = with_temperature(scores[here].to_numpy(), temperature)
            mended[here] = chances[:, names.index("pneumonia_bacterial")]
        levels = np.arange(1, 90) / 100
        worth = net_benefit(bacterial, mended, levels)
        rival = np.maximum(net_benefit(bacterial, np.ones(len(table)), levels), 0)
        last = levels[np.argmin(worth > rival)] - 0.01
        says(17, f"it beats both rivals up to {percent(last)} %")

    def test_margins_that_seem_to_keep_a_promise(self):
        svm, classes = runs.read_predictions(data_path("comparisons", "dataset1", "svm-xception"))
        margins = svm[list(classes)].to_numpy()
        halved, once, doubled = (softmax(times * margins, axis=1) for times in (0.5, 1, 2))
        says(17, f"sure to {percent(halved.max(axis=1).mean())} %, doubled ones to")
        says(17, f"doubled ones to {percent(doubled.max(axis=1).mean())} %")
        slopes = [calibration_line(svm["true"] == name, once[:, k]).slope for k, name in enumerate(classes)]
        says(17, f"slopes run from {min(slopes):.1f} to {max(slopes):.1f}")

    def test_what_less_alike_x_rays_do_to_an_interval(self):
        table = pd.read_csv(data_path("coverage.csv"))
        most = table.query("patients == 300 and recall == 0.95 and images == 4").set_index("alike")["Wilson"]
        says(17, f"{100 * most[0.15]:.1f} % of the tests, and not in {100 * most[0.5]:.1f}")
