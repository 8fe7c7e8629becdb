"""Pages that one file holds: templates, with their style, and how they are filled."""

import re
from functools import cache
from pathlib import Path

from coronet_lib.files import put


def write(path, template, **facts):
    """Fill a template and write the page; whatever is filled in is text and no markup.

    Parameters
    ----------
    path : pathlib.Path
    template : str
        Name of a file beside this one.
    **facts : object
        What it names.
    """
    html = _environment().get_template(template).render(**facts)
    put(path, html.encode())


@cache
def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = "{:g}".format
    environment.filters["said"] = _said
    return environment


def _said(text):
    """What a judge says, in which code stands between backticks."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
