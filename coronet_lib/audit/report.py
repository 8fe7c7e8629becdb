"""The audit for people and programs: a rich table, JSON, and the table of the book's page."""

import html
import json
from importlib.resources import files

from coronet_lib.audit.finding import MEANING, Verdict

STYLES = {
    Verdict.WRONG: "bold red",
    Verdict.INCONSISTENT: "magenta",
    Verdict.NOT_REPRODUCIBLE: "yellow",
    Verdict.ROUNDING: "cyan",
    Verdict.HOLDS: "green",
}


def report(console, findings):
    """Print recomputed findings, the most severe first.

    Parameters
    ----------
    console : rich.console.Console
    findings : iterable of Finding
    """
    from rich.markup import escape
    from rich.table import Table

    findings = sorted(findings, key=lambda finding: -finding.verdict.severity)
    table = Table("id", "verdict", "claim and where", "recomputed", show_lines=True)
    for finding in findings:
        outcome = finding.recompute()
        verdict = f"[{STYLES[outcome.verdict]}]{outcome.verdict}[/]" + (
            "\n(inference)" if finding.inference else ""
        )
        verdict += "\n(notebook)" if finding.notebook else ""
        where = f"{escape(finding.claim)}\n[dim]{escape(finding.where)}[/]"
        table.add_row(finding.id, verdict, where, escape(outcome.explanation))
    console.print(table)
    counts = [f"{sum(f.verdict is verdict for f in findings)} {verdict}" for verdict in Verdict]
    console.print(f"{len(findings)} findings: {', '.join(counts)}")


def to_dict(finding):
    """One recomputed finding as plain data."""
    outcome = finding.recompute()
    return {
        "id": finding.id,
        "title": finding.title,
        "where": finding.where,
        "claim": finding.claim,
        "verdict": str(outcome.verdict),
        "inference": finding.inference,
        "notebook": finding.notebook,
        "explanation": outcome.explanation,
        "value": outcome.value,
        "source": finding.source,
    }


def to_json(findings):
    """Recomputed findings as JSON.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    str
        A list of objects, in the order given.
    """
    return json.dumps([to_dict(finding) for finding in findings], ensure_ascii=False, indent=2)


def to_html(findings):
    """Recomputed findings as a table that can be searched and filtered without a kernel or a network.

    Every row carries the finding's id as its HTML id, so ``audit.html#A9`` leads to it.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    str
        One ``<div>`` with its own style and script.
    """
    findings = list(findings)
    rows = "".join(_row(to_dict(finding)) for finding in findings)
    boxes = "".join(
        f'<label title="{html.escape(MEANING[verdict])}"><input type="checkbox" value="{verdict}" checked> '
        f"{_badge(verdict)} {sum(finding.verdict is verdict for finding in findings)}</label>"
        for verdict in Verdict
    )
    here = files("coronet_lib.audit")
    return (
        f"<div class='paper-audit'><style>{here.joinpath('table.css').read_text('utf-8')}</style>"
        '<form role="search" aria-label="Findings"><label>Search the findings '
        '<input type="search" placeholder="Table VI, recall, patient …"></label>'
        f"<fieldset><legend>Verdict</legend>{boxes}</fieldset>"
        f'<output aria-live="polite">{len(findings)} of {len(findings)} findings</output></form>'
        "<table><thead><tr><th scope='col'>Finding</th><th scope='col'>Printed</th>"
        f"<th scope='col'>Recomputed</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<script>{here.joinpath('table.js').read_text('utf-8')}</script></div>"
    )


def _badge(verdict):
    return f'<span class="verdict verdict-{verdict.replace(" ", "-")}">{verdict}</span>'


def _row(row):
    text = {key: html.escape(value) for key, value in row.items() if isinstance(value, str)}
    source = f"<small>Rests on: {text['source']}</small>" if row["source"] else ""
    inference = "<small>An inference.</small> " if row["inference"] else ""
    notebook = "<small>Notebook only.</small>" if row["notebook"] else ""
    return (
        f'<tr id="{row["id"]}" data-verdict="{row["verdict"]}">'
        f'<th scope="row">{row["id"]} {_badge(row["verdict"])}<br>{text["title"]}</th>'
        f"<td>{text['claim']}<small>{text['where']}</small>{notebook}</td>"
        f"<td>{text['explanation']} {inference}{source}</td></tr>"
    )
