"""Pages that move: nobody who has a link to one stands before nothing."""

import re

import pytest
import redirects
import small_book
import yaml
from conftest import ROOT
from sphinx.errors import ExtensionError


def built(folder, moved):
    (folder / "book").mkdir()
    (folder / redirects.LIST).write_text(yaml.safe_dump({"moved": moved}))
    return small_book.build(folder, "redirects", {"new": "# New\n\nHere.\n"})


@pytest.mark.parametrize(
    ("old", "target"),
    [("book/old", "new.html"), ("old", "book/new.html"), ("a/b/c", "../../book/new.html")],
)
def test_an_old_address_leads_to_the_new_page(tmp_path, old, target):
    page = (built(tmp_path, {old: "book/new"}) / f"{old}.html").read_text()
    assert f'content="0; url={target}"' in page
    assert f'<link rel="canonical" href="{target}">' in page
    assert f'<a href="{target}">' in page


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        ({"book/old": "book/gone"}, "there is no page book/gone"),
        ({"book/new": "index"}, "book/new is a page itself"),
    ],
)
def test_a_way_that_leads_nowhere_ends_the_build(tmp_path, moved, message):
    with pytest.raises(ExtensionError, match=re.escape(message)):
        built(tmp_path, moved)


def test_no_page_that_was_published_has_gone():
    known = yaml.safe_load((ROOT / redirects.LIST).read_text())
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    below = [section for chapter in chapters for section in chapter.get("sections", [])]
    pages = {toc["root"]} | {page["file"] for page in chapters + below}
    published, moved = set(known["published"]), known["moved"]
    assert len(published) == len(known["published"])
    assert published - pages - set(moved) == set(), "these pages are gone; say under `moved` where to"
    assert pages - published == set(), "these pages are new; enter them under `published`"
    assert set(moved.values()) <= pages
    assert set(moved) <= published
