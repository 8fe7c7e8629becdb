"""Sphinx extension: small repairs of the HTML that other extensions write."""

REPAIRS = {
    # Citations stand in a list that asks for this role; screen readers lose the list otherwise.
    'role="doc-biblioentry"': 'role="listitem"',
    # The text of the button that shows a hidden cell says what it does; this label would replace it.
    ' aria-label="Toggle hidden content"': "",
}


def repair_body(app, pagename, templatename, context, doctree):
    for written, wanted in REPAIRS.items():
        context["body"] = context.get("body", "").replace(written, wanted)


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
    app.connect("html-page-context", repair_body)
    app.connect("html-page-context", put_explorers)
    app.connect("html-page-context", drop_scripts, priority=900)  # after the extensions that add scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
