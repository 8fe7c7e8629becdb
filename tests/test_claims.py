"""The role and the box that quote a finding in a chapter."""

from html import unescape

import pytest
import small_book
from sphinx.errors import ExtensionError

from coronet_lib import audit


def build(folder, chapter, audit_page=True):
    """HTML of a small book with one chapter, and its folder."""
    audit_pages = {"audit": "# The paper, audited\n"} if audit_page else {}
    out = small_book.build(folder, "claims", {"chapter": f"# Chapter\n\n{chapter}\n", **audit_pages})
    return (out / "book/chapter.html").read_text(), out


def test_the_role_links_to_the_row_and_shows_the_verdict(tmp_path):
    page, out = build(tmp_path, "Equation (1) {claim}`A9` and recall {claim}`B22`.")
    assert 'href="audit.html#A9"' in page
    assert f">A9 {audit.finding('A9').verdict}</a>" in page
    assert 'class="claim claim-not-reproducible reference internal"' in page
    assert (out / "_static/claims.css").exists()


def test_the_box_has_print_and_recomputation_side_by_side_and_own_words(tmp_path):
    page, _ = build(tmp_path, "```{paper-claim} A2 A18\nSo *much* for sums.\n```")
    page = unescape(page).replace("’", "'")  # Sphinx sets apostrophes
    for id in ("A2", "A18"):
        finding = audit.finding(id)
        assert f"<dt>Printed</dt><dd><p>{finding.claim} ({finding.where}). </p>" in page.replace("\n", "")
        assert f'{finding.recompute().explanation} <a class="claim' in page
        assert f'href="audit.html#{id}"' in page
    assert '<div class="paper admonition">' in page
    assert "<p>So <em>much</em> for sums.</p>" in page


def test_a_puzzle_keeps_its_answer_behind_the_link(tmp_path):
    page, _ = build(tmp_path, "```{paper-claim} A18\n:puzzle:\nFind it.\n```")
    assert audit.finding("A18").claim in page
    assert "Recomputed" not in page
    assert 'href="audit.html#A18"' in page


@pytest.mark.parametrize("chapter", ["{claim}`A99`", "```{paper-claim} A9 X1\n```"])
def test_an_unknown_id_ends_the_build(tmp_path, chapter):
    with pytest.raises(
        ExtensionError, match=r"book/chapter: no finding is called '(A99|X1)'; there are A1, A2"
    ):
        build(tmp_path, chapter)


def test_a_book_without_the_audit_has_nothing_to_link_to(tmp_path):
    with pytest.raises(ExtensionError, match="book/audit is not in the table of contents"):
        build(tmp_path, "{claim}`A9`", audit_page=False)
