"""The errata tell of verdicts that have changed, and of no other."""

import re

from conftest import ROOT

from coronet_lib import audit

CHANGED = re.compile(r"^\* \{claim\}`(\w+)`, before \*([a-z ]+)\*\. \S", re.M)


def test_a_verdict_in_the_errata_was_another_than_it_is():
    changed = CHANGED.findall((ROOT / "book/errata.md").read_text())
    assert len(changed) >= 15
    assert len({id for id, _ in changed}) == len(changed)
    for id, before in changed:
        assert audit.Verdict(before) != audit.finding(id).verdict, id
