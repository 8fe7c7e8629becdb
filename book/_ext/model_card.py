"""Sphinx extension: the model card's numbers, out of the run cards, and two checklists, item by item.

In a text ``{{ model.patient.accuracy }}`` is a number of the cross-validation by patient; :func:`facts` has
all. ````{kept-runs}```` is the table of the runs on real X-rays, ````{by-class} RUN```` one of them class by
class. ````{checklist} NAME```` is a reporting guideline out of ``book/checklists``, with a verdict on the
paper and on this book, and ````{checklist-totals}```` says how many items have which verdict.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd
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
REAL = {
    "patient": "quick-dataset1-patient-cv",
    "image": "quick-dataset1-image-cv",
    "sprint": "sprint-patient-cv",
    "sprint_by_image": "sprint-image-cv",
    "three": "sprint-3",
    "two": "sprint-2",
    "dataset2": "sprint-dataset2-cv",
}
PARTIAL, DRAWN = "paper-image-fold1-partial", "quick-phantom"
RUN_HEADINGS = ("run", "classes", "dealt by", "fold", "epochs", "images", "accuracy, %", "95 % interval, %")
CLASS_HEADINGS = ("class", "images", "recall, %", "95 % interval, %", "precision, %", "specificity, %")


def percent(share):
    return f"{100 * share:.1f}"


def interval(low, high):
    return f"{percent(low)} to {percent(high)}"


def in_a_sentence(label):
    return TITLES[label] if label == "covid19" else TITLES[label].lower()


@cache
def kept():
    """:func:`coronet_lib.runs.report.overview` of the runs that are kept, whose intervals take a while."""
    return overview(data_path("runs"))


def share_right(table):
    return f"{percent((table['true'] == table['predicted']).mean())} %"


def result(name):
    """What the card and the predictions of a run say, as it stands in a text."""
    folder = data_path("runs", name)
    card, (table, _) = read_card(folder), read_predictions(folder)
    environment, run = card["environment"], kept().loc[name]
    return {
        "accuracy": f"{percent(run.accuracy)} %",
        "joined": share_right(table.replace(r"^pneumonia_.*", "pneumonia", regex=True)),
        "interval": f"{interval(run.low, run.high)} %",
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
        "counts": ", ".join(f"{n} {in_a_sentence(label)}" for label, n in card["data"]["counts"].items()),
    }


def unchanged():
    """What the sprint's four networks say of Dataset-2 as they are, in percent: the worst and the best."""
    table = pd.read_csv(data_path("dataset2_unchanged.csv"))
    right, alarms = [], []
    for network in table.filter(regex=r"^fold_\d$"):
        asked = table.dropna(subset=network)
        right.append((asked["true"] == asked[network]).mean())
        alarms.append((asked[network][asked["true"] != "covid19"] == "covid19").mean())
    spans = {"right": right, "alarms": alarms}
    return {name: (100 * min(shares), 100 * max(shares)) for name, shares in spans.items()}


def facts():
    """{name: what :func:`result` says} of the runs told of, :func:`unchanged`, and the sprint's minutes."""
    found = {name: result(run) for name, run in {**REAL, "partial": PARTIAL, "drawn": DRAWN}.items()}
    spans = {name: f"{low:.0f} to {high:.0f}" for name, (low, high) in unchanged().items()}
    minutes = sum(found[name]["minutes"] for name, run in REAL.items() if run.startswith("sprint"))
    return found | {"unchanged": spans, "minutes": minutes}


def recall_interval(predictions, name):
    """95 % interval of a class's recall, when whole patients are drawn again."""
    return evaluation.patient_bootstrap(
        predictions["true"] == name,
        predictions["predicted"] == name,
        predictions["patient"],
        lambda true, called: (true & called).sum() / true.sum(),
    )


def table(headings, rows):
    """A table as docutils has it; all columns but the first are of numbers."""

    def cell(text, place):
        return nodes.entry("", nodes.paragraph("", str(text)), classes=["text-right"] if place else [])

    def row(texts):
        return nodes.row("", *map(cell, texts, range(len(headings))))

    group = nodes.tgroup(cols=len(headings))
    group += [nodes.colspec(colwidth=1) for _ in headings]
    group += [nodes.thead("", row(headings)), nodes.tbody("", *map(row, rows))]
    return nodes.table("", group)


class KeptRuns(SphinxDirective):
    def run(self):
        real = kept().query("xrays == 'real'").reset_index()
        real["accuracy"] = real["accuracy"].map(percent)
        real["interval"] = [interval(*ends) for ends in zip(real["low"], real["high"], strict=True)]
        shown = real[["run", "classes", "split", "fold", "epochs", "images", "accuracy", "interval"]]
        return [table(RUN_HEADINGS, shown.itertuples(index=False))]


class ByClass(SphinxDirective):
    required_arguments = 1

    def run(self):
        predictions, names = read_predictions(data_path("runs", self.arguments[0]))
        matrix = sum(evaluation.confusion_matrices(predictions, names).values())
        rows = (
            (
                TITLES[name],
                f"{score.support:.0f}",
                percent(score.recall),
                interval(*recall_interval(predictions, name)),
                percent(score.precision),
                percent(score.specificity),
            )
            for name, score in evaluation.per_class(matrix, names).iterrows()
        )
        return [table(CLASS_HEADINGS, rows)]


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
