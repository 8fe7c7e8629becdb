"""Which submissions are suspiciously alike, by their words and not by their letters."""

import builtins
import keyword
import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from rapidfuzz.distance import LCSseq

SHARE = 0.8
"""Who has more in common stands out."""

ENOUGH = 60
"""Words of an answer's own that two submissions must have to be compared."""

_WORD = re.compile(r"\.?[A-Za-z_]\w*|\d[\w.]*|\S")
_KNOWN = {*keyword.kwlist, *dir(builtins), "np"}


@dataclass(frozen=True)
class Pair:
    """Two submissions, and how alike they are."""

    first: str
    second: str
    answers: tuple[str, ...]
    """Both have these, and are alike in them."""
    words: int
    """Of the shorter of the two."""
    share: float
    """Of their words that both have in the same order."""


def pairs(submissions, handed_out, *, prose, common):
    """Pairs of submissions by how alike they are.

    Parameters
    ----------
    submissions : dict of str to dict of str to str
        For each student, the answers' sources by name.
    handed_out : dict of str to str
        What stood there before.
    prose : set of str
        Names of answers in words.
    common : int
        An answer that more than so many gave alike tells nothing, and is left out.

    Returns
    -------
    list of Pair
        All who can be compared, the most alike first.
    """
    own = {
        student: {
            name: own_words(source, handed_out.get(name, ""), rename=name not in prose)
            for name, source in answers.items()
        }
        for student, answers in submissions.items()
    }
    given = Counter((name, words) for answers in own.values() for name, words in answers.items())
    telling = {
        student: {name: words for name, words in answers.items() if words and given[name, words] <= common}
        for student, answers in own.items()
    }
    compared = (
        _pair(first, second, telling[first], telling[second]) for first, second in combinations(telling, 2)
    )
    return sorted(filter(None, compared), key=lambda pair: -pair.share)


def typical(found):
    """The share that half of the pairs have less of; 0 if there is none."""
    return median(pair.share for pair in found) if found else 0.0


def own_words(source, handed_out, *, rename):
    """The words of an answer.

    Parameters
    ----------
    source, handed_out : str
        A line that was handed out does not count.
    rename : bool
        Whether variables are numbered as they appear, whatever they are called.

    Returns
    -------
    tuple of str and int
    """
    given = {tuple(_WORD.findall(line)) for line in handed_out.splitlines()}
    lines = (tuple(_WORD.findall(line)) for line in source.splitlines())
    words = [word for line in lines if line not in given for word in line]
    if not rename:
        return tuple(words)
    known, numbers = {word for line in given for word in line} | _KNOWN, {}
    return tuple(
        numbers.setdefault(word, len(numbers)) if word.isidentifier() and word not in known else word
        for word in words
    )


def _pair(first, second, these, those):
    """Two submissions by their answers' words; None if there is too little to compare."""
    both = {name: (these[name], those[name]) for name in these if name in those}
    words = [sum(map(len, side)) for side in zip(*both.values(), strict=True)]
    if not both or min(words) < ENOUGH:
        return None
    same = {name: LCSseq.similarity(*pair) for name, pair in both.items()}
    answers = tuple(name for name, (a, b) in both.items() if 2 * same[name] >= SHARE * (len(a) + len(b)))
    return Pair(first, second, answers, min(words), 2 * sum(same.values()) / sum(words))
