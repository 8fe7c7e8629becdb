"""What a person reads of a submission: the instructor's notebook, with a student's answers in it.

::

    COURSE/autograded/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb    where formgrader looks for it

formgrader's pages come from the server that also runs the instructor's code, and it cleans nothing.  So of a
student's notebook nothing gets there but answers, as text: no output, no metadata, no Markdown.
"""

import json
import re
from dataclasses import dataclass

from coronet_lib.course import notebooks
from coronet_lib.course.repair import REFUSED
from coronet_lib.files import put


@dataclass(frozen=True)
class Words:
    """An answer in words."""

    text: str
    """Empty if there is none."""
    changed: bool
    """Whether it is another than the one that was there to be read before."""


def answers(course, assignment, student):
    """What a student has answered.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    student : str

    Returns
    -------
    dict of str to str
        Code and words, by the ids of their cells, without the marker line; what stands there as it was handed
        out is no answer.
    """
    found = _in_cells(assignment, _sources(submitted(course, assignment, student)))
    empty = handed_out(course, assignment, student)
    return {cell: source for cell, source in found.items() if source != empty[cell]}


def refusal(course, assignment, student):
    """Why nothing that a student has handed in could be read, in a list; empty if it could."""
    sources = _sources(submitted(course, assignment, student))
    return [text.replace("*", "") for cell, text in sources.items() if cell == REFUSED]


def _answered(entry):
    """Cells that a problem may be answered in, and the first line of each."""
    yield entry.name, notebooks.marker(entry)
    yield notebooks.words_id(entry), notebooks.words_marker(entry)


def handed_out(course, assignment, student=""):
    """What stands in the cells of answers when a student gets them; as :func:`answers`."""
    notebook = notebooks.compose(
        assignment, notebooks.Reader.STUDENT, secret=course.secret, student=course.variant(student)
    )
    return _in_cells(assignment, {cell.id: cell.source for cell in notebook.cells})


def _in_cells(assignment, sources):
    """What stands in the cells of answers, by their ids, of all cells' sources."""
    return {
        cell: sources[cell].removeprefix(marker).strip("\n")
        for entry in assignment.entries
        for cell, marker in _answered(entry)
        if cell in sources
    }


def words(course, assignment, student, given):
    """The answers in words.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    student : str
    given : dict of str to str
        As :func:`answers` finds them.

    Returns
    -------
    dict of str to Words
        By problem; of those that ask for one.
    """
    seen, found = _sources(shown(course, assignment, student)), {}
    for entry in assignment.entries:
        cell = notebooks.words_id(entry)
        if entry.problem(course.secret).rubric:
            text = given.get(cell, "")
            found[entry.name] = Words(text, changed=seen.get(cell) != _literal(text))
    return found


def write(course, assignment, student, given, events):
    """Write the notebook that formgrader shows.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    student : str
    given : dict of str to str
        As :func:`answers` finds them.
    events : list of str
        What happened to the notebook.
    """
    notebook = notebooks.compose(
        assignment, notebooks.Reader.INSTRUCTOR, secret=course.secret, student=course.variant(student)
    )
    markers = dict(pair for entry in assignment.entries for pair in _answered(entry))
    top, *rest = notebook.cells
    cells = [top]
    if events:
        said = _literal("\n".join(events))
        cells.append(notebooks.made_cell("markdown", f"What happened when it ran:\n\n{said}", id="events"))
    for cell in rest:
        if cell.id in markers and cell.cell_type == "markdown":
            model = cell.source.removeprefix(markers[cell.id]).strip()
            cells.append(
                notebooks.made_cell("markdown", f"**A good answer.** {model}", id=f"{cell.id}-model")
            )
            cell.source = _literal(given.get(cell.id, ""))
        elif cell.id in markers:
            cell.source = given.get(cell.id, "# There is no answer.")
        cells.append(cell)
    notebook.cells = cells
    put(shown(course, assignment, student), notebooks.to_bytes(notebook))


def submitted(course, assignment, student):
    """Where collecting leaves a student's notebook."""
    return course.path / "submitted" / student / assignment.name / f"{assignment.name}.ipynb"


def shown(course, assignment, student):
    """Where formgrader looks for a student's notebook."""
    return course.path / "autograded" / student / assignment.name / f"{assignment.name}.ipynb"


def _sources(path):
    """The sources of the cells of a notebook that this room has written, by id; none if there is none."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return {cell["id"]: "".join(cell["source"]) for cell in cells}
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return {}


def _literal(text):
    """Markdown that shows a text to the letter, whatever is in it."""
    spelled = re.sub(r"[^\w\s]", lambda sign: f"&#{ord(sign[0])};", text)
    return f'<pre style="white-space: pre-wrap">{spelled}</pre>'
