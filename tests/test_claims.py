"""The role and the box that quote a finding in a chapter."""

from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

from coronet_lib import audit

EXTENSIONS = Path(__file__).resolve().parent.parent / "book/_ext"


def build(folder, chapter, audit_page=True):
    """HTML of a small book with the extension and one chapter."""
    (folder / "book").mkdir()
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXTENSIONS)!r})\nextensions = ['myst_parser', 'claims']\n"
        # Said outright, because Sphinx writes an extension's suffixes into a default that all builds share.
        "source_suffix = {'.md': 'markdown'}\n"
    )
    (folder / "index.md").write_text("# Start\n\n```{toctree}\n:glob:\n\nbook/*\n```\n")
    (folder / "book/chapter.md").write_text(f"# Chapter\n\n{chapter}\n")
    if audit_page:
        (folder / "book/audit.md").write_text("# The paper, audited\n")
    with docutils_namespace():  # each build registers its own nodes and roles
        Sphinx(
            folder, folder, folder / "out", folder / "trees", "html", status=None, warningiserror=True
        ).build()
    return (folder / "out/book/chapter.html").read_text(), folder / "out"


def test_the_role_links_to_the_row_and_shows_the_verdict(tmp_path):
    page, out = build(tmp_path, "Equation (1) {claim}`A9` and recall {claim}`B22`.")
    assert 'href="audit.html#A9"' in page
    assert f">A9 {audit.finding('A9').verdict}</a>" in page
    assert 'class="claim claim-not-reproducible reference internal"' in page
    assert (out / "_static/claims.css").exists()


def test_the_box_carries_claim_place_and_own_words(tmp_path):
    page, _ = build(tmp_path, "```{paper-claim} A2 A18\nSo *much* for sums.\n```")
    for id in ("A2", "A18"):
        finding = audit.finding(id)
        assert f"{finding.claim} ({finding.where}). <a" in page
        assert f'href="audit.html#{id}"' in page
    assert '<div class="paper admonition">' in page
    assert "<p>So <em>much</em> for sums.</p>" in page


@pytest.mark.parametrize("chapter", ["{claim}`A99`", "```{paper-claim} A9 X1\n```"])
def test_an_unknown_id_ends_the_build(tmp_path, chapter):
    with pytest.raises(
        ExtensionError, match=r"book/chapter: no finding is called '(A99|X1)'; there are A1, A2"
    ):
        build(tmp_path, chapter)


def test_a_book_without_the_audit_has_nothing_to_link_to(tmp_path):
    with pytest.raises(ExtensionError, match="book/audit is not in the table of contents"):
        build(tmp_path, "{claim}`A9`", audit_page=False)
