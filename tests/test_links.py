"""`make links`, against a site on this machine that answers in every way that sites do."""

import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import links
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ANSWERS = {
    "fine": (200, "works"),
    "gone": (404, "dead"),
    "private": (403, "refused"),
    "members": (401, "refused"),
    "busy": (503, "silent"),
    "broken": (500, "silent"),
    "moved": (301, "moved"),
    "elsewhere": (302, "works"),
    "later": (429, "works"),  # once; then it answers
    "slow": (None, "silent"),
}


class Site(BaseHTTPRequestHandler):
    asked, agents = Counter(), set()

    def do_GET(self):
        name = self.path.strip("/")
        self.asked[name] += 1
        self.agents.add(self.headers["User-Agent"])
        status = ANSWERS[name][0]
        if status is None:
            time.sleep(3)
            status = 200
        if status == 429 and self.asked[name] > 1:
            status = 200
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        if status in (301, 302):
            self.send_header("Location", "/fine")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setitem(links.SETTINGS, "linkcheck_timeout", 1)
    Site.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    socket.setdefaulttimeout(None)  # linkcheck sets one for the whole process


def book(folder, text):
    """What has Sphinx build a book of one page."""
    (folder / "index.rst").write_text(f"Book\n====\n\n{text}\n")

    def build(out, settings):
        with docutils_namespace():
            Sphinx(
                folder, None, out, folder / "trees", "linkcheck", settings, status=None, warning=None
            ).build()

    return build


def test_every_answer_has_its_verdict_and_is_kept_for_a_week(site, tmp_path, monkeypatch, capsys):
    build = book(tmp_path, "\n\n".join(f"{site}/{name}" for name in ANSWERS))
    out = tmp_path / "out"
    out.mkdir()
    found = links.check(out, build)
    assert {link.rpartition("/")[2]: answer.verdict for link, (answer, _) in found.items()} == {
        name: verdict for name, (_, verdict) in ANSWERS.items()
    }
    assert found[f"{site}/gone"][1] == [f"index.rst:{5 + 2 * list(ANSWERS).index('gone') - 1}"]
    assert Site.agents == {links.SETTINGS["user_agent"]}
    assert links.report(found)
    said = capsys.readouterr().out
    assert f"1 dead:\n  {site}/gone\n" in said
    assert "2 refuse to answer a program" in said

    Site.asked.clear()
    assert links.check(out, build).keys() == found.keys()
    asked_again = {name for name, (_, verdict) in ANSWERS.items() if verdict in ("dead", "silent")}
    assert Site.asked.keys() == asked_again

    Site.asked.clear()
    monkeypatch.setattr(links, "WEEK", 0)
    links.check(out, build)
    assert Site.asked.keys() == ANSWERS.keys()


def test_without_a_network_no_link_is_called_dead(tmp_path, capsys):
    dead = links.Answer("dead", "Failed to resolve", 0)
    assert not links.report({"https://one.invalid": (dead, ["a:1"]), "https://two.invalid": (dead, ["a:2"])})
    assert "no network" in capsys.readouterr().out
