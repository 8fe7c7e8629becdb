"""Sphinx extension: the paper's averages beside those of the runs that are kept with the book.

````{beside-paper} RUN```` is the table of all of them for one cross-validation, and ````{agreement} RUN …````
says for several how many agree, and how many would with half and with twice the tolerance.
"""

from model_card import table
from sphinx.util.docutils import SphinxDirective

from coronet_lib.classes import TITLES
from coronet_lib.files import data_path
from coronet_lib.runs.beside_paper import AVERAGE, beside_paper

FACTORS = {"half": 0.5, "as it is": 1, "twice": 2}
NAMES = {**TITLES, AVERAGE: "Average"}


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


def setup(app):
    app.add_directive("beside-paper", BesidePaper)
    app.add_directive("agreement", Agreement)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
