"""A course of three small problems, and what its students hand in."""

import json
import zipfile

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import match, number
from coronet_lib.course.folder import Assignment, Course, Student
from coronet_lib.course.notebooks import Reader, compose
from coronet_lib.course.problem import Criterion, Entry, Kind, KnownWrong, Part, Problem

SECRET = "0123456789abcdef" * 2
STUDENTS = (
    Student("s1001", "Zoë Ångström", "zoe@example.org", "501"),
    Student("s1002", "Conan O'Brien", "conan@example.org", "502"),
    Student("s1003", "Doe, Jane", "jane@example.org", "503"),
    Student("s1004", "Bo Li", "bo@example.org"),
)


def tile_count(draw, hidden):
    tiles = int(draw.integers(100, 100_000))

    def judge(answer):
        match(number(answer), tiles, "count them again.")
        return "Counted."

    return Problem(
        text=f"A floor of {tiles} square metres has a tile for each of them. How many tiles does it have?",
        starter="tile_count = ...",
        form="form.number(tile_count)",
        solution=f"tile_count = {tiles}",
        parts=(Part(2, "the number", judge),),
        wrong=(KnownWrong(f"tile_count = {tiles + 1}", 0),),
        note="Whoever adds one has counted the edges of the tiles and not the tiles.",
    )


def doubled_rows(draw, hidden):
    cases = hidden.normal(size=(3, 4))
    rows = draw.integers(1000, 9999, size=6).tolist()

    def judge(answer):
        match(answer(cases), 2 * cases, "each row is to be twice what it was.")
        return "Doubled."

    return Problem(
        text="The function below should double the rows, and squares them. Mend it.",
        starter="def doubled_rows(rows):\n    squares = rows**2\n    return squares",
        form="form.function(doubled_rows, rows, returns=(6,))",
        solution="def doubled_rows(rows):\n    doubled = rows * 2\n    return doubled",
        parts=(Part(3, "a table", judge),),
        wrong=(KnownWrong("def doubled_rows(rows):\n    return rows + rows.mean()", 0),),
        note="It shows who reads the code that is there before writing more of it.",
        setup=f"rows = np.array({rows}, dtype=float)",
    )


def fair_claim(draw, hidden):
    def judge(answer):
        if answer is not True:
            raise Wrong("the claim is fair.")
        return "Seen."

    return Problem(
        text="A sign says that the floor holds an elephant. Is that fair? Say why, in two sentences.",
        starter="fair_claim = ...",
        form="form.judgements([fair_claim], 1)",
        solution="fair_claim = True",
        parts=(Part(1, "the verdict", judge),),
        wrong=(KnownWrong("fair_claim = False", 0),),
        note="Ask in class who would step on it together with the elephant.",
        rubric=(Criterion(2, "Names the load that a square metre of floor bears."),),
        model_answer="An elephant stands on four feet, so the load is that of a few square decimetres.",
    )


READ = "02_convolution.html#stride"
ENTRIES = (  # of no chapter, and not in the bank
    Entry(99, 1, "Tiles", Kind.COMPUTE, 5, 2, True, READ, tile_count),
    Entry(99, 2, "Rows", Kind.DEBUG, 10, 3, True, READ, doubled_rows),
    Entry(99, 3, "A claim", Kind.CRITICISE, 10, 1, False, READ, fair_claim),
)
WEEK = Assignment("week-1", ENTRIES)


def course(path, *, variants=False, students=STUDENTS):
    path.mkdir(exist_ok=True)
    return Course(path, SECRET, variants, (WEEK,), students)


def made(reader=Reader.STUDENT, student=""):
    return compose(WEEK, reader, secret=SECRET, student=student)


def solved(student="", **answers):
    """A notebook that was handed in: solved, but for the answers given by name."""
    notebook = filled(made(Reader.STUDENT, student), made(Reader.SOLUTION, student))
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = cell.source.partition("\n")[0] + "\n" + answers[cell.id]
    return notebook


def filled(notebook, solution):
    """A student's notebook with the answers of a solution in it."""
    solutions = {cell.id: cell.source for cell in solution.cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solutions[cell.id]
    return notebook


def from_colab(notebook):
    """The file as Colab saves it: with its own metadata in place of nbgrader's."""
    cells = [dict(cell) for cell in notebook.cells]
    for place, cell in enumerate(cells):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"Xy{place}"}
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["done\n"]}]
    metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}).encode()


def zipped(path, members):
    """A zip archive of members: name or ZipInfo to bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path
