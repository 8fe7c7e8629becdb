"""Sphinx extension: the model card's numbers, out of the run cards, and two checklists, item by item.

In a text ``{{ model.patient.accuracy }}`` is a number of the cross-validation by patient; :func:`facts` has
all. ````{kept-runs}```` is the table of the runs on real X-rays, ````{by-class} RUN```` one of them class by
class. ````{checklist} NAME```` is a reporting guideline out of ``book/checklists``, with a verdict on the
paper and on this book, and ````{checklist-totals}```` says how many items have which verdict.
"""

from collections import Counter
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from coronet_lib import evaluation
from coronet_lib.classes import TITLES
from coronet_lib.files import data_path
from coronet_lib.runs import read_card, read_predictions
from coronet_lib.runs.report import overview

CHECKLISTS = {
    "claim_2024": ("book/claim_2024", "CLAIM 2024"),
    "tripod_ai": ("book/tripod_ai", "TRIPOD+AI"),
}
JUDGED = {"paper": "The paper", "book": "This book"}
VERDICTS = ("met", "partly", "not met", "not applicable", "not checked")
REAL = {"patient": "quick-dataset1-patient-cv", "image": "quick-dataset1-image-cv"}
PARTIAL, DRAWN = "paper-image-fold1-partial", "quick-phantom"


def percent(share):
    return f"{100 * share:.1f}"


def interval(low, high):
    return f"{percent(low)} to {percent(high)} %"


def result(name):
    """What the card and the predictions of a run say, as it stands in a text."""
    folder = data_path("runs", name)
    card, (table, _) = read_card(folder), read_predictions(folder)
    environment = card["environment"]
    return {
        "accuracy": f"{percent((table['true'] == table['predicted']).mean())} %",
        "interval": interval(*evaluation.accuracy_interval(table)),
        "images": f"{len(table):,}",
        "patients": f"{table['patient'].nunique():,}",
        "epochs": card["recipe"]["epochs"],
        "of": card["recipe"]["published_epochs"],
        "minutes": round(card["minutes"]),
        "size": card["recipe"]["size"],
        "parameters": f"{card['parameters']:,}" if "parameters" in card else "",
        "machine": environment["machine"],
        "keras": environment["versions"]["keras"],
        "tensorflow": environment["versions"]["tensorflow"],
        "date": card["started"][:10],
        "counts": ", ".join(f"{n} {TITLES[label]}" for label, n in card["data"]["counts"].items()).lower(),
    }


def facts():
    """{name: what :func:`result` says} of the runs that the card tells of."""
    return {name: result(run) for name, run in {**REAL, "partial": PARTIAL, "drawn": DRAWN}.items()}


def table(headings, rows):
    """A table as docutils has it; all columns but the first are of numbers."""
    group = nodes.tgroup(cols=len(headings))
    group += [nodes.colspec(colwidth=1) for _ in headings]

    def row(cells):
        entries = (nodes.entry("", nodes.paragraph("", str(cell)), classes=["text-right"] * (i > 0))
                   for i, cell in enumerate(cells))  # fmt: skip
        return nodes.row("", *entries)

    group += nodes.thead("", row(headings))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group)


class KeptRuns(SphinxDirective):
    def run(self):
        runs = overview(data_path("runs"))
        real = runs[runs["xrays"] == "real"]
        headings = ("run", "dealt by", "fold", "epochs", "images", "accuracy, %", "95 % interval")
        rows = (
            (
                name,
                run.split,
                run.fold,
                run.epochs,
                f"{run.images:,}",
                percent(run.accuracy),
                interval(run.low, run.high),
            )
            for name, run in real.iterrows()
        )
        return [table(headings, rows)]


class ByClass(SphinxDirective):
    required_arguments = 1

    def run(self):
        predictions, names = read_predictions(data_path("runs", self.arguments[0]))
        matrix = sum(evaluation.confusion_matrices(predictions, names).values())
        scores = evaluation.per_class(matrix, names)
        rows = []
        for name, right, total in zip(names, matrix.diagonal(), matrix.sum(1), strict=True):
            low, high = evaluation.patient_bootstrap(
                predictions["true"] == name,
                predictions["predicted"] == name,
                predictions["patient"],
                lambda true, called: (true & called).sum() / true.sum(),
            )
            score = scores.loc[name]
            rows.append(
                (TITLES[name], int(total), percent(right / total), interval(low, high),
                 percent(score["precision"]), percent(score["specificity"]))
            )  # fmt: skip
        return [
            table(("class", "images", "recall, %", "95 % interval", "precision, %", "specificity, %"), rows)
        ]


def checklist(folder, name):
    """The items of a checklist: dicts of ``item``, ``asks`` and, for each of ``JUDGED``, a verdict and why.

    Raises
    ------
    ExtensionError
        If an item lacks a part or has a verdict that is none.
    """
    items = yaml.safe_load(Path(folder, f"{name}.yml").read_text(encoding="utf-8"))
    for item in items:
        if item.keys() != {"item", "asks", *JUDGED}:
            raise ExtensionError(f"{name}.yml: an item wants item, asks, {' and '.join(JUDGED)}: {item}")
        for who in JUDGED:
            verdict, _, why = item[who].partition(": ")
            if verdict not in VERDICTS or not why:
                raise ExtensionError(
                    f"{name}.yml, {item['item']}: {who} wants one of {', '.join(VERDICTS)}, a colon and why"
                )
            item[who] = (verdict, why)
    return items


class Checklist(SphinxDirective):
    required_arguments = 1

    def run(self):
        return [part for item in items_of(self.env, self.arguments[0]) for part in self.judged(item)]

    def judged(self, item):
        pair = nodes.definition_list(classes=["pair"])
        for who, heading in JUDGED.items():
            verdict, why = item[who]
            said = nodes.paragraph(
                "", "", nodes.strong("", f"{verdict.capitalize()}."), nodes.Text(f" {why}")
            )
            pair += nodes.definition_list_item("", nodes.term("", heading), nodes.definition("", said))
        return nodes.paragraph("", "", nodes.strong("", f"{item['item']}. {item['asks']}.")), pair


class ChecklistTotals(SphinxDirective):
    def run(self):
        rows = []
        for name, (_, title) in CHECKLISTS.items():
            items = items_of(self.env, name)
            for who, heading in JUDGED.items():
                counts = Counter(item[who][0] for item in items)
                rows.append(
                    (f"{title}: {heading.lower()}", *(counts[verdict] for verdict in VERDICTS), len(items))
                )
        return [table(("", *VERDICTS, "items"), rows)]


def items_of(env, name):
    if name not in CHECKLISTS:
        raise ExtensionError(
            f"{env.docname}: no checklist is called {name!r}; there are {', '.join(CHECKLISTS)}"
        )
    folder = Path(env.srcdir, "book/checklists")
    env.note_dependency(str(folder / f"{name}.yml"))
    return checklist(folder, name)


def give_facts(app, config):
    config.myst_substitutions = {**config.myst_substitutions, "model": facts()}


def setup(app):
    app.add_directive("kept-runs", KeptRuns)
    app.add_directive("by-class", ByClass)
    app.add_directive("checklist", Checklist)
    app.add_directive("checklist-totals", ChecklistTotals)
    app.connect("config-inited", give_facts, priority=400)  # before MyST reads its settings
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
