"""Sphinx extension: small repairs of the HTML that the theme and other extensions write."""

import re

from sphinx.jinja2glue import BuiltinTemplateLoader

# What is written → what is wanted; patterns, as some keep a part of what they find.
REPAIRS = {
    # Citations stand in a list that asks for this role; screen readers lose the list otherwise.
    'role="doc-biblioentry"': 'role="listitem"',
    # The text of the button that shows a hidden cell says what it does; this label would replace it.
    ' aria-label="Toggle hidden content"': "",
    # So it does here, and the text names the keys; who says aloud what stands on a button, presses it.
    r'(<button class="btn search-button-field[^>]*) aria-label="[^"]*"': r"\1",
    # The icon that is shown says which mode is on; a label would keep that from screen readers.
    r'(<button [^>]*theme-switch-button[^>]*) aria-label="([^"]*)"([^>]*>)': (
        r'\1\3<span class="visually-hidden">\2: </span>'
    ),
    # An arrow alone folds and unfolds the pages under a page.
    r"(>([^<]+)</a><details[^>]*><summary)>": r'\1 aria-label="Pages under \2">',
    # What opens over the page says what it is.
    '(<dialog id="pst-search-dialog")': r'\1 aria-label="Search"',
    '(<dialog id="pst-primary-sidebar-modal")': r'\1 aria-label="Contents of the book"',
    '(<dialog id="pst-secondary-sidebar-modal")': r'\1 aria-label="On this page"',
    # The search page means to put the cursor into its own field; the first one is in a dialog, closed.
    r'querySelector\("form.bd-search input"\)': 'querySelector(".bd-search-container input")',
}


class RepairedPages(BuiltinTemplateLoader):
    """Sphinx's own templates; what they make of a page is repaired as a whole."""

    def render(self, template, context):
        page = super().render(template, context)
        for written, wanted in REPAIRS.items():
            page = re.sub(written, wanted, page)
        return page


def put_explorers(app, pagename, templatename, context, doctree):
    """Bring the script that draws saved widgets to the pages that have some."""
    if "widget-view+json" in context.get("body", ""):
        app.add_js_file("explorers.js")


def drop_scripts(app, pagename, templatename, context, doctree):
    """Leave out scripts that a page does not use.

    Thebe would load its code from another host, and Jupyter Book puts it in twice, which is an error in the
    browser. MathJax, a megabyte, stays where there is a formula.
    """
    unused = ["thebe"] if 'class="math' in context.get("body", "") else ["thebe", "mathjax"]
    context["script_files"] = [
        script
        for script in context["script_files"]
        if not any(
            name in str(getattr(script, "filename", script)) + script.attributes.get("body", "")
            for name in unused
        )
    ]


def setup(app):
    app.config.template_bridge = f"{__name__}.{RepairedPages.__name__}"
    app.connect("html-page-context", put_explorers)
    app.connect("html-page-context", drop_scripts, priority=900)  # after the extensions that add scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
