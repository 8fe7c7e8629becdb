"""Sphinx extension: small repairs of the HTML that other extensions write."""


def name_list_items(app, pagename, templatename, context, doctree):
    """Give each citation the role that its list asks of it; screen readers lose the list otherwise."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


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
    app.connect("html-page-context", name_list_items)
    app.connect("html-page-context", drop_thebe, priority=900)  # after the extensions that add scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
