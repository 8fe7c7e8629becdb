"""``coronet doctor``: what works on this machine, on one screen."""

import json
import platform

from rich.table import Table

from coronet_lib import __version__
from coronet_lib.cli import probes
from coronet_lib.cli.options import Json, out_console
from coronet_lib.text import plain

_SIGN = {probes.WORKS: "[green]✓[/]", probes.MISSING: "[yellow]–[/]", probes.BROKEN: "[bold red]✗[/]"}


def doctor(as_json: Json = False):
    """Say what works here, and what to do about the rest.

    Exit code 1 if something is broken that everybody needs.
    """
    found = probes.examine()
    if as_json:
        lines = [
            {"what": what, "state": line.state, "said": line.said, "remedy": line.remedy}
            for what, line in found.items()
        ]
        about = {"version": __version__, "platform": platform.platform()}
        print(json.dumps(about | {"lines": lines}, indent=2))
    else:
        table = Table("", "", box=None, header_style="bold")
        for heading in ("here", "what to do"):
            table.add_column(heading, overflow="fold")  # a file's name is never cut
        for what, line in found.items():
            table.add_row(_SIGN[line.state], what, plain(line.said), plain(line.remedy))
        out_console.print(table)
    if any(line.state == probes.BROKEN for line in found.values()):
        raise SystemExit(1)
