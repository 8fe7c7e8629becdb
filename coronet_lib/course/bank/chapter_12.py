"""Problems of chapter 12: what each metric divides by, what an average hides, and who is drawn again."""

import numpy as np

from coronet_lib import paper
from coronet_lib.course.bank._answers import LETTERS, Typed, altered, stopped, unwritten
from coronet_lib.course.bank._cases import Hidden
from coronet_lib.course.bank._variants import packed
from coronet_lib.course.problem import Criterion, Kind, KnownWrong, Problem, problem

PAGE = "12_evaluation.html#"

_MACRO = """\
def macro_f(matrix):
    right, images, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    there = images > 0
    f = (1 + BETA**2) * right[there] / (BETA**2 * images + called)[there]
    return f.mean()"""


def _macro(matrix, beta):
    right, images, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    there = images > 0
    return ((1 + beta**2) * right[there] / (beta**2 * images + called)[there]).mean()


def _averaged_wrongly(right, matrix, beta):
    hits, images, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    there, said = images > 0, called > 0
    p, r = (hits / np.maximum(called, 1))[there].mean(), (hits / np.maximum(images, 1))[there].mean()
    return {
        "this is the F of the mean precision and the mean recall; the mean comes last.": (
            (1 + beta**2) * p * r / (beta**2 * p + r)
        ),
        "this is the accuracy, which is what micro averages give.": hits.sum() / matrix.sum(),
        "precision and recall have changed places in the formula.": _macro(matrix, 1 / beta),
        "this is the plain F-measure, in which precision and recall count alike.": _macro(matrix, 1),
        "classes without X-rays are left out of the mean.": right * there.mean(),
        "a class that nobody is called still counts, with an F of 0.": (
            right * there.sum() / max((there & said).sum(), 1)
        ),
        "classes count alike in a macro average, however many X-rays they have.": (
            (1 + beta**2) * hits / np.maximum(beta**2 * images + called, 1) @ images / matrix.sum()
        ),
    }


@problem(
    12, 1, title="A mean of F-measures", kind=Kind.FUNCTION, minutes=20, points=4,
    read=PAGE + "the-table-for-our-fold-and-its-mean",
)  # fmt: skip
def macro_f(draw, hidden):
    """A macro F-measure that weighs recall, with classes that nobody is or is called."""
    beta = float(draw.choice([0.5, 2, 3, 4]))
    solution = altered(_MACRO, ("BETA", f"{beta:g}"))
    usual = hidden.integers(1, 90, (3, 3)) + np.array([[200, 90, 0], [0, 100, 90], [0, 0, 400]])
    uncalled, unseen = usual.copy(), usual + 1
    uncalled[:, 1], unseen[1] = 0, 0
    few = np.array([[12, 0, 3], [2, 0, 5], [1, 0, 30]])
    function = Hidden(
        lambda matrix: _macro(matrix, beta),
        "the mean is another; work out one class's F by hand.",
        lambda right, matrix: _averaged_wrongly(right, matrix, beta),
    )
    return Problem(
        text="A clinic that minds a missed patient and a false alarm unequally weighs the F-measure: $F "
        f"= (1 + \\beta^2) PR / (\\beta^2 P + R)$, here with $\\beta = {beta:g}$; with 1 it would be the "
        "chapter's. Write `macro_f(matrix)`: from a confusion matrix, whole numbers of shape `(classes, "
        "classes)` with a row for each true class and a column for each predicted one, to the macro "
        "average of this measure: the mean of the classes' own values, a number from 0 to 1. A class "
        "that has no X-rays is left out of the mean. A class that has some, none of which is called so, "
        "has the value 0, also if nothing at all is called so.",
        starter=unwritten(solution),
        form="form.function(macro_f, np.array([[3, 1], [2, 4]]))",
        solution=solution,
        parts=(
            function.part(2, "several classes", "The mean of the classes' own values.", (usual,)),
            function.part(1, "a class nobody is called", "Nobody is found, so F is 0.", (uncalled,), (few,)),
            function.part(1, "a class without X-rays", "Who is not there cannot be found.", (unseen,)),
        ),
        wrong=(
            KnownWrong(f"""\
def macro_f(matrix):
    right, there = np.diag(matrix), matrix.sum(axis=1) > 0
    p = (right / np.maximum(matrix.sum(axis=0), 1))[there].mean()
    r = (right / np.maximum(matrix.sum(axis=1), 1))[there].mean()
    return (1 + {beta}**2) * p * r / ({beta}**2 * p + r)""", 0),
            KnownWrong("def macro_f(matrix):\n    return np.trace(matrix) / matrix.sum()", 0),
            KnownWrong(altered(solution, ("images > 0", "images > -1")), 3),
            KnownWrong(altered(solution, ("images > 0", "(images > 0) & (called > 0)")), 3),
            KnownWrong(altered(solution, ("images, called =", "called, images =")), 0),
            KnownWrong(altered(_MACRO, ("BETA", "1")), 0),
        ),
        note="In counts it is (1 + β²) TP over β² times the row's sum and the column's, which settles "
        "most of the empty cases by itself. Ask which β a screening should have, and what scikit-learn "
        "does with an empty column (it warns, and counts 0).",
    )  # fmt: skip


@problem(
    12, 2, title="Three numbers called accuracy", kind=Kind.COMPUTE, minutes=12, points=4,
    read=PAGE + "the-table-for-our-fold-and-its-mean",
)  # fmt: skip
def three_accuracies(draw, hidden):
    """Accuracy, mean accuracy of the classes, and macro recall."""
    from coronet_lib.evaluation import macro, per_class  # here, because they bring pandas

    matrix = draw.integers(1, 9, (4, 4)) + np.diag(draw.permutation([95, 60, 38, 22]))
    matrix[1:, 0] += draw.integers(16, 24, 3)
    images, right, total = matrix.sum(axis=1), np.diag(matrix), matrix.sum()
    of_class = 100 * per_class(matrix)["accuracy"]
    of_classes, averages = of_class.mean(), 100 * macro(matrix)
    accuracy, recall, precision = averages[["accuracy", "recall", "precision"]]
    typed = Typed(
        "three_accuracies", 3, "accuracy, mean of the class accuracies, macro recall, in percent", 1
    )
    names = "A", "B", "C", "D"
    lines = [f"| **{name}** | {' | '.join(map(str, row))} |" for name, row in zip(names, matrix, strict=True)]
    nl = "\n"
    return Problem(
        text="A confusion matrix of four classes, a row for what the X-rays are and a column for what "
        "they were called:\n\n| | A | B | C | D |\n| --- | --- | --- | --- | --- "
        f"|\n{nl.join(lines)}\n\nPapers print three things as “accuracy”. Type them in percent, to one "
        "decimal: the share of all X-rays that are right; the mean of the four classes' own accuracies, "
        "each the class against the rest; and the mean of the four recalls.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(accuracy, of_classes, recall),
        parts=(
            typed.part(
                1, "accuracy over all classes", 0, accuracy,
                "the diagonal over everything.",
                {"the first two are exchanged.": of_classes, "the first and the last are exchanged.": recall},
            ),
            typed.part(
                2, "mean of the class accuracies", 1, of_classes,
                "a class's accuracy counts its true positives and its true negatives, over all X-rays.",
                {
                    "a class's accuracy counts its true negatives, too.": [recall, accuracy / 4],
                    "what is called so by mistake is wrong for the class as well.": (
                        100 * (1 - (images - right).mean() / total)
                    ),
                    "the first two are exchanged.": accuracy,
                    "weighed by their X-rays, the classes do not count alike.": of_class @ images / total,
                },
            ),
            typed.part(
                1, "macro recall", 2, recall,
                "each class's share of its own row, and then the mean.",
                {
                    "that is the mean precision: columns are what was called so.": precision,
                    "weighed by their X-rays, the recalls give the accuracy again.": accuracy,
                },
            ),
        ),
        wrong=(
            typed.wrong(2, accuracy, recall, recall),
            typed.wrong(3, accuracy, of_classes, precision),
            typed.wrong(1, of_classes, accuracy, recall),
            typed.wrong(2, accuracy, 100 * (1 - (images - right).mean() / total), recall),
            typed.wrong(3, accuracy, of_classes, accuracy),
        ),
        note="Each mistake is wrong for two classes and right for the other two, so the mean of the "
        "class accuracies is 1 − 2 (1 − accuracy) / 4. Ask what it tends to with a hundred classes.",
    )  # fmt: skip


_ROWS = """\
def rows_of(patients, drawn):
    return np.concatenate([np.flatnonzero(patients == patient) for patient in drawn])"""
_ROWS_BROKEN = """\
def rows_of(patients, drawn):
    return np.flatnonzero(np.isin(patients, drawn))"""


@problem(
    12, 3, title="Drawn twice, counted once", kind=Kind.DEBUG, minutes=12, points=4,
    read=PAGE + "how-sure-is-one-number", variants=False,
)  # fmt: skip
def rows_of(draw, hidden):
    """The step of a patient bootstrap that goes wrong most easily."""
    sizes = hidden.permutation([1, 1, 2, 2, 3, 4])
    apart = np.repeat([14, 3, 8, 21, 5, 11], sizes)
    mixed = hidden.permutation(apart)

    def right_rows(patients, drawn):
        return np.concatenate([np.flatnonzero(patients == one) for one in drawn])

    def mistakes(right, patients, drawn):
        ids, first, images = np.unique(patients, return_index=True, return_counts=True)
        start, length = dict(zip(ids, first, strict=True)), dict(zip(ids, images, strict=True))
        return {
            "whoever is drawn twice counts twice, with all images.": [
                np.unique(right),
                right_rows(patients, np.unique(drawn)),
                right_rows(patients, list(dict.fromkeys(drawn))),
            ],
            "a patient brings all images, not the first alone.": np.array([start[one] for one in drawn]),
            "images of one patient need not stand next to each other.": np.concatenate(
                [start[one] + np.arange(length[one]) for one in drawn]
            ),
            "these are all rows, whoever was drawn.": np.arange(len(patients)),
        }

    function = Hidden(
        right_rows, "these are not the rows of those who were drawn, as often as they were drawn.", mistakes,
    )  # fmt: skip
    return Problem(
        text="A bootstrap of patients draws as many patients as there are, with replacement, and "
        "computes the accuracy on all their images. `rows_of(patients, drawn)` is the step in between: "
        "`patients` says whose each image is (whole numbers, in any order), `drawn` lists the patients "
        "that were drawn, some of them more than once. It returns the rows of their images as an array: "
        "those of the first who was drawn, in rising order, then those of the second, and so on. "
        "Everybody in `drawn` has images. With what is below, the intervals come out too narrow. Mend "
        "it.",
        starter=stopped(_ROWS_BROKEN),
        form="form.function(rows_of, np.array([1, 2, 3]), np.array([3, 1, 2]), returns=(3,), kind='iu')",
        solution=_ROWS,
        parts=(
            function.part(1, "nobody twice", "One after another.", (apart, np.array([8, 21, 3, 14, 11]))),
            function.part(
                2, "some drawn twice or more", "As often as drawn.", (apart, np.array([11, 5, 11, 14, 11, 5]))
            ),
            function.part(
                1, "images that stand apart, one patient", "Wherever they stand.",
                (mixed, np.array([21, 3, 8, 11])), (np.array([6, 6, 6]), np.array([6])),
            ),
        ),
        wrong=(
            KnownWrong(_ROWS_BROKEN, 0),
            KnownWrong("""\
def rows_of(patients, drawn):
    return np.array([np.flatnonzero(patients == patient)[0] for patient in drawn])""", 0),
            KnownWrong("""\
def rows_of(patients, drawn):
    rows = [np.flatnonzero(patients == patient) for patient in drawn]
    return np.concatenate([row[0] + np.arange(len(row)) for row in rows])""", 3),
            KnownWrong(altered(_ROWS, ("in drawn", "in dict.fromkeys(drawn.tolist())")), 2),
            KnownWrong("def rows_of(patients, drawn):\n    return np.arange(len(patients))", 0),
        ),
        note="`isin` asks who was drawn and forgets how often, which leaves a bootstrap without its "
        "repetitions: every resample is a subset, and resembles the whole too much.",
    )  # fmt: skip


@problem(
    12, 4, title="A line through the scores", kind=Kind.FIGURE, minutes=10, points=4,
    read=PAGE + "one-class-against-the-rest",
)  # fmt: skip
def at_the_line(draw, hidden):
    """Counts at a threshold, and at the one that finds everybody."""
    line = float(draw.choice([0.45, 0.5, 0.55]))
    ill = np.sort(
        np.concatenate([[0.26], draw.integers(6, 9, 2) * 0.05 + 0.01, draw.integers(12, 20, 9) * 0.05])
    )
    well = np.concatenate([
        draw.integers(0, 4, 12) * 0.05 + 0.02, draw.integers(6, 9, int(draw.integers(2, 5))) * 0.05 + 0.02,
        draw.integers(12, 16, int(draw.integers(1, 3))) * 0.05 + 0.02, [0.3, 0.23],
    ])  # fmt: skip
    tp, fp = int((ill > line).sum()), int((well > line).sum())
    fn, tn = len(ill) - tp, len(well) - fp
    all_found = int((well > ill.min()).sum())
    typed = Typed("at_the_line", 5, "tp, fn, fp, tn, and the false alarms if everybody is found")
    return Problem(
        text="Each dot is an X-ray: above those of patients with COVID-19, below those of others, at "
        "the COVID-19 score that a network gave them; dots that would lie on each other are stacked. An "
        "X-ray is called COVID-19 if its score lies to the right of the line. Type five whole numbers: "
        "the true positives, the false negatives, the false positives and the true negatives of "
        "COVID-19 at this line; and how many false positives there are, at the least, if the line is "
        "moved so far that every X-ray with COVID-19 is found.",
        setup=f"""\
import base64
import matplotlib.pyplot as plt

groups = {{
    "COVID-19": {packed(np.sort(ill), 0, 1)} / 255,
    "others": {packed(np.sort(well), 0, 1)} / 255,
}}
fig, axes = plt.subplots(2, 1, figsize=(7, 3.4), sharex=True, num="the line", clear=True)
for axis, (name, scores) in zip(axes, groups.items()):
    heights = [(scores[:row] == score).sum() for row, score in enumerate(scores)]
    axis.plot(scores, heights, "o", color="#0072B2", ms=5)
    axis.axvline({line}, color="#D55E00")
    axis.set(ylabel=name, yticks=[], ylim=(-0.7, 6), xlim=(0, 1))
axes[1].set_xlabel("score for COVID-19")
fig.tight_layout()""",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(tp, fn, fp, tn, all_found),
        parts=(
            typed.part(
                2, "the four counts", slice(0, 4), (tp, fn, fp, tn),
                "right of the line is called COVID-19, and the row says what it is.",
                {
                    "false negatives have it and are missed, false positives have it not.": (
                        [(tp, fp, fn, tn), (tp, fp, tn, fn)]
                    ),
                    "right of the line is called COVID-19, left of it is not.": (fn, tp, tn, fp),
                    "the last two are exchanged: true negatives are left alone.": (tp, fn, tn, fp),
                },
            ),
            typed.part(
                2, "everybody found", 4, all_found,
                "the line goes just left of the lowest dot above, and takes along what lies right of it "
                "below.",
                {
                    "these are the false positives at the line as it is.": fp,
                    "move the line the other way: to the left more are found.": 0,
                    "these are all of the others; some lie left of everybody with COVID-19.": len(well),
                    "these are the alarms that come in addition.": all_found - fp,
                },
            ),
        ),
        wrong=(
            typed.wrong(0, tp, fp, fn, tn, fp),
            typed.wrong(2, fn, tp, tn, fp, all_found),
            typed.wrong(2, tp, fn, fp, tn, len(well)),
            typed.wrong(2, tp, fn, fp, tn, all_found - fp),
            typed.wrong(2, tp, fn, tn, fp, all_found),
        ),
        note="The line is a decision, and the same scores have many confusion matrices. Ask who should "
        "choose it, on which X-rays, and what one dot more at 0.1 above would do to the last number.",
    )  # fmt: skip


@problem(
    12, 5, title="Four in a hundred", kind=Kind.CRITICISE, minutes=20, points=4,
    read=PAGE + "one-class-against-the-rest",
)  # fmt: skip
def four_in_hundred(draw, hidden):
    """What a class's accuracy is taken for."""
    ill, well = int(draw.integers(45, 70)), int(draw.integers(700, 900))
    fn, fp = int(draw.integers(12, 18)), int(draw.integers(14, 20))
    total, tp = ill + well, ill - fn
    accuracy, missed, false = 100 * (1 - (fn + fp) / total), 100 * fn / ill, 100 * fp / (fp + tp)
    nobody = 100 * well / total
    typed = Typed("four_in_hundred", 3, "missed, wrong among those called so, calling nobody, in percent", 1)
    return Problem(
        text=f"“For COVID-19 our network has an accuracy of {accuracy:.1f} %: of a hundred patients with "
        f"COVID-19 it misses at most {int(100 - accuracy) + 1}, and if it says COVID-19, it is right "
        f"{int(accuracy)} times in a hundred.” The test set has {ill} X-rays with COVID-19 and {well} "
        f"without. Of the first, {fn} are called something else; of the others, {fp} are called "
        "COVID-19.\n\n1. Type in percent, to one decimal: the share of the X-rays with COVID-19 that is "
        "missed; the share of those called COVID-19 that have it not; and the accuracy for COVID-19 of "
        "calling nobody so.\n\n2. In five to eight sentences: which two numbers are mistaken for which, "
        "why does the accuracy look so good, and what should be printed instead?",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(missed, false, nobody),
        parts=(
            typed.part(
                2, "missed", 0, missed,
                "of those who have it, the row, the share that is not found.",
                {
                    "that is a share of all X-rays; those with COVID-19 are fewer.": 100 * fn / total,
                    "that is the recall, the share that is found.": 100 - missed,
                    "that is what the accuracy lacks, mistakes of both kinds.": 100 - accuracy,
                },
            ),
            typed.part(
                1, "wrong among those called so", 1, false,
                "of those called so, the column, the share that has it not.",
                {
                    "that is what the specificity lacks: a share of those who have it not.": 100 * fp / well,
                    "that is the precision, the share that is right.": 100 - false,
                    "those called so are the found ones and the false alarms together.": 100 * fp / tp,
                },
            ),
            typed.part(
                1, "calling nobody so", 2, nobody,
                "everybody who has it not is left alone, rightly.",
                {"that is the share that has it.": 100 - nobody, "whoever calls nobody so may be right.": 0},
            ),
        ),
        wrong=(
            typed.wrong(0, 100 * fn / total, 100 * fp / tp, 100 - nobody),
            typed.wrong(1, 100 - missed, 100 - false, nobody),
            typed.wrong(3, missed, 100 * fp / well, nobody),
            typed.wrong(1, 100 - accuracy, 100 - accuracy, nobody),
            typed.wrong(3, missed, false, 0),
        ),
        rubric=(
            Criterion(1, "Names them: 1 − recall and 1 − precision are taken for 1 − accuracy of the class."),
            Criterion(1, "Says that true negatives, the many others, make up most of the accuracy."),
            Criterion(1, "Compares with calling nobody COVID-19, which is nearly as accurate."),
            Criterion(1, "Wants recall and precision (or the four counts), with their intervals."),
        ),
        model_answer="The accuracy of a class counts what is right about everybody, and nearly "
        "everybody here has no COVID-19. That it misses few of the ill is a statement about recall: "
        f"{missed:.0f} % of them are missed. That it is right when it says COVID-19 is one about "
        f"precision: {false:.0f} % of these calls are false. Whoever calls nobody COVID-19 has an "
        f"accuracy of {nobody:.1f} % and finds nobody. Print the four counts, or recall and precision "
        f"with intervals, and draw patients for them; with about {ill} X-rays of COVID-19 the interval "
        "of the recall is wide.",
        note=f"The paper's {paper.COVID_TEXT.accuracy} % for the COVID-19 class is such a number. Ask what "
        "becomes of precision if the test moves from this set to a clinic where one in a hundred has it.",
    )  # fmt: skip


_EVENTS = (  # what happens, and what precision, recall and specificity of COVID-19 do
    ("some X-rays of COVID-19 that were called so are now called normal", (-1, -1, 0)),
    ("some normal X-rays that were called normal are now called COVID-19", (-1, 0, -1)),
    ("some normal X-rays that were called normal are now called pneumonia", (0, 0, 0)),
    ("twice as many X-rays of COVID-19 are tested, each class called as before, by shares", (1, 0, 0)),
    ("twice as many X-rays without COVID-19 are tested, each class called as before, by shares", (-1, 0, 0)),
)  # fmt: skip


@problem(
    12, 6, title="Which way does it move?", kind=Kind.PREDICT, minutes=10, points=4,
    read=PAGE + "move-the-counts",
)  # fmt: skip
def which_way(draw, hidden):
    """Which metrics fall, rise or stay when something happens to a confusion matrix."""
    order = draw.permutation(len(_EVENTS))
    places, moves = order.argsort(), np.array([moves for _, moves in _EVENTS])
    answers, added = moves[:3], moves[3:]
    meaning = "a row for each of a to e, of −1, 0 or 1 for precision, recall and specificity"
    typed = Typed("which_way", (len(_EVENTS), 3), meaning)
    listed = "\n".join(f"- {letter}: {_EVENTS[one][0]}." for letter, one in zip(LETTERS, order, strict=False))

    def wrong(points, changes):
        taken = moves.copy()
        taken[[*changes]] = [*changes.values()]
        return typed.wrong(points, *taken[order])

    return Problem(
        text="A test set has X-rays of COVID-19, of other pneumonias and of normal chests, and each "
        "class has some X-rays that are called right and some that are called each other class. Now one "
        f"thing happens, and nothing else changes:\n\n{listed}\n\nWhat becomes of the precision, the "
        "recall and the specificity of COVID-19? Type five rows, a first, of three numbers each, for "
        "precision, recall and specificity in this order: −1 if it falls, 0 if it stays exactly as it "
        "is, 1 if it rises.",
        starter=typed.starter,
        form=typed.form,
        solution=typed.code(*moves[order]),
        parts=(
            typed.part(
                2, "answers that change", places[:3], answers,
                "precision asks about those called COVID-19, recall about those who have it, "
                "specificity about the rest.",
                {
                    "precision and recall are exchanged.": answers[:, [1, 0, 2]],
                    "fewer true positives among those called so lower the precision, too.": (
                        answers + np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]])
                    ),
                    "whoever is not called COVID-19 is left alone, whatever else it is called.": (
                        answers - np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1]])
                    ),
                },
            ),
            typed.part(
                2, "X-rays that are added", places[3:], added,
                "only precision mixes the two groups, so only precision depends on how many each has.",
                {
                    "the precision does depend on how many there are of each group.": 0 * added,
                    "which of the two groups fills the column with right answers?": -added,
                },
            ),
        ),
        wrong=(
            wrong(2, {3: (0, 0, 0), 4: (0, 0, 0)}),
            wrong(2, {0: (0, -1, 0)}),
            wrong(2, {2: (0, 0, -1)}),
            wrong(2, {3: (-1, 0, 0), 4: (1, 0, 0)}),
            wrong(0, {0: (-1, -1, 0), 1: (0, -1, -1), 3: (0, 1, 0), 4: (0, 0, 1)}),
        ),
        note="Each metric is a share of a row, a column or the rest. The fourth and fifth are why a "
        "precision from a balanced set means nothing in a clinic. The workbench shows the first three.",
    )  # fmt: skip
