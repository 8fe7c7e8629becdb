"""Sphinx extension: what the paper says, and what became of it, by the id of the audit's finding.

``{claim}`A9` `` shows id and verdict and links to the row in the audit chapter.
````{paper-claim} A9 A10```` is a box with the claims of one or more findings, printed and recomputed side by
side; its content follows them. With the option ``:puzzle:`` the reader is to find out what was recomputed.
An id that the audit does not know ends the build.
"""

from beside import carry
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from coronet_lib import audit

AUDIT_PAGE = "book/audit"


def badge(env, id):
    """A link that shows a finding's id and verdict."""
    try:
        finding = audit.finding(id)
    except KeyError as error:
        raise ExtensionError(f"{env.docname}: {error.args[0]}") from None
    if AUDIT_PAGE not in env.found_docs:
        raise ExtensionError(
            f"{env.docname} names finding {id}, but {AUDIT_PAGE} is not in the table of contents"
        )
    page = env.app.builder.get_relative_uri(env.docname, AUDIT_PAGE)
    verdict = finding.verdict.replace(" ", "-")
    link = nodes.reference("", f"{id} {finding.verdict}", refuri=f"{page}#{id}", internal=True)
    link["classes"] += ["claim", f"claim-{verdict}"]
    link["reftitle"] = f"{finding.claim} ({finding.where}): {audit.MEANING[finding.verdict]}"
    return link


class Claim(SphinxRole):
    """The role: one badge."""

    def run(self):
        return [badge(self.env, self.text)], []


def recomputed(id):
    """What the audit's recomputation says; it ends in a full stop."""
    finding = audit.finding(id)
    return finding.recompute().explanation + " An inference." * finding.inference


class PaperClaim(SphinxDirective):
    """The directive: a box with the claims of the named findings, then its own content."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"puzzle": directives.flag}  # noqa: RUF012 - as docutils has it
    has_content = True

    def run(self):
        box = nodes.admonition(classes=["paper"])
        box += nodes.title("", "What the paper says")
        for id in self.arguments[0].split():
            box += self.pair(id)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]

    def pair(self, id):
        """The claim as it is printed, and beside it what came out."""
        link, finding = badge(self.env, id), audit.finding(id)
        columns = {"Printed": f"{finding.claim} ({finding.where})."}
        if "puzzle" not in self.options:
            columns["Recomputed"] = recomputed(id)
        pair = nodes.definition_list(classes=["pair"])
        for head, text in columns.items():
            what = nodes.paragraph("", f"{text} ")
            pair += nodes.definition_list_item("", nodes.term("", head), nodes.definition("", what))
        what += link  # the verdict ends the last of them
        return pair


def setup(app):
    app.add_role("claim", Claim())
    app.add_directive("paper-claim", PaperClaim)
    carry(app, __file__, ".css")
    app.add_css_file("claims.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
