"""Problems of chapter 8: what gives a class away besides the disease, who leaks, and how a class is drawn."""

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import array
from coronet_lib.course.bank._answers import LETTERS, Statements, Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden, returned
from coronet_lib.course.bank._variants import packed
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Part, Problem, problem

PAGE = "08_data.html#"


@problem(8, 1, title="A rule on the view", kind=Kind.COMPUTE, minutes=10, points=4, read=PAGE + "two-sources")
def view_rule(draw, hidden):
    """Accuracies of a rule on the view alone."""
    covid, others = int(draw.integers(200, 300)), int(draw.integers(700, 1000))
    missed, alarms = int(draw.integers(50, 90)), int(draw.integers(100, 180))
    total, found, left = covid + others, covid - missed, others - alarms
    right, never = 100 * (found + left) / total, 100 * others / total
    recall, balanced = 100 * found / covid, 50 * (found / covid + left / others)
    by_row = 50 * (found / (found + alarms) + left / (left + missed))
    typed = Typed("view_rule", 3, "accuracy, accuracy of never saying it, balanced accuracy, in percent", 1)
    return Problem(
        text="X-rays of a collection, by what they show and by the view:\n\n| | COVID-19 | not COVID-19 "
        f"|\n| --- | --- | --- |\n| plain AP | {missed} | {left} |\n| any other view | {found} | "
        f"{alarms} |\n\nA rule says COVID-19 if, and only if, the view is not plain AP. Type, in percent "
        "and to one decimal: its accuracy, the accuracy of never saying COVID-19, and the balanced "
        "accuracy of the rule.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(right, never, balanced),
        parts=(
            typed.part(
                1, "the rule's accuracy", 0, right,
                "the accuracy is the share of all X-rays for which the rule is right, in both columns.",
                {
                    "the others in other views than AP are false alarms.": 100 - 100 * missed / total,
                    "whoever is rightly not called COVID-19 counts as well.": 100 * found / total,
                    "accuracy and balanced accuracy are exchanged.": balanced,
                },
            ),
            typed.part(
                1, "never saying it", 1, never,
                "whoever never says COVID-19 is right about all that have it not.",
                {"this is the share that has it, where never saying so is wrong.": 100 - never},
            ),
            typed.part(
                2, "balanced accuracy", 2, balanced,
                "the balanced accuracy is the mean of two shares, one of each column of the table.",
                {
                    "accuracy and balanced accuracy are exchanged.": right,
                    "the rule has false alarms here: the other column's share is not 1.": 50 + recall / 2,
                    "this is the share found among those with COVID-19 alone.": recall,
                    "these are shares of the rows, of what was called so.": by_row,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, 100 - 100 * missed / total, 100 - never, 50 + recall / 2),
            typed.wrong(3, right, 100 - never, balanced),
            typed.wrong(1, balanced, never, right),
            typed.wrong(2, right, never, recall),
            typed.wrong(1, 100 * found / total, never, by_row),
        ),
        note="The rule looks good because one group is large. In class: which of the three numbers stay "
        "if twice as many healthy people are X-rayed, with the same share of false alarms? (The last.)",
    )  # fmt: skip


_LEAK = """\
def leak_by_class(labels, patients, fold_of, classes):
    pairs = np.unique(np.stack([patients, fold_of]), axis=1)
    ids, folds = np.unique(pairs[0], return_counts=True)
    known = np.isin(patients, ids[folds > 1])
    shares = np.zeros(classes)
    for label in range(classes):
        if (labels == label).any():
            shares[label] = known[labels == label].mean()
    return shares"""


def _leaks(labels, patients, fold_of, classes, images=True):
    """The shares of a class's images that leak, or of its patients."""
    known = {patient for patient in patients if len(set(fold_of[patients == patient])) > 1}
    shares = np.zeros(classes)
    for label in set(labels):
        whose = list(patients[labels == label]) if images else set(patients[labels == label])
        shares[label] = sum(patient in known for patient in whose) / len(whose)
    return shares


def _leaks_wrongly(right, labels, patients, fold_of, classes):
    of_class = patients * classes + labels
    return {
        "this is a share of all images; wanted is that of the images of the class.": (
            right * np.bincount(labels, minlength=classes) / len(labels)
        ),
        "patients are counted; wanted are shares of images.": _leaks(
            labels, patients, fold_of, classes, False
        ),
        "the other image may be of another class: it is the patient who is known.": (
            _leaks(labels, of_class, fold_of, classes)
        ),
        "nobody leaks here, and somebody does; two different folds are enough.": 0 * right,
    }


@problem(
    8, 2, title="Which class leaks", kind=Kind.FUNCTION, minutes=20, points=4, read=PAGE + "folds",
    variants=False,
)  # fmt: skip
def leak_by_class(draw, hidden):
    """A function for the share of each class's images that leak."""
    people = hidden.permutation(np.repeat(np.arange(20), [1, 2, 3, 4] * 5))
    several = people % 3, people, hidden.integers(1, 5, len(people)), 3
    two = np.array([0, 0, 1, 1, 0, 1]), np.array([7, 5, 7, 9, 5, 9]), np.array([1, 2, 2, 3, 2, 1]), 2
    empty = np.array([2, 0, 2]), np.array([4, 6, 4]), np.array([1, 1, 3]), 4
    alone = np.array([1, 1]), np.array([8, 8]), np.array([2, 2]), 2
    function = Hidden(
        _leaks,
        "the shares are others; deal six images by hand, and ask of each whether its patient is elsewhere.",
        _leaks_wrongly,
    )
    mean = "known[labels == label].mean()"
    return Problem(
        text="Write `leak_by_class(labels, patients, fold_of, classes)`. The first three are arrays of "
        "whole numbers, one for each image: its class (0 to `classes` − 1), whose it is, and the fold "
        "in which it is tested. An image *leaks* if another fold has an image of the same patient, of "
        "whatever class. Return an array of shape `(classes,)`: for each class the share of its images "
        "that leak, from 0 to 1, and 0 for a class without images.",
        starter=unwritten(_LEAK),
        form="form.function(leak_by_class, np.array([0, 1]), np.array([3, 3]), np.array([1, 2]), 3, "
        "returns=(3,))",
        solution=_LEAK,
        parts=(
            function.part(2, "several classes", "Each class's share is of its own images.", several),
            function.part(1, "a patient in two classes", "Whoever is known is known in any class.", two),
            function.part(1, "an empty class, one patient", "Where nobody is, nobody leaks.", empty, alone),
        ),
        wrong=(
            KnownWrong(altered(_LEAK, (mean, "(known & (labels == label)).mean()")), 0),
            KnownWrong(altered(_LEAK, ("np.zeros(classes)", "np.full(classes, np.nan)")), 3),
            KnownWrong(altered(_LEAK, (
                mean, "known[np.unique(patients[labels == label], return_index=True)[1]].mean()")), 0),
            KnownWrong(altered(_LEAK, (
                "pairs = ", "patients = patients * classes + labels\n    pairs = ")), 3),
            KnownWrong(altered(_LEAK, ("folds > 1", "folds > 4")), 0),
        ),
        note="COVID-19 leaks most in Dataset-1, because its patients were followed through their "
        "illness. Ask which printed number a leak lifts first. The second wrong answer has no number where "
        "nobody is.",
    )  # fmt: skip


_DRAWN = """\
def draw_balanced(labels, seed):
    rng = np.random.default_rng(seed)
    classes, images = np.unique(labels, return_counts=True)
    rows = [rng.choice(np.flatnonzero(labels == one), images.min(), replace=False) for one in classes]
    return np.sort(np.concatenate(rows))"""
_DRAWN_BROKEN = """\
def draw_balanced(labels, seed):
    rng = np.random.default_rng(seed)
    images = np.bincount(labels)
    rows = [rng.choice(np.flatnonzero(labels == one), images.max()) for one in range(len(images))]
    return np.sort(np.concatenate(rows))"""


def _rows(answer, labels, seed):
    rows = returned(answer, (labels, seed))
    if not isinstance(rows, np.ndarray) or rows.ndim != 1 or not len(rows):
        raise Wrong("wanted is an array of rows, one for each image that is kept.")
    rows = array(rows, rows.shape, "(images kept,)", kind="iu")
    if rows.min() < 0 or rows.max() >= len(labels):
        raise Wrong("there is no such row.")
    return rows


def _balanced(answer, labels):
    smallest = np.unique(labels, return_counts=True)[1].min()
    classes, kept = np.unique(labels[_rows(answer, labels, 3)], return_counts=True)
    if np.ptp(kept) or len(classes) < len(set(labels)):
        raise Wrong("the classes that are drawn do not have equally many images.")
    if kept[0] > smallest:
        raise Wrong("as many as the largest class has can be had only by taking images twice.")
    if kept[0] < smallest:
        raise Wrong("more could be kept: as many of each class as the smallest one has.")
    return "As many of each class as the smallest one has."


@problem(
    8, 3, title="Too many drawn", kind=Kind.DEBUG, minutes=15, points=4, read=PAGE + "table-i",
    variants=False,
)  # fmt: skip
def draw_balanced(draw, hidden):
    """A broken random under-sampling."""
    full = hidden.permutation(np.repeat(np.arange(4), [31, 12, 20, 17]))
    gap = hidden.permutation(np.repeat([0, 1, 3], [9, 5, 7]))

    def once(answer):
        rows = _rows(answer, full, 3)
        if len(set(rows)) < len(rows):
            raise Wrong("some images are drawn twice; a twin could land in the test set.")
        if not np.array_equal(rows, _rows(answer, full, 3)) or np.array_equal(rows, _rows(answer, full, 4)):
            raise Wrong("the seed does not decide which images are drawn.")
        return "No image is drawn twice, and the seed decides."

    return Problem(
        text="`draw_balanced(labels, seed)` is to under-sample: of every class that occurs in `labels` "
        "(whole numbers from 0, one an image) it keeps as many images, drawn at random, as the smallest "
        "of these classes has, no image twice. It returns the rows of the images kept, in rising order, "
        "and the same for the same seed. What is below has more than one mistake; mend it. A number may "
        "be the label of no image: with labels 0, 1 and 3 there are three classes.",
        starter=stopped(_DRAWN_BROKEN),
        form="form.function(draw_balanced, np.array([1, 0, 0, 1, 1]), 0, returns=(4,), kind='iu')",
        solution=_DRAWN,
        parts=(
            Part(2, "equal classes", lambda answer: _balanced(answer, full)),
            Part(1, "no image twice, by the seed", once),
            Part(1, "a label that no image has", lambda answer: _balanced(answer, gap)),
        ),
        wrong=(
            KnownWrong(_DRAWN_BROKEN, 0),
            KnownWrong(altered(_DRAWN, (", replace=False", "")), 3),
            KnownWrong(altered(_DRAWN_BROKEN, ("images.max())", "images.min(), replace=False)")), 3),
            KnownWrong(altered(_DRAWN, ("images.min()", "4")), 1),
            KnownWrong(altered(_DRAWN, ("default_rng(seed)", "default_rng(0)")), 3),
        ),
        note="`choice` draws with replacement unless it is told not to. `bincount` knows classes that "
        "nobody has, and their zero is the smallest. The fourth wrong answer has a fixed number of "
        "images.",
    )  # fmt: skip


@problem(
    8, 4, title="Above luck", kind=Kind.FIGURE, minutes=8, points=3,
    read=PAGE + "a-shortcut-found-before-training",
)  # fmt: skip
def above_luck(draw, hidden):
    """Bars with ranges: which shortcuts a frame gives away."""
    luck = int(draw.integers(57, 62))
    bars = Statements("above_luck", draw, """
        + well above
        its whole range lies above everything that luck has reached.
        + just above
        its whole range lies above, if not by much.
        - a high mean, a low end within luck
        its mean is well above, but some seeds lie within what luck alone reaches.
        - a mean just above
        its mean is above, but some seeds lie within what luck alone reaches.
        - below
        what lies below the luckiest seed is no sign of a shortcut.
    """)  # fmt: skip
    kinds = (24, 17, 31), (13, 4, 19), (10, -6, 27), (4, -3, 9), (-6, -12, -1)  # mean, lowest, highest
    rows = [(luck - 7, luck - 14, luck), *(tuple(luck + end for end in kinds[one]) for one in bars.order)]
    return Problem(
        text="The figure shows how well COVID-19 is told from the rest by the frame of the image alone, "
        "as balanced accuracy: a dot for the mean of twenty seeds, a line from the lowest to the "
        "highest. In the top row nothing is switched on, in the rows a to e one shortcut each. For each "
        "of a to e: does *every* one of its seeds lie above the luckiest seed with nothing switched on? "
        "Five times `True` or `False`, a first.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

rows = {packed(rows, 40, 100)} / 4.25 + 40  # mean, lowest, highest (%)
fig, axis = plt.subplots(figsize=(6, 2.6), num="above luck", clear=True)
for row, (mean, low, high) in enumerate(rows):
    axis.hlines(row, low, high, lw=3, color="#777777")
    axis.plot(mean, row, "o", color="#D55E00")
axis.set_yticks(range(6), ["nothing", *"{LETTERS[:5]}"])
axis.axvline(50, color="black", ls=":")
axis.set(xlabel="balanced accuracy from the frame (%)", xlim=(40, 100), ylim=(5.5, -0.5))
axis.grid(axis="x")""",
        starter=bars.starter,
        form=bars.form,
        solution=bars.solution,
        parts=bars.parts(2, 1, "A range is held against a range, not a mean against one half."),
        wrong=(
            bars.wrong(0, 2, 3), bars.wrong(2, 1), bars.wrong(2, 3), bars.all_same(True), bars.all_turned(),
        ),
        note="Students read the dots, or hold everything against 50 %. Ask what twenty seeds can say and "
        "what two hundred would.",
    )  # fmt: skip


@problem(
    8, 5, title="No leak, so all is well?", kind=Kind.CRITICISE, minutes=20, points=3, read=PAGE + "recap",
)  # fmt: skip
def would_tell(draw, hidden):
    """Which experiments could tell a disease from a source."""
    adults, children = int(draw.integers(180, 260)), int(draw.integers(300, 420))
    before, after = int(draw.integers(960, 975)) / 10, int(draw.integers(950, 959)) / 10
    tests = Statements("would_tell", draw, """
        + Test it on new patients of a third hospital, some of them with COVID-19 and some without.
        where both kinds come from one source, the source cannot give the answer away.
        + Train and test it anew on the same X-rays with the lungs blacked out.
        if it is as good without the lungs, it did not need them.
        + Test it on healthy adults of hospital A.
        healthy people from COVID-19's source: whoever reads the source calls them ill.
        - Deal the patients into folds again with five other seeds, and train again.
        however patients are dealt, the source tells the classes apart in every fold.
        - Draw whole patients again for a 95 % interval of the accuracy.
        an interval says how firm the number is, and not what it rests on.
        - Hold out a fifth of the patients of either hospital, train on the rest and test on them.
        what is held out has the same two sources as what was learned from.
    """)  # fmt: skip
    return Problem(
        text=f"“We have X-rays of {adults} adults with COVID-19, all from hospital A, and of {children} "
        f"healthy children, all from hospital B. Dealt by image our network is right on {before:.1f} % "
        f"of them. Dealt by patient it is still right on {after:.1f} %. So nothing leaks, and the "
        "network recognises the disease.”\n\n1. Could this experiment tell whether the network goes by "
        "the disease or by the source? Six times `True` or `False`, in this "
        f"order:\n\n{tests.text}\n\n2. In five to eight sentences: what does the experiment in the "
        "quotation show, what does it leave open, and what would you have the authors write instead of "
        "the last sentence?",
        starter=tests.starter,
        form=tests.form,
        solution=tests.solution,
        parts=tests.parts(2, 1, "A test tells only if source and disease part in it."),
        wrong=(
            tests.wrong(0, 3, 5), tests.wrong(2, 4), tests.wrong(0, 1, 2), tests.all_same(True),
            tests.all_turned(),
        ),
        rubric=(
            Criterion(1, "Says what is shown: little of the accuracy comes from patients on both sides."),
            Criterion(1, "Says that class, hospital and age coincide, so that each explains the accuracy."),
            Criterion(1, "Sees that no way to deal these X-rays parts them: a leak is no shortcut."),
            Criterion(1, "Ends with a sentence that claims only that two collections are told apart."),
        ),
        model_answer="The small loss shows that, on these X-rays, knowing the patient is worth little. "
        "It does not show what the rest rests on. Every COVID-19 X-ray comes from adults of hospital A, "
        "every other from children of hospital B: age, device, view and file go with the class in every "
        "fold, also in folds dealt by patient. A network that has learned any of these would get the "
        "same accuracy. To tell, both classes must come from the same source. Instead: “Our network "
        "tells the adults of hospital A from the children of hospital B; whether it recognises "
        "COVID-19, these X-rays cannot show.”",
        note="Students take leakage and shortcut for one. Ask for a data set that has one and not the other.",
    )  # fmt: skip


@problem(8, 6, title="One picture, two numbers", kind=Kind.PREDICT, minutes=8, points=3, read=PAGE + "folds")
def people_left(draw, hidden):
    """How many patients are left when those with one picture are one."""
    people, alike = int(draw.integers(25, 40)), int(draw.integers(2, 4))
    a, b, c, d, e, f = map(int, draw.choice(np.arange(1, people + 1), 6, replace=False))
    pairs = [(a, b), (b, c), (c, a), (d, e), *[(f, f), (b, b), (d, d)][:alike]]
    shown = ", ".join(f"({one}, {other})" for one, other in draw.permutation(pairs))
    typed = Typed("people_left", 2, "the patients left, and the pairs that could have been torn apart")
    return Problem(
        text=f"A collection has images of {people} patients, numbered from 1, each with at least one "
        f"image. `near_identical` finds {len(pairs)} pairs of images that are copies of each other. "
        f"These are the patients under whose numbers the two images of each pair stood: {shown}. "
        "Patients who share a picture are one person. How many patients are left? And suppose that "
        "folds had been dealt by the *old* numbers, patients whole: for how many of these pairs could "
        "the two images have come into different folds? Type both whole numbers.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(people - 3, 4),
        parts=(
            typed.part(
                2, "patients left", 0, people - 3,
                "numbers are points and pairs are lines, and what hangs together is one person.",
                {
                    "in a ring of three, the third pair joins nobody who is not joined already.": people - 4,
                    "a pair under one number joins nobody, nor does a ring's last one.": people - 4 - alike,
                    "of those who share a picture, one stays: they are one person, not none.": people - 5,
                    "whoever is joined to one by way of another is the same person, too.": people - 2,
                },
            ),
            typed.part(
                1, "pairs torn apart", 1, 4,
                "two numbers can fall into two folds, one number cannot.",
                {
                    "two images under one number are dealt together.": len(pairs),
                    "these are the pairs that stay together.": alike,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, people - 4 - alike, len(pairs)),
            typed.wrong(1, people - 4, 4),
            typed.wrong(2, people - 3, alike),
            typed.wrong(1, people - 5, 4),
            typed.wrong(0, people - 2, len(pairs) - 1),
        ),
        note="A question on connected components without the word. The fourth wrong answer leaves nobody "
        "of two families. In the real Dataset-1 two patient numbers turned out to be another's.",
    )  # fmt: skip
