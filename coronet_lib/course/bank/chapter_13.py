"""Problems of chapter 13: easier questions, tests that are none, and hospitals that give the class away."""

import numpy as np

from coronet_lib.course.bank._answers import Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "13_fewer_classes.html#"
EASIER = PAGE + "an-easier-question-needs-no-training"


@problem(13, 1, title="What joining brings", kind=Kind.PREDICT, minutes=10, points=4, read=EASIER)
def joined_right(draw, hidden):
    """Right answers before and after two classes are joined, and the pair that brings most."""
    matrix = draw.integers(0, 5, (4, 4)) + np.diag(draw.integers(50, 80, 4))
    matrix[2, 3], matrix[3, 2] = draw.integers(6, 10, 2)
    one = int(draw.integers(2))
    matrix[one, 2], matrix[2, one] = draw.integers(20, 27, 2)  # a pair that is mixed up more often
    right = int(matrix.trace())
    pneumonias, most = (int(matrix[a, b] + matrix[b, a]) for a, b in ((2, 3), (one, 2)))
    names = "covid19", "normal", "bacterial", "viral"
    rows = "\n".join(
        f"| **{n}** | {' | '.join(map(str, row))} |" for n, row in zip(names, matrix, strict=True)
    )
    typed = Typed(
        "joined_right", 3, "right with four classes, right with pneumonias joined, the most brought"
    )
    return Problem(
        text="The confusion matrix of a network with four classes, a row for what the X-rays are:\n\n| "
        f"| covid19 | normal | bacterial | viral |\n| --- | --- | --- | --- | --- |\n{rows}\n\nType "
        "three whole numbers: how many answers are right; how many are right if bacterial and viral "
        "pneumonia are counted as one class; and by how many the number of right answers rises at the "
        "most if any two of the four classes, of your choice, are counted as one instead.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(right, right + pneumonias, most),
        parts=(
            typed.part(
                1, "right with four classes", 0, right, "the diagonal is right.",
                {"these are all X-rays.": int(matrix.sum()), "these are wrong.": int(matrix.sum()) - right},
            ),
            typed.part(
                2, "right with three", 1, right + pneumonias,
                "what was right stays right, and mistakes between the two are forgiven, in both directions.",
                {
                    "mistakes between the two are forgiven in both directions.": [
                        right + int(matrix[2, 3]), right + int(matrix[3, 2])
                    ],
                    "this is what joining brings; wanted is how many are right then.": pneumonias,
                    "joining is not leaving out: their right answers stay right.": (
                        right - int(matrix[2, 2] + matrix[3, 3])
                    ),
                    "nothing of what was right is lost, and something is won.": [right, right - pneumonias],
                },
            ),
            typed.part(
                1, "the best pair", 2, most,
                "the pair that is mixed up most often, in both directions, need not be the pneumonias.",
                {
                    "another pair is mixed up more often than the pneumonias.": pneumonias,
                    "mistakes between the two are forgiven in both directions.": [
                        int(matrix[one, 2]), int(matrix[2, one])
                    ],
                    "wanted is what joining brings; these are right then.": right + most,
                },
            ),
        ),
        wrong=(
            typed.wrong(1, right, right + matrix[2, 3], matrix[one, 2]),
            typed.wrong(3, right, right + pneumonias, pneumonias),
            typed.wrong(1, right, pneumonias, pneumonias),
            typed.wrong(1, right, right - matrix[2, 2] - matrix[3, 3], right + most),
            typed.wrong(1, int(matrix.sum()) - right, right, most),
        ),
        note="No network was trained, and every pair brings something or nothing. Ask why a pair that is "
        "joined for its meaning may be reported, and one for what it brings may not.",
    )  # fmt: skip


_JOIN = """\
def join(matrix, groups):
    joined = np.zeros((groups.max() + 1,) * 2, dtype=int)
    for row, to_row in enumerate(groups):
        for column, to_column in enumerate(groups):
            joined[to_row, to_column] += matrix[row, column]
    return joined"""


def _join(matrix, groups):
    belongs = np.eye(groups.max() + 1, dtype=int)[groups]
    return belongs.T @ matrix @ belongs


@problem(
    13, 2, title="Join any classes", kind=Kind.FUNCTION, minutes=15, points=4, read=EASIER, variants=False,
)  # fmt: skip
def join(draw, hidden):
    """A function that joins classes of a confusion matrix."""
    matrix, more = hidden.integers(1, 30, (4, 4)), hidden.integers(1, 30, (5, 5))

    def mistakes(right, matrix, groups):
        belongs = np.eye(groups.max() + 1, dtype=int)[groups]
        kept = belongs.argmax(axis=0)
        neighbours = np.flatnonzero(np.diff(groups, prepend=-1))
        return {
            "rows are joined, but columns are not: an answer within a group is still called wrong.": (
                belongs.T @ matrix
            ),
            "columns are joined, but rows are not.": matrix @ belongs,
            "of a group only one class is left; the X-rays of the others count as well.": (
                matrix[np.ix_(kept, kept)]
            ),
            "classes of a group need not stand next to each other.": np.add.reduceat(
                np.add.reduceat(matrix, neighbours, axis=0),
                neighbours,
                axis=1,
            ),
            "rows and columns are exchanged.": right.T,
        }

    function = Hidden(_join, "counts are in the wrong place; follow one of them.", mistakes)
    return Problem(
        text="Write `join(matrix, groups)`. `matrix` is a confusion matrix of whole numbers, shape "
        "`(classes, classes)`, a row for each true class and a column for each predicted one; `groups` "
        "holds for each class the number of the group that it is joined to, from 0, and no number is "
        "skipped. Return the confusion matrix of the groups, whole numbers of shape `(groups, groups)`, "
        "in the order of their numbers.",
        starter=unwritten(_JOIN),
        form="form.function(join, np.array([[3, 1], [0, 2]]), np.array([0, 0]), returns=(1, 1), kind='iu')",
        solution=_JOIN,
        parts=(
            function.part(
                1, "neighbours joined", "Answers within a group are right.", (matrix, np.array([0, 1, 2, 2])),
            ),
            function.part(
                2, "classes that stand apart, groups in another order", "Each count goes to the group of its "
                "row and of its column.", (more, np.array([1, 0, 2, 1, 0])), (matrix, np.array([2, 0, 1, 0])),
            ),
            function.part(
                1, "all in one, each alone", "All in one group are always right.",
                (matrix, np.zeros(4, dtype=int)), (matrix, np.array([3, 2, 1, 0])),
            ),
        ),
        wrong=(
            KnownWrong("""\
def join(matrix, groups):
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.add.reduceat(np.add.reduceat(matrix, first, axis=0), first, axis=1)""", 1),
            KnownWrong("""\
def join(matrix, groups):
    return np.stack([matrix[groups == group].sum(axis=0) for group in range(groups.max() + 1)])""", 0),
            KnownWrong(altered(_JOIN, ("] += matrix", "] = matrix")), 0),
            KnownWrong(altered(_JOIN, ("joined[to_row, to_column]", "joined[to_column, to_row]")), 0),
            KnownWrong("def join(matrix, groups):\n    return matrix.copy()", 0),
        ),
        note="In matrices it is B.T @ M @ B, with a row of B for each class. The chapter's `reduceat` "
        "wants neighbours.",
    )  # fmt: skip


@problem(
    13, 3, title="A hospital as a test", kind=Kind.CRITICISE, minutes=20, points=4,
    read=PAGE + "another-hospital-drawn",
)  # fmt: skip
def hospital_rule(draw, hidden):
    """What a rule on the hospital alone reaches."""
    a_covid, a_other = int(draw.integers(110, 140)), int(draw.integers(8, 20))
    b_covid, b_other = int(draw.integers(6, 12)), int(draw.integers(190, 240))
    new_covid, new_other = int(draw.integers(30, 50)), int(draw.integers(60, 90))
    total = a_covid + a_other + b_covid + b_other
    rule = 100 * (a_covid + b_other) / total
    recall = 100 * a_covid / (a_covid + b_covid)
    third = 100 * new_other / (new_covid + new_other)
    claimed = draw.integers(2, 12) / 10
    typed = Typed(
        "hospital_rule", 3, "the rule's accuracy, its recall, and its accuracy in the third, in percent", 1
    )
    return Problem(
        text="“To show that our network generalises we tested it on a second data set. We fine-tuned it "
        "on 70 % of the patients and tested on the other 30 %; nobody is in both. It was right on "
        f"{rule + claimed:.1f} % of the X-rays.” These X-rays of the test came from two hospitals:\n\n| "
        f"| COVID-19 | not COVID-19 |\n| --- | --- | --- |\n| hospital A | {a_covid} | {a_other} |\n| "
        f"hospital B | {b_covid} | {b_other} |\n\nA rule looks at no lung: from hospital A it says "
        "COVID-19, from anywhere else it says no COVID-19.\n\n1. Type in percent, to one decimal: the "
        "accuracy of this rule on these X-rays; its recall for COVID-19 on them; and its accuracy in a "
        f"third hospital with {new_covid} X-rays of COVID-19 and {new_other} without.\n\n2. In five to "
        "eight sentences: what does the reported accuracy show, what does it not, and which test would?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(rule, recall, third),
        parts=(
            typed.part(
                2, "the rule's accuracy", 0, rule,
                "right are COVID-19 of A and everything else of B, of all four cells.",
                {
                    "this is the share of one hospital's X-rays; all four cells count.": [
                        100 * a_covid / (a_covid + a_other), 100 * b_other / (b_covid + b_other)
                    ],
                    "this is the rule turned round.": 100 - rule,
                    "what is rightly not called COVID-19 counts as well.": 100 * a_covid / total,
                },
            ),
            typed.part(
                1, "its recall", 1, recall,
                "of those with COVID-19, the column, the share from hospital A.",
                {
                    "that is its precision: of those from A, the share with COVID-19.": (
                        100 * a_covid / (a_covid + a_other)
                    ),
                    "that is the share that is missed.": 100 - recall,
                    "that is its specificity.": 100 * b_other / (a_other + b_other),
                },
            ),
            typed.part(
                1, "in a third hospital", 2, third,
                "there it calls nobody COVID-19.",
                {
                    "from the third hospital it says no to everybody: those without are right.": 100 - third,
                    "nothing carries over: it knows the hospital, and this is another one.": [rule, recall],
                },
            ),
        ),
        wrong=(
            typed.wrong(1, 100 * a_covid / (a_covid + a_other), 100 - recall, third),
            typed.wrong(3, rule, 100 * a_covid / (a_covid + a_other), third),
            typed.wrong(3, rule, recall, rule),
            typed.wrong(1, 100 * a_covid / total, recall, 100 - third),
            typed.wrong(1, 100 - rule, 100 - recall, third),
        ),
        rubric=(
            Criterion(1, "Sees that the reported accuracy is hardly more than the hospital alone gives."),
            Criterion(1, "Says that fine-tuning saw the same hospitals, so the test has the same shortcut."),
            Criterion(1, "Says that the patients are separate all the same: this is no leak of patients."),
            Criterion(1, "Wants both classes from a hospital that had no part, or each from every source."),
        ),
        model_answer="The network is right about as often as a rule that reads the hospital off the "
        "X-ray and looks at no lung. Nobody is in both parts, so it has not recognised patients; but "
        "both parts come from the same two hospitals, and in both the hospital nearly tells the class. "
        "So a network that has learned the hospital passes, and the accuracy cannot tell it from one "
        "that has learned the disease. In a third hospital the rule would find nobody. Test there, on "
        "patients with and without COVID-19 and without fine-tuning, or at least report hospital A and "
        "hospital B apart, with recall and specificity for each.",
        note="Ask for the two accuracies within A and within B: what would they be for the rule, and "
        "what for a good network?",
    )  # fmt: skip


_FAIR = """\
def fair_rows(patients, first, second):
    learned = np.unique(patients[first | second])
    return np.flatnonzero(~np.isin(patients, learned))"""
_FAIR_BROKEN = """\
def fair_rows(patients, first, second):
    return np.flatnonzero(~second)"""


@problem(
    13, 4, title="Whom may it be tested on?", kind=Kind.DEBUG, minutes=12, points=4,
    read=PAGE + "which-x-rays-may-test-it", variants=False,
)  # fmt: skip
def fair_rows(draw, hidden):
    """The rows that are left to test a fine-tuned network."""
    alone = np.arange(12)
    parts = hidden.permutation(np.repeat([0, 1, 2, 3], 3))
    first, second = (parts == 1) | (parts == 3), parts >= 2
    people = np.repeat(np.arange(8), 2)[hidden.permutation(16)]
    seen = [
        np.isin(np.arange(16), [np.flatnonzero(people == one)[0] for one in some])
        for some in ((0, 1), (1, 2, 3))
    ]
    one_only = np.array([4, 4, 4]), np.array([True, False, False]), np.array([False, False, False])
    nobody_yet = np.array([2, 2, 6]), np.zeros(3, dtype=bool), np.zeros(3, dtype=bool)

    def without(known):
        return np.flatnonzero(~known)

    def right_rows(patients, first, second):
        return without(np.isin(patients, patients[first | second]))

    function = Hidden(
        right_rows,
        "some rows are wrong; ask of each X-ray whether its patient has an X-ray in either training.",
        lambda right, patients, first, second: {
            "the first training is forgotten, and the layers have not forgotten it.": [
                without(second), without(np.isin(patients, patients[second])),
            ],
            "it is the patient who must not be known, not the X-ray alone.": without(first | second),
            "whoever had a part in one of the trainings is known, not only who was in both.": [
                without(first & second), without(np.isin(patients, patients[first & second])),
            ],
            "the second training counts as well as the first.": [
                without(first), without(np.isin(patients, patients[first])),
            ],
        },
    )  # fmt: skip
    return Problem(
        text="A network is trained, given a new head and trained again. `fair_rows(patients, first, "
        "second)` is to say which X-rays may still test it. `patients` says whose each X-ray is (whole "
        "numbers), `first` and `second` hold `True` for each X-ray that the first and the second "
        "training learned from. It returns the rows, in rising order, of the X-rays of patients from "
        "whom nothing was learned in any training; an empty array of whole numbers if there is none. "
        "What is below overlooks more than one thing. Mend it.",
        starter=stopped(_FAIR_BROKEN),
        form="form.function(fair_rows, np.array([5, 6]), np.array([True, False]), np.array([False, "
        "False]), returns=(1,), kind='iu')",
        solution=_FAIR,
        parts=(
            function.part(1, "one X-ray a patient", "Both trainings count.", (alone, first, second)),
            function.part(2, "several X-rays a patient", "A patient is known as a whole.", (people, *seen)),
            function.part(
                1, "one patient only, no training yet", "Nobody is left, or everybody.", one_only, nobody_yet,
            ),
        ),
        wrong=(
            KnownWrong(_FAIR_BROKEN, 0),
            KnownWrong(altered(_FAIR, ("patients[first | second]", "patients[second]")), 0),
            KnownWrong(altered(_FAIR_BROKEN, ("~second", "~(first | second)")), 1),
            KnownWrong(altered(_FAIR, ("first | second", "first & second")), 0),
            KnownWrong(altered(_FAIR, ("first | second", "first")), 1),
        ),
        note="`open_base` of the library does the same by holding out what the first run held out. A "
        "frozen layer changes nothing of it: ask why.",
    )  # fmt: skip


@problem(
    13, 5, title="Its own test", kind=Kind.FIGURE, minutes=8, points=4, read=PAGE + "another-hospital-drawn",
)  # fmt: skip
def own_test(draw, hidden):
    """What a network's own test says of what it has become elsewhere."""
    before = int(draw.choice([75, 80, 85]))
    own = draw.permutation([86, 88, 90, 91, 92, 93, 95, 97])
    high = int(draw.integers(1, 3))
    low = draw.choice(np.arange(3, before // 5), 8 - high, replace=False)
    found = 5 * draw.permutation([*low, *[18, 19][:high]])
    best = int(found[own.argmax()])
    if best > before:  # the best in its own test is not to be good elsewhere
        swap = int(found.argmin())
        own[own.argmax()], own[swap] = own[swap], own.max()
        best = int(found[own.argmax()])
    worse, span = int((found < before).sum()), int(np.ptp(found))
    typed = Typed(
        "own_test", 3, "found by the one that is best in its own test, how many are worse, the span"
    )
    return Problem(
        text="A network was fine-tuned eight times, with eight seeds. The figure shows each of the "
        "eight as a dot: to the right its accuracy in the test of its own data set, upwards the share "
        "of the COVID-19 X-rays of *another* hospital that it finds (its heights are multiples of 5 "
        "percent). The line marks the share that the network found there before it was fine-tuned. Type "
        "three whole numbers: the share, in percent, that is found there by the network that is best in "
        "its own test; how many of the eight find less than before; and how many percentage points lie "
        "between the one that finds most and the one that finds least.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

own, found = {packed([own, found], 0, 100)} / 2.55
fig, axis = plt.subplots(figsize=(5.5, 3.6), num="own test", clear=True)
axis.plot(own, found, "o", color="#0072B2")
axis.axhline({before}, color="#D55E00")
axis.set(xlabel="right in its own test (%)", ylabel="COVID-19 found elsewhere (%)")
axis.set(xlim=(84, 100), ylim=(0, 100), yticks=range(0, 101, 10))
axis.set_yticks(range(5, 100, 10), minor=True)
axis.grid(which="both", alpha=0.4)""",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(best, worse, span),
        parts=(
            typed.part(
                2, "the best in its own test", 0, best,
                "the dot that is farthest to the right, and its height.",
                {
                    "this is its accuracy in its own test, not what it finds elsewhere.": int(own.max()),
                    "this is the highest dot, not the one that is farthest to the right.": int(found.max()),
                    "this is what was found before the fine-tuning.": before,
                },
            ),
            typed.part(
                1, "worse than before", 1, worse,
                "the dots below the line.",
                {"these are those that find more.": 8 - worse, "not all of them find less.": 8},
            ),
            typed.part(
                1, "the span", 2, span,
                "from the lowest dot to the highest, upwards.",
                {
                    "this is the span of their own tests, to the right.": int(np.ptp(own)),
                    "this is from the lowest dot to the line.": before - int(found.min()),
                    "this is the highest dot alone.": int(found.max()),
                },
            ),
        ),
        wrong=(
            typed.wrong(1, own.max(), worse, np.ptp(own)),
            typed.wrong(1, found.max(), 8 - worse, span),
            typed.wrong(2, best, 8, before - found.min()),
            typed.wrong(2, before, worse, span),
        ),
        note="Eight tests of nearly the same accuracy, and everything from a few to most is found: the "
        "own test cannot choose between them. Ask what could.",
    )  # fmt: skip
