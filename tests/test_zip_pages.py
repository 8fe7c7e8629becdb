"""The archive of the pages."""

from zipfile import ZipFile

import pytest
from zip_pages import pack


@pytest.fixture
def pages(tmp_path):
    for name in ("index.html", "book/page.html", "_static/a.js", ".buildinfo"):
        (tmp_path / "html" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "html" / name).write_text(name)
    return tmp_path / "html"


def test_it_holds_the_pages_in_one_folder_that_opens_with_the_index(pages, tmp_path):
    pack(pages, tmp_path / "dist/book.zip")
    with ZipFile(tmp_path / "dist/book.zip") as archive:
        assert archive.namelist() == ["book/_static/a.js", "book/book/page.html", "book/index.html"]
        assert archive.read("book/index.html") == b"index.html"
    assert [path.name for path in (tmp_path / "dist").iterdir()] == ["book.zip"]


def test_the_same_pages_give_the_same_bytes(pages, tmp_path):
    first, second = tmp_path / "1/book.zip", tmp_path / "2/book.zip"
    pack(pages, first)
    (pages / "index.html").touch()
    pack(pages, second)
    assert first.read_bytes() == second.read_bytes()


def test_without_pages_it_says_how_to_get_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no index\.html: `make book`"):
        pack(tmp_path, tmp_path / "book.zip")
