"""The command ``coronet calibrate``: chances and a threshold from some patients, tried on others."""

from pathlib import Path
from typing import Annotated

import typer

from coronet_lib.cli.options import WARNING, Json, Seed, out_console


def calibrate(
    run: Annotated[Path, typer.Argument(help="A finished run folder; of a cross-validation, fold by fold.")],
    of: Annotated[str, typer.Option("--class", help="The class that is looked for.")] = "covid19",
    sensitivity: Annotated[float, typer.Option(help="Share of it that the threshold is to find.")] = 0.95,
    seed: Seed = 0,
    as_json: Json = False,
):
    """Fit temperature and threshold on one part of the patients, and report them on another."""
    from coronet_lib import runs
    from coronet_lib.evaluation import carried_over, parts_of, wilson_interval
    from coronet_lib.runs.report import rich_table

    table, classes = runs.read_predictions(run)
    try:
        found = carried_over(table, classes, parts_of(table, seed), of, sensitivity)
    except ValueError as error:
        raise ValueError(f"{run}: {error}") from None
    if as_json:
        print(found.to_json(orient="index"))
        return
    rows = [
        (part, f"{row.temperature:.2f}", f"{100 * row.before:.1f} → {100 * row.after:.1f}",
         f"{row.threshold:.4f}", f"{row.found} of {row.ill}", f"{row.alarms} of {row.others}")
        for part, row in zip(found.index, found.itertuples(), strict=True)
    ]  # fmt: skip
    headings = ("part", "temperature", "ECE (%)", "threshold", "found", "false alarms")
    out_console.print(rich_table(f"Each part with what the others gave it; {of}", headings, rows))
    ill, right = int(found["ill"].sum()), int(found["found"].sum())
    low, high = wilson_interval(right, ill)
    out_console.print(
        f"Asked for {100 * sensitivity:g} %, found {right} of {ill} X-rays, {right / ill:.1%} "
        f"(95 % Wilson interval, which takes images as independent: {low:.1%} to {high:.1%}).",
        highlight=False,
    )
    out_console.print(WARNING)
