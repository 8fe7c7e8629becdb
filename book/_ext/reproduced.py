"""Sphinx extension: the paper's averages beside those of the runs that are kept with the book.

````{beside-paper} RUN```` is the table of all of them for one cross-validation, and ````{agreement} RUN …````
says for several how many agree, and how many would with half and with twice the tolerance.
````{accuracies}```` is for the landing page: the paper's accuracies beside those that came out, in numbers
and drawn.
"""

from typing import NamedTuple

from landing import html
from model_card import REAL, kept, percent, table, unchanged
from sphinx.util.docutils import SphinxDirective

from coronet_lib import paper
from coronet_lib.classes import TITLES
from coronet_lib.files import data_path
from coronet_lib.runs.beside_paper import AVERAGE, beside_paper

FACTORS = {"half": 0.5, "as it is": 1, "twice": 2}
NAMES = {**TITLES, AVERAGE: "Average"}
RERUN = {  # what was asked, the paper's answer, and the run, by its name in the model card
    "Four classes": (paper.TABLE_III_AVERAGE.accuracy, "sprint"),
    "Three classes": (paper.TABLE_V[3].accuracy, "three"),
    "Two classes": (paper.TABLE_V[2].accuracy, "two"),
    "Dataset-2, trained on it": (paper.TABLE_VI_ACCURACY, "dataset2"),
}
UNSEEN = "Dataset-2, not trained on it"


class BesidePaper(SphinxDirective):
    """The table of one run: two numbers, how far apart they are, and whether that is too far."""

    required_arguments = 1

    def run(self):
        found = beside_paper(data_path("runs", self.arguments[0]))
        rows = (
            (
                f"{NAMES[row]}, {'F-measure' if metric == 'f1' else metric}",
                f"{number.printed:g}",
                f"{number.rerun:.1f}",
                f"{number.rerun - number.printed:+.1f}".replace("-", "−"),
                f"{number.tolerance:.1f}",
                "yes" if number.agrees else "no",
            )
            for (row, metric), number in found.iterrows()
        )
        return [table(("%", "printed", "this run", "apart", "tolerance", "within"), rows)]


class Agreement(SphinxDirective):
    """How many numbers of each run agree with the paper's, by how much is allowed."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        rows = []
        for run in self.arguments[0].split():
            found = beside_paper(data_path("runs", run))
            apart = (found["printed"] - found["rerun"]).abs()
            agree = ((apart <= factor * found["tolerance"]).sum() for factor in FACTORS.values())
            rows.append((run, *agree, len(found)))
        return [table(("tolerance", *FACTORS, "numbers"), rows)]


class Accuracy(NamedTuple):
    """A row of the landing page's strip, in percent."""

    asked: str
    printed: float | None
    """None where the paper has none."""
    rerun: str
    low: float
    high: float


def accuracies():
    """The rows: with 95 % intervals that draw patients, and at last the span of four networks."""
    rows = []
    for asked, (printed, name) in RERUN.items():
        run = kept().loc[REAL[name]]
        rows.append(Accuracy(asked, printed, percent(run.accuracy), 100 * run.low, 100 * run.high))
    low, high = unchanged()["right"]
    return [*rows, Accuracy(UNSEEN, None, f"{low:.0f} to {high:.0f}", low, high)]


class Accuracies(SphinxDirective):
    """The strip of the landing page: a row for each question, with a scale from 0 to 100 %."""

    def run(self):
        rows = "".join(
            f'<tr><th scope="row">{row.asked}</th>'
            f"<td>{'–' if row.printed is None else f'{row.printed:g}'}</td><td>{row.rerun}</td>"
            f"<td>{self.drawn(row)}</td></tr>"
            for row in accuracies()
        )
        ends = '<span class="ends"><span>0</span> <span>100</span></span>'
        columns = "accuracy, %", "the paper", "here", ends
        heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
        covid19, normal, pneumonia = paper.THREE_CLASS_TEST.values()
        caption = (
            "Bars: the book’s 95 % intervals, in the last row from the worst to the best of four networks. "
            "Upright lines: the paper’s numbers, of as many X-rays with four classes, of "
            f"{covid19 + normal + pneumonia} with three, probably {covid19 + normal} with two, and "
            f"{paper.FIGURE_7.sum()} of Dataset-2, by a network trained on Dataset-1 before."
        )
        return [
            html(
                f'<table class="accuracies"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
                f"<tbody>{rows}</tbody></table>"
            )
        ]

    @staticmethod
    def drawn(row):
        """A row on the scale; the numbers beside it say the same."""
        marks = f'<rect class="rerun" x="{row.low:.1f}" y="1" width="{row.high - row.low:.1f}" height="6"/>'
        if row.printed is not None:
            marks += f'<rect class="printed" x="{row.printed - 0.3:.1f}" width="0.6" height="8"/>'
        return (
            '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            f'<path class="scale" d="M0 4h100"/>{marks}</svg>'
        )


def setup(app):
    app.add_directive("accuracies", Accuracies)
    app.add_directive("beside-paper", BesidePaper)
    app.add_directive("agreement", Agreement)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
