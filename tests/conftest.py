"""What several test files share: the built site, a browser, the real X-rays."""

import functools
import json
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import widget_page

from coronet_lib.cli.probes import chromium_path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build/html"

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
)


# By processor time, the longest first.
LONGEST = (
    "test_systems.py",
    "test_book_pages.py",
    "test_cli.py",
    "test_models.py",
    "test_devices.py",
    "test_compare.py",
    "test_models_others.py",
    "test_training.py",
    "test_audit.py",
    "test_measure.py",
    "test_course_judge.py",
    "test_summary.py",
    "test_course_marks.py",
    "test_prepare.py",
    "test_course_hostile.py",
    "test_kill.py",
    "test_execute.py",
    "test_feature_svm.py",
    "test_layers.py",
)


def pytest_collection_modifyitems(items):
    """Begin with the longest files, so that of two processes neither waits for the other at the end."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def built_site():
    """Address of the built pages, served on this machine."""
    if not (SITE / "index.html").exists():
        pytest.skip("the book is not built; run `make book` first")
    handler = functools.partial(QuietHandler, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright."""
    if (executable := chromium_path()) is None:
        pytest.skip("Chromium is not installed; on Debian: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def eager():
    """Networks run without a graph: where a training is of a few steps, tracing it takes most of the time."""
    import keras
    from small import EAGER

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", EAGER)
        yield


@pytest.fixture(scope="session")
def real_data():
    """Folder that holds the upstream collections of real X-rays."""
    folder = os.environ.get("CORONET_REAL_DATA")
    if not folder:
        pytest.skip("CORONET_REAL_DATA names no folder of real X-rays")
    return Path(folder)


@pytest.fixture(scope="session")
def window(browser):
    """A function that gives a window of the browser, the same one for the same options.

    Each has a blank page, which keeps alive the process that draws all pages of a window: to start
    another takes longer than most tests of a page.
    """

    @functools.cache
    def opened(**options):
        context = browser.new_context(**options)
        context.new_page()
        return context

    return opened


@pytest.fixture
def show(window):
    """A function that opens a widget, its keys sorted as in a saved page, and hands the page back."""
    pages = []

    def open_page(widget, width=800, colours="light", **options):
        page = window(**options).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.set_content(widget_page.PAGE % {"css": widget._css})
        page.add_script_tag(path=widget_page.SCRIPT)
        page.evaluate(widget_page.SHOW, json.loads(json.dumps(widget.get_state(), sort_keys=True)))
        return page

    yield open_page
    for page in pages:
        assert page.errors == []
        page.close()
