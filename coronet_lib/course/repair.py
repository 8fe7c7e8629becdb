"""Repairing a notebook that was handed in: finding the answers again, and what nbgrader is to know of them.

Colab drops the metadata by which nbgrader tells cells apart, and students move, double, delete and rename
them.  An answer is found by its marker line, by metadata if there are some, and by the name that a cell
defines.  No cell of the student's is dropped, and all that was decided is said in a note.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property, partial

from coronet_lib.course.notebooks import made_cell, made_notebook, marker, words_id
from coronet_lib.text import reason

REFUSED = "refused"
"""Id of the cell that says why a notebook stands in for another one."""


class NoNotebook(ValueError):
    """What was handed in is no notebook; the message says why."""


@dataclass(frozen=True)
class Note:
    """What was found or decided about an answer."""

    label: str
    """The problem's, as "2.3"; empty if it is about the whole notebook."""
    text: str
    look: bool = False
    """Whether the instructor should look: the answer was not found, or not for sure."""


@dataclass(frozen=True)
class Repaired:
    """A notebook that nbgrader can read, and what was done to it."""

    notebook: object
    notes: tuple[Note, ...]
    answered: frozenset[str]
    """Ids of the cells of answers that are not as they were given."""


def repair(data, blank, entries):
    """Restore a notebook that was handed in.

    Parameters
    ----------
    data : bytes
        The file.
    blank : nbformat.NotebookNode
        The notebook that the student was given.
    entries : sequence of Entry
        The assignment's problems.

    Returns
    -------
    Repaired
        Without the metadata and the outputs that it came with: neither is graded, and an output may be a
        script, which would run in formgrader's page.

    Raises
    ------
    NoNotebook
        If it is none.
    """
    return _Repair(_cells(data), blank).repaired(entries)


def placeholder(blank, why):
    """The notebook as it was given, without answers, and a line on top that says why it is there."""
    text = made_cell("markdown", f"**What was handed in could not be read:** {why}", id=REFUSED)
    return made_notebook([text, *blank.cells])


@dataclass(eq=False)
class _Own:
    """A cell of the student's."""

    kind: str
    source: str
    was: str | None = None
    """Its id, if nbgrader's metadata survived."""
    role: str | None = None
    """The id of the cell of the blank notebook that it turned out to be."""

    @cached_property
    def squeezed(self):
        return _squeezed(self.source)


class _Repair:
    def __init__(self, cells, blank):
        self._cells = cells
        self._blank = {cell.id: cell for cell in blank.cells}
        self._notes = []

    def repaired(self, entries):
        self._answers = {one.name for one in entries} | {words_id(one) for one in entries}
        for role in self._blank.keys() - self._answers:
            self._find_released(role)
        for entry in entries:
            self._find_code(entry)
            if words_id(entry) in self._blank:
                self._find_words(entry)
        answered = {
            own.role
            for own in self._cells
            if own.role in self._answers and _squeezed(self._blank[own.role].source) != own.squeezed
        }
        self._put_back(entries)
        self._order(entries)
        notebook = made_notebook([*self._made()])
        return Repaired(notebook, tuple(self._notes), frozenset(answered))

    def _find_released(self, role):
        """Find a cell that the student was not to change."""
        free = [own for own in self._cells if own.role is None]
        given = _squeezed(self._blank[role].source)
        same = [own for own in free if own.squeezed == given]
        if found := [own for own in free if own.was == role] or same:
            found[0].role = role

    def _find_code(self, entry):
        starter = _without_first_line(self._blank[entry.name].source)
        marked = [own for own in self._cells if _marks(_CODE, own.source, entry)]
        marked = marked or [own for own in self._cells if own.was == entry.name]
        defining = [
            own
            for own in self._cells
            if (own.kind == "code" or own in marked)
            and (own.role is None or own.role in self._answers)
            and _defines(own.source, entry.name)
        ]
        touched = [own for own in marked if _squeezed(starter) != _squeezed(_without_marker(own.source))]
        written = [own for own in defining if _squeezed(starter) != _squeezed(_without_marker(own.source))]
        say = partial(self._say, entry)
        if not (answers := touched or written or marked):
            say("no answer was found.", look=True)
            return
        answer = answers[-1]
        if answer.role:
            say("its answer shares a cell with another one, which it keeps.", look=True)
            return
        if len(touched) > 1:
            say(f"{len(touched)} cells carry its first line; the last one is taken.", look=True)
        elif not touched and written:
            say(f"no cell with its first line was changed; the last that defines {entry.name} is taken.")
        if answer.kind != "code":
            say("its cell was not one of code, and is now.")
        if touched and not written:
            say(f"its cell was changed, but nothing defines {entry.name}; was the name changed?", look=True)
        if touched and written and self._place(written[-1]) > self._place(answer):
            say(f"{entry.name} is defined again below its cell; what runs last counts.", look=True)
        answer.role = entry.name
        self._silence([own for own in marked if own not in touched], answer, written, say)

    def _silence(self, untouched, answer, written, say):
        """Keep copies of the cell that was given from running after the answer, and undoing it."""
        first = min((self._place(own) for own in written), default=len(self._cells))
        for own in untouched:
            if own is not answer and self._place(own) > first:
                own.kind = "raw"
                say("an unchanged copy of its cell stood below the answer and does not run.")

    def _find_words(self, entry):
        role, say = words_id(entry), partial(self._say, entry)
        given = _squeezed(_without_first_line(self._blank[role].source))
        marked = [own for own in self._cells if _marks(_WORDS, own.source, entry)]
        marked = marked or [own for own in self._cells if own.was == role]
        touched = [own for own in marked if _squeezed(_without_marker(own.source)) != given]
        beside = [own for own in self._section(entry) if own.kind == "markdown" and not own.role]
        beside = [own for own in beside if own not in marked and own.source.strip()]
        if touched:
            if len(touched) > 1:
                say(
                    f"{len(touched)} cells carry the first line of its words; the last one is taken.",
                    look=True,
                )
            answer = touched[-1]
        elif len(beside) == 1:
            say("its words were found by their place below the question, without their first line.")
            answer = beside[0]
        elif beside:
            say(f"{len(beside)} text cells below the question may be its words; none was taken.", look=True)
            answer = marked[-1] if marked else None
        elif marked:
            answer = marked[-1]
        else:
            say("no answer in words was found.", look=True)
            return
        if answer and not answer.role:
            if answer.kind != "markdown":
                say("the cell of its words was not one of text, and is now.")
            answer.role = role

    def _section(self, entry):
        """The cells from a problem's text to the next one's."""
        texts = [i for i, own in enumerate(self._cells) if (own.role or "").endswith("-text")]
        start = next((i for i in texts if self._cells[i].role == f"{entry.name}-text"), None)
        if start is None:
            return []
        return self._cells[start : next((i for i in texts if i > start), None)]

    def _put_back(self, entries):
        """Add what is missing of the cells that were given, each below the one that it stood below."""
        empty = {one.name: f"{marker(one)}\n# There is no answer here." for one in entries}
        labels = {f"{one.name}-setup": one for one in entries}
        last = None
        for role, cell in self._blank.items():
            there = [own for own in self._cells if own.role == role]
            if not there and ("nbgrader" in cell.metadata or role == "imports"):
                there = [_Own(cell.cell_type, empty.get(role, cell.source), role=role)]
                self._cells.insert(0 if last is None else self._place(last) + 1, there[0])
                if role in labels:
                    self._say(labels[role], "the cell that its question comes with was missing or changed.")
            last = there[0] if there else last

    def _order(self, entries):
        """Move what answers rest on above them; the cells of the student's own stay where they are."""
        for role, resting in [("imports", entries), *((f"{one.name}-setup", [one]) for one in entries)]:
            (own,) = [own for own in self._cells if own.role == role] or [None]
            names = {one.name for one in resting}
            first = next((i for i, one in enumerate(self._cells) if one.role in names), None)
            if own and first is not None and self._place(own) > first:
                self._cells.insert(first, self._cells.pop(self._place(own)))
                self._say(resting[0], f"the cell {role} stood below the answer, and was put above it.")

    def _made(self):
        for number, own in enumerate(self._cells):
            given = self._blank.get(own.role)
            if given:
                yield made_cell(given.cell_type, own.source, given.id, given.metadata)
            else:
                yield made_cell(own.kind, own.source, f"own-{number}")

    def _place(self, own):
        return self._cells.index(own)

    def _say(self, entry, text, look=False):
        self._notes.append(Note(entry.label, text, look))


_MOST_CELLS, _LONGEST_LINE = 5000, 2000  # nobody types more, and looking through more takes long
_CODE = re.compile(r"^[ \t]*#+[ \t]*answer[ \t]+([\d.]+)[ \t]*:?[ \t]*(\w*)", re.IGNORECASE | re.MULTILINE)
_WORDS = re.compile(r"<!--\s*answer\s+([\d.]+)\s*:?\s*(\w*)\s*-->", re.IGNORECASE)


def _marks(pattern, source, entry):
    """Whether a source has the first line of an answer to this problem: its name, or its number alone."""
    return any(
        name == entry.name if name else label == entry.label for label, name in pattern.findall(source)
    )


def _without_marker(source):
    return _CODE.sub("", _WORDS.sub("", source, count=1), count=1)


def _without_first_line(source):
    return source.partition("\n")[2]


def _defines(source, name):
    """Whether a line that is not indented gives the name a value; no parser is let near a student's code."""
    assigned = rf"(?:[\w, \t(*]*[,( \t*])?{name}\b[^=#]*=(?!=)"
    line_that_does = re.compile(rf"(?:async[ \t]+)?def[ \t]+{name}\b|class[ \t]+{name}\b|{assigned}")
    return any(line_that_does.match(line) for line in source.splitlines() if len(line) < _LONGEST_LINE)


def _squeezed(source):
    return "".join(source.split())


def _cells(data):
    """The cells of a notebook's file, of any format."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NoNotebook(f"it is no notebook, for it is not valid JSON ({reason(error)})") from None
    found = found if isinstance(found, dict) else {}
    if isinstance(sheets := found.get("worksheets"), list):  # of format 3
        found = {
            "cells": [cell for sheet in sheets if isinstance(sheet, dict) for cell in _listed(sheet, "cells")]
        }
    if not isinstance(cells := found.get("cells"), list) or not all(isinstance(cell, dict) for cell in cells):
        raise NoNotebook("it is no notebook, for it has no list of cells")
    if len(cells) > _MOST_CELLS:
        raise NoNotebook(f"it has {len(cells):,} cells, and no more than {_MOST_CELLS:,} are looked at")
    return [_own(cell) for cell in cells]


def _own(cell):
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    was = known.get("grade_id") if isinstance(known, dict) else None
    return _Own(
        kind if kind in ("code", "markdown") else "raw",
        _text(cell.get("source", cell.get("input"))),
        was if isinstance(was, str) else None,
    )


def _listed(thing, key):
    return found if isinstance(found := thing.get(key), list) else []


def _text(thing):
    """Text, whole or in lines, without halves of letters, which no file can hold."""
    lines = thing if isinstance(thing, list) else [thing]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.encode("utf-8", "replace").decode()
