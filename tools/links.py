"""Ask the other sites that the pages link to whether those pages are still there, and list the dead links.

usage: python tools/links.py

Sphinx's linkcheck asks, two pages at a time, and waits where it is told to. What answered, or refused to
speak with a program, is not asked again for a week. Exits 1 if a link is dead; where there is no network, it
says so and calls no link dead.
"""

import json
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

from repository import ROOT, address

FOLDER = ROOT / "_build/linkcheck"
WEEK = 7 * 24 * 3600  # seconds
SETTINGS = {
    "linkcheck_workers": 2,
    "linkcheck_timeout": 20,  # seconds
    "linkcheck_retries": 2,
    "linkcheck_rate_limit_timeout": 120,  # seconds that a site may have us wait
    "linkcheck_report_timeouts_as_broken": False,
    "linkcheck_allow_unauthorized": False,
    "linkcheck_anchors_ignore_for_url": [r"https://github\.com/"],  # its scripts make them
    "user_agent": f"CoroNet, step by step: link check ({address() or 'a book in the making'})",
}
REFUSED = {"401", "403", "405", "406", "418", "429", "451", "999"}  # statuses of sites that want no programs
WORDS = {
    "dead": "dead",
    "refused": "refuse to answer a program; look at them yourself",
    "silent": "did not answer now; ask again",
    "moved": "moved for good; the link still works",
}


class Answer(NamedTuple):
    """What became of a link."""

    verdict: str  # a key of WORDS, or "works"
    said: str
    asked: float  # seconds since 1970


def judged(line):
    """The answer in a line of linkcheck's ``output.json``; None if nobody was asked."""
    status, said, now = line["status"], line["info"], time.time()
    if status == "working":
        return Answer("works", said, now)
    if status == "redirected":
        return Answer("moved" if line["code"] in (301, 308) else "works", said, now)
    if status == "timeout" or said == "service unavailable" or re.match(r"5\d\d ", said):
        return Answer("silent", said, now)
    if status == "broken":
        refused = said == "unauthorized" or said[:3] in REFUSED
        return Answer("refused" if refused else "dead", said, now)
    return None


def kept(file):
    """The answers that need not be asked for again: {address: Answer}."""
    answers = json.loads(file.read_text()) if file.exists() else {}
    answers = {link: Answer(*answer) for link, answer in answers.items()}
    return {
        link: answer
        for link, answer in answers.items()
        if answer.verdict not in ("dead", "silent") and time.time() - answer.asked < WEEK
    }


def check(folder, build):
    """Ask for the links of a book.

    Parameters
    ----------
    folder : path
        Where answers are kept.
    build : callable
        Has Sphinx build with ``linkcheck`` into the folder and under the settings that it is given.

    Returns
    -------
    dict
        From each link, in alphabetical order, to the Answer and the pages, with lines, where it stands.
    """
    file = Path(folder) / "answers.json"
    answers = kept(file)
    output = Path(folder) / "output.json"
    output.unlink(missing_ok=True)
    build(folder, SETTINGS | {"linkcheck_ignore": [f"{re.escape(link)}$" for link in answers]})
    if not output.exists():
        sys.exit("links: the book could not be read, see above; `make book` says more")
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    answers |= {line["uri"]: answer for line in lines if (answer := judged(line))}
    file.write_text(json.dumps(answers, indent=1))
    places = {}
    for line in lines:
        places.setdefault(line["uri"], []).append(f"{line['filename']}:{line['lineno']}")
    return {link: (answers[link], places[link]) for link in sorted(places) if link in answers}


def report(found):
    """Print what did not simply answer, and return whether a link is dead."""
    verdicts = [answer.verdict for answer, _ in found.values()]
    if verdicts and not set(verdicts) - {"dead", "silent"}:
        print(f"None of {len(found)} links answered: there seems to be no network. Nothing is known of them.")
        return False
    for verdict, words in WORDS.items():
        if verdict in verdicts:
            print(f"\n{verdicts.count(verdict)} {words}:")
        for link, (answer, places) in found.items():
            if answer.verdict == verdict:
                print(f"  {link}\n    {', '.join(places)}: {answer.said}")
    print(f"\n{len(found)} links, {verdicts.count('works')} answer.")
    return "dead" in verdicts


def build_book(folder, settings):
    from jupyter_book.sphinx import build_sphinx  # here, because it takes seconds

    # Its own doctrees, and no results: which links there are does not depend on them.
    build_sphinx(
        str(ROOT),
        str(folder),
        path_config=ROOT / "_config.yml",
        confoverrides=settings | {"nb_execution_mode": "off", "external_toc_path": "_toc.yml"},
        doctreedir=str(folder / "doctrees"),
        noconfig=True,
        builder="linkcheck",
        really_quiet=True,
    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    sys.exit(report(check(FOLDER, build_book)))
