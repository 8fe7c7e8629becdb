"""The link at the end of each section: only where there is somebody to write to."""

from urllib.parse import parse_qs, urlsplit

import pytest
import report_links
import small_book
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, SITE
from repository import address

PAGE = "# A & <B>\n\nFirst.\n\n## Inner\n\nSecond.\n\n### Innermost\n\nThird.\n"
WITHOUT = '[project]\nname = "x"\n'
WITH = f'{WITHOUT}[project.urls]\nRepository = "https://github.com/a/b"\n'


def built(folder, project):
    (folder / "pyproject.toml").write_text(project)
    out = small_book.build(folder, "report_links", {"page": PAGE})
    return BeautifulSoup((out / "book/page.html").read_text(), "html.parser"), out


def test_each_section_has_a_form_that_is_filled_in(tmp_path):
    page, out = built(tmp_path, WITH)
    links = page.select("p.report a")
    assert [link["aria-label"].partition("Section ")[2] for link in links] == [
        "A & <B>",
        "Inner",
        "Innermost",
    ]
    assert [link.find_previous("p", class_=False).text for link in links] == ["First.", "Second.", "Third."]
    asked = urlsplit(links[1]["href"])
    assert asked.geturl().startswith("https://github.com/a/b/issues/new?")
    filled = parse_qs(asked.query)
    assert filled["template"] == ["text.yml"]
    assert filled["section"] == ["Inner"]
    assert filled["page"] == ["book/page at commit unknown"]
    assert "unclear" not in (out / "searchindex.js").read_text(), "each page is found by the link's words"


def test_without_an_address_there_is_none(tmp_path):
    page, _ = built(tmp_path, WITHOUT)
    assert page.select(".report") == []


def test_the_form_has_the_fields_that_are_filled_in():
    form = ROOT / ".github/ISSUE_TEMPLATE" / report_links.FORM
    if not form.exists():
        pytest.skip("this copy has no issue forms")
    fields = {part.get("id") for part in yaml.safe_load(form.read_text())["body"]}
    assert {"page", "section", "what"} <= fields


def test_the_commit_is_that_of_the_folder(tmp_path):
    assert report_links.commit(tmp_path) == "unknown"


@pytest.mark.skipif(not SITE.exists(), reason="the book is not built; run `make book` first")
def test_the_built_pages_follow_the_address():
    links = BeautifulSoup((SITE / "book/02_convolution.html").read_text(), "html.parser").select(".report a")
    assert bool(links) == (address() is not None)
    assert all(link["href"].startswith(f"{address()}/issues/new?") for link in links)
