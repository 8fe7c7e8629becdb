"""Sphinx extension: small repairs of the HTML that other extensions write."""


def name_list_items(app, pagename, templatename, context, doctree):
    """Give each citation the role that its list asks of it; screen readers lose the list otherwise."""
    if context.get("body"):
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    app.connect("html-page-context", name_list_items)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
