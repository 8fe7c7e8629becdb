"""The book is built when something has changed, and left alone when nothing has."""

import build_book
import execute
import pytest


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A function that builds a book of one page, and says whether Jupyter Book was called for it."""
    pages, chapters = tmp_path / "html", {"one.ipynb": execute.Executed(None, 0.0, None)}
    cache, doctrees, calls = tmp_path / "cache", tmp_path / ".doctrees", []
    (tmp_path / "book/_ext").mkdir(parents=True)
    (tmp_path / "book/_ext/terms.py").write_text("1")
    for module in (build_book, execute):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "CACHE", cache)
    monkeypatch.setattr(execute, "CALLED", ())
    for name, value in {
        "READ": ("book",),
        "DOCTREES": doctrees,
        "INDEX": pages / "index.html",
        "BUILT_FROM": doctrees / "built-from",
        "vendor": lambda: None,
        "execute": lambda _, drawings: execute.opened(cache, execute.stamp({}), drawings) and chapters,
    }.items():
        monkeypatch.setattr(build_book, name, value)

    def write():
        calls.append("called")
        assert not pages.exists(), "pages of chapters that are gone would stay"
        pages.mkdir()
        (pages / "index.html").write_text("a page")

    monkeypatch.setattr(build_book, "write_pages", write)

    def build(**options):
        calls.clear()
        build_book.build(**options)
        return bool(calls)

    build.folder, build.chapters = tmp_path, chapters
    return build


def test_a_second_build_writes_no_page_anew(built):
    assert built()
    assert not built()


def test_whatever_changes_a_page_has_the_book_built(built, monkeypatch):
    built()
    (built.folder / "book/_ext/terms.py").write_text("2")
    assert built()
    (built.folder / "book/intro.md").write_text("# Intro")
    assert built()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert built()
    built.chapters["one.ipynb"] = built.chapters["one.ipynb"]._replace(seconds=3.0)
    assert built()
    built.chapters["one.ipynb"] = built.chapters["one.ipynb"]._replace(seconds=0.0)
    (built.folder / "html/index.html").unlink()
    assert built()
    assert not built()


def test_chapters_that_were_executed_anew_are_read_anew(built):
    """For print, all of them are, though no source has changed."""
    built()
    read = built.folder / ".doctrees/read"
    read.touch()
    built.chapters["one.ipynb"] = built.chapters["one.ipynb"]._replace(seconds=3.0)
    assert built()
    assert read.exists()
    assert built(drawings=True)
    assert not read.exists()


def test_after_a_build_that_failed_comes_another(built, monkeypatch):
    def fail():
        raise SystemExit("build_book: the book has the faults listed above")

    built()
    (built.folder / "book/intro.md").write_text("# Intro")
    with monkeypatch.context() as patch:
        patch.setattr(build_book, "write_pages", fail)
        with pytest.raises(SystemExit):
            built()
    assert built()
