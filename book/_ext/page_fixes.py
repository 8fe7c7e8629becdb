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


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out the scripts of Thebe: it would load its code from another host, and no page uses it.

    Jupyter Book always puts them in, and twice, which is an error in the browser.
    """
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "thebe" not in str(getattr(script, "filename", script)) + script.attributes.get("body", "")
    ]


def setup(app):
    app.connect("html-page-context", repair_body)
    app.connect("html-page-context", drop_thebe, priority=900)  # after the extensions that add scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
