"""What students hand in: repaired, matched, refused with a reason, and all of it kept."""

import csv
import json
import os
import stat
import time
import zipfile
from dataclasses import replace
from functools import wraps

import nbformat
import pytest
from command import coronet, writer
from nbgrader.nbgraderformat import MetadataValidator
from small_course import ENTRIES, STUDENTS, WEEK, course, from_colab, made, solved, tile_count, zipped

from coronet_lib.course import handed
from coronet_lib.course.bank import choose
from coronet_lib.course.collect import collect
from coronet_lib.course.folder import Assignment, Student, make
from coronet_lib.course.notebooks import Reader, compose, marker, to_bytes, words_marker
from coronet_lib.course.release import release
from coronet_lib.course.repair import NoNotebook, repair
from coronet_lib.course.roll import Roll, Sender

TILES, ROWS, CLAIM = ENTRIES
ANSWERS = {"tile_count", "doubled_rows", "fair_claim", "fair_claim-words"}


def mend(notebook):
    """What repair makes of a notebook, which nbgrader must be able to read."""
    data = notebook if isinstance(notebook, bytes) else from_colab(notebook)
    repaired = repair(data, made(), ENTRIES)
    nbformat.validate(repaired.notebook)
    MetadataValidator().validate_nb(repaired.notebook)
    return repaired


def sources(notebook):
    return {cell.id: cell.source for cell in notebook.cells}


def take(notebook, name):
    """Take a cell out of a notebook."""
    (place,) = [i for i, cell in enumerate(notebook.cells) if cell.id == name]
    return notebook.cells.pop(place)


def code(source):
    return nbformat.v4.new_code_cell(source)


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def said(repaired):
    return " ".join(f"{note.label}: {note.text}" for note in repaired.notes)


class TestRepair:
    def test_restores_what_colab_drops(self):
        repaired = mend(solved())
        assert repaired.notes == ()
        assert repaired.answered == ANSWERS
        restored, given = repaired.notebook, made()
        assert [cell.id for cell in restored.cells] == [cell.id for cell in given.cells]
        assert [cell.metadata for cell in restored.cells] == [cell.metadata for cell in given.cells]

    def test_leaves_alone_what_is_whole(self):
        assert mend(to_bytes(solved())).notebook.cells == solved().cells

    def test_tells_an_untouched_answer(self):
        repaired = mend(solved(tile_count="tile_count = ..."))
        assert repaired.answered == ANSWERS - {"tile_count"}

    def test_finds_cells_in_any_order(self):
        notebook = solved()
        notebook.cells.reverse()
        repaired = mend(notebook)
        assert repaired.answered == ANSWERS
        ids = [cell.id for cell in repaired.notebook.cells]
        assert ids.index("imports") < min(map(ids.index, ANSWERS - {"fair_claim-words"}))
        assert ids.index("doubled_rows-setup") < ids.index("doubled_rows")
        assert "imports stood below" in said(repaired)

    def test_puts_back_what_was_deleted(self):
        notebook = solved()
        for name in (
            "imports",
            "doubled_rows-setup",
            "tile_count-points",
            "tile_count-text",
            "fair_claim-points",
        ):
            take(notebook, name)
        repaired = mend(notebook)
        given = [cell.id for cell in made().cells]
        assert [cell.id for cell in repaired.notebook.cells if not cell.id.startswith("own")] == given
        assert "99.2: the cell that its question comes with was missing" in said(repaired)

    def test_says_what_has_no_answer(self):
        notebook = solved()
        for name in ("tile_count", "fair_claim-words"):
            take(notebook, name)
        repaired = mend(notebook)
        assert "99.1: no answer was found" in said(repaired)
        assert "99.3: no answer in words was found" in said(repaired)
        assert "tile_count =" not in sources(repaired.notebook)["tile_count"]
        assert repaired.answered == ANSWERS - {"tile_count", "fair_claim-words"}

    def test_finds_an_answer_by_the_name_it_defines(self):
        notebook = solved()
        answer = take(notebook, "doubled_rows")
        notebook.cells.append(code(answer.source.partition("\n")[2]))
        repaired = mend(notebook)
        assert "the last that defines doubled_rows is taken" in said(repaired)
        assert sources(repaired.notebook)["doubled_rows"].startswith("def doubled_rows")

    def test_finds_an_answer_by_its_marker_in_another_spelling(self):
        notebook = solved()
        take(notebook, "tile_count")
        notebook.cells.append(code("%%time\n#answer 99.1\ntile_count=7"))
        assert sources(mend(notebook).notebook)["tile_count"].endswith("tile_count=7")

    def test_takes_the_last_of_several_answers_and_says_so(self):
        notebook = solved(tile_count="tile_count = 1")
        notebook.cells.append(code(f"{marker(TILES)}\ntile_count = 2"))
        repaired = mend(notebook)
        assert "99.1: 2 cells carry its first line; the last one is taken" in said(repaired)
        assert sources(repaired.notebook)["tile_count"].endswith("= 2")
        assert any(cell.source.endswith("tile_count = 1") for cell in repaired.notebook.cells)

    def test_silences_an_unchanged_copy_below_the_answer(self):
        """Run from top to bottom, it would undo the answer."""
        notebook = solved(tile_count="tile_count = 1")
        notebook.cells.append(code(f"{marker(TILES)}\ntile_count = ..."))
        repaired = mend(notebook)
        assert "an unchanged copy" in said(repaired)
        assert sources(repaired.notebook)["tile_count"].endswith("= 1")
        assert repaired.notebook.cells[-1].cell_type == "raw"

    def test_takes_an_answer_written_above_an_unchanged_cell(self):
        notebook = made()
        notebook.cells.insert(5, code("tile_count = 5"))
        repaired = mend(notebook)
        assert sources(repaired.notebook)["tile_count"] == "tile_count = 5"
        assert [cell.cell_type for cell in repaired.notebook.cells if "99.1: tile" in cell.source] == ["raw"]

    def test_says_if_the_name_is_defined_again(self):
        notebook = solved()
        notebook.cells.append(code("tile_count = 0  # trying something"))
        assert "99.1: tile_count is defined again below its cell" in said(mend(notebook))

    def test_says_if_the_name_was_changed(self):
        repaired = mend(solved(tile_count="tilecount = 5"))
        assert "nothing defines tile_count; was the name changed?" in said(repaired)
        assert repaired.notes[0].look

    def test_says_if_two_answers_share_a_cell(self):
        notebook = solved()
        rows = take(notebook, "doubled_rows")
        notebook.cells[
            next(i for i, c in enumerate(notebook.cells) if c.id == "tile_count")
        ].source += f"\n{rows.source}"
        repaired = mend(notebook)
        assert "99.2: its answer shares a cell with another one" in said(repaired)
        assert "doubled = rows * 2" in sources(repaired.notebook)["tile_count"]

    def test_turns_cells_into_what_they_were(self):
        notebook = solved()
        answer, words = take(notebook, "tile_count"), take(notebook, "fair_claim-words")
        notebook.cells += [text(answer.source), code(words.source)]
        repaired = mend(notebook)
        assert [note.text for note in repaired.notes] == [
            "its cell was not one of code, and is now.",
            "the cell of its words was not one of text, and is now.",
        ]
        kinds = {cell.id: cell.cell_type for cell in repaired.notebook.cells}
        assert (kinds["tile_count"], kinds["fair_claim-words"]) == ("code", "markdown")

    def test_finds_words_by_their_place(self):
        notebook = solved()
        take(notebook, "fair_claim-words")
        notebook.cells.append(text("It is not, because of the feet."))
        repaired = mend(notebook)
        assert "found by their place" in said(repaired)
        assert sources(repaired.notebook)["fair_claim-words"].startswith("It is not")

    def test_does_not_choose_between_words(self):
        notebook = made()
        notebook.cells += [text("It is not."), text("It is.")]
        repaired = mend(notebook)
        assert "99.3: 2 text cells below the question may be its words; none was taken" in said(repaired)
        assert sources(repaired.notebook)["fair_claim-words"].startswith(words_marker(CLAIM))

    def test_loses_no_cell(self):
        notebook = solved()
        notebook.cells[3:3] = [text("my notes"), code("helper = 1"), text("more")]
        notebook.cells.reverse()
        kept = {cell.source for cell in mend(notebook).notebook.cells}
        assert kept >= {cell.source for cell in notebook.cells}

    def test_keeps_no_output(self):
        """It could be a script, which would run in formgrader's page."""
        data = json.loads(from_colab(solved()))
        data["cells"][-1] = code("1")
        html = {
            "output_type": "display_data",
            "data": {"text/html": "<script>evil()</script>"},
            "metadata": {},
        }
        data["cells"][-1]["outputs"] = [html, "nonsense"]
        assert b"script" not in to_bytes(mend(json.dumps(data).encode()).notebook)

    def test_reads_old_and_broken_cells(self):
        cells = [
            {"cell_type": "code", "input": ["tile_count = 3\n", "# old"], "prompt_number": 1},
            {"cell_type": "heading", "source": "\ud800 half a letter"},
            {"source": None, "metadata": [], "outputs": 7},
            {},
        ]
        old = {"nbformat": 3, "worksheets": [{"cells": cells}]}
        repaired = mend(json.dumps(old).encode())
        assert "tile_count" in repaired.answered
        to_bytes(repaired.notebook)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "not valid JSON"),
            (b"\x89PNG\r\n", "not valid JSON"),
            (b"[" * 1_000_000 + b"]" * 1_000_000, "not valid JSON"),
            (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not valid JSON"),
            (b"[1, 2]", "no list of cells"),
            (b'{"cells": {"a": 1}}', "no list of cells"),
            (b'{"cells": [1]}', "no list of cells"),
            (b'{"worksheets": [1, {"cells": 2}]}', ""),
            (json.dumps({"cells": [{}] * 5001}).encode(), "it has 5,001 cells"),
        ],
        ids=["empty", "a picture", "deep", "deep dictionaries", "a list", "cells of no list", "no cells",
             "strange sheets", "many cells"],
    )  # fmt: skip
    def test_refuses_what_is_no_notebook(self, data, message):
        if message:
            with pytest.raises(NoNotebook, match=message):
                mend(data)
        else:
            assert mend(data).answered == set()

    def test_is_not_slow_on_a_line_that_is_made_to_be(self):
        start = time.process_time()
        mend(solved(tile_count="tile_count, " * 200_000))
        assert time.process_time() - start < 5


class TestWhoHandedIn:
    @pytest.mark.parametrize(
        ("path", "student"),
        [
            ("Zoë Ångström_4711_assignsubmission_file_/week-1.ipynb", "s1001"),
            ("Zoe Angstrom_4711_assignsubmission_file/my home work.ipynb", "s1001"),
            ("Zoe\u0308 A\u030angstro\u0308m_4711_assignsubmission_file/decomposed.ipynb", "s1001"),
            ("Conan OBrien_4712_assignsubmission_file_week-1.ipynb", "s1002"),
            ("Group B-Jane Doe_4713_assignsubmission_file_/a/b.ipynb", "s1003"),
            ("ångströmzoë_77_9001_week-1.ipynb", "s1001"),
            ("doejane_LATE_503_9001_week-1-1.ipynb", "s1003"),
            ("whatever_502_9001_x.ipynb", "s1002"),
            ("s1004/week-1/week-1.ipynb", "s1004"),
            ("week-1_S1004.ipynb", "s1004"),
            ("Homework of Bo Li (2).ipynb", "s1004"),
            ("Jane Mary Doe_1_assignsubmission_file/x.ipynb", None),
            ("week-1.ipynb", None),
            ("s10012.ipynb", None),
        ],
    )
    def test_is_told_by_the_path(self, path, student):
        found = [one.id for one in Sender.of(path).students(Roll(STUDENTS))]
        assert found == ([student] if student else [])

    def test_may_be_one_of_two_of_a_name(self):
        roll = Roll([Student("a1", "Jane Doe"), Student("a2", "Jane Doe")])
        assert len(Sender.of("Jane Doe_1_assignsubmission_file/x.ipynb").students(roll)) == 2


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def submitted(folder, student):
    return nbformat.read(folder / f"submitted/{student}/week-1/week-1.ipynb", as_version=4)


def moodle(path, handed_in):
    """Moodle's archive: by name of the student and of the file, the data."""
    members = {}
    for place, ((name, file), data) in enumerate(handed_in.items()):
        members[f"{name}_{4711 + place}_assignsubmission_file_/{file}"] = data
    return zipped(path, members)


ONE, TWO, THREE, FOUR = (student.name for student in STUDENTS)


class TestCollecting:
    def test_takes_moodles_archive(self, tmp_path):
        files = {(ONE, "week 1 – übung.ipynb"): from_colab(solved()), (FOUR, "x.ipynb"): from_colab(solved())}
        done = collect(course(tmp_path / "c"), WEEK, [moodle(tmp_path / "m.zip", files)])
        assert done.students == ("s1001", "s1004")
        assert done.missing == ("s1002", "s1003")
        assert sources(submitted(tmp_path / "c", "s1001"))["tile_count"] == sources(solved())["tile_count"]
        (kept,) = (tmp_path / "c/collected/week-1/s1001").iterdir()
        assert kept.read_bytes() == from_colab(solved())
        assert kept.name.endswith("-week 1 – übung.ipynb")

    def test_takes_canvas_archive_where_the_greatest_number_is_the_last_try(self, tmp_path):
        members = {
            "angstromzoe_501_9003_week-1-1.ipynb": from_colab(solved(tile_count="tile_count = 3")),
            "angstromzoe_501_9002_week-1-2.ipynb": from_colab(solved(tile_count="tile_count = 2")),
            "doejane_LATE_503_9001_week-1.ipynb": from_colab(solved()),
        }
        done = collect(course(tmp_path / "c"), WEEK, [zipped(tmp_path / "s.zip", members)])
        assert sources(submitted(tmp_path / "c", "s1001"))["tile_count"].endswith("= 3")
        texts = {(student, note.text) for student, note in done.notes}
        assert ("s1003", "was late, says Canvas.") in texts
        assert any(who == "s1001" and "handed in 2 files; 'week-1-1.ipynb'" in what for who, what in texts)
        assert len(list((tmp_path / "c/collected/week-1/s1001").iterdir())) == 2

    def test_takes_a_folder_where_the_file_changed_last_counts(self, tmp_path):
        folder = tmp_path / "in/s1004"
        folder.mkdir(parents=True)
        for place, name in enumerate(("b.ipynb", "a.ipynb")):
            (folder / name).write_bytes(from_colab(solved(tile_count=f"tile_count = {place}")))
            os.utime(folder / name, (1e9 + place, 1e9 + place))
        collect(course(tmp_path / "c"), WEEK, [tmp_path / "in"])
        assert sources(submitted(tmp_path / "c", "s1004"))["tile_count"].endswith("= 1")

    def test_takes_the_number_that_a_browser_adds_for_a_later_try(self, tmp_path):
        name = f"{ONE}_4711_assignsubmission_file_"
        members = {
            f"{name}/week-1 (2).ipynb": from_colab(solved(tile_count="tile_count = 2")),
            f"{name}/week-1.ipynb": from_colab(solved(tile_count="tile_count = 0")),
            f"{name}/week-1 (1).ipynb": from_colab(solved(tile_count="tile_count = 1")),
        }
        collect(course(tmp_path / "c"), WEEK, [zipped(tmp_path / "m.zip", members)])
        assert sources(submitted(tmp_path / "c", "s1001"))["tile_count"].endswith("= 2")

    def test_passes_over_a_later_file_without_an_answer_and_says_so(self, tmp_path):
        name = f"{ONE}_4711_assignsubmission_file_"
        members = {
            f"{name}/a1.ipynb": from_colab(solved()),
            f"{name}/a2.ipynb": from_colab(made()),
            f"{name}/a3.ipynb": b"not a notebook",
            f"{name}/plot.png": b"\x89PNG",
        }
        done = collect(course(tmp_path / "c"), WEEK, [zipped(tmp_path / "m.zip", members)])
        assert sources(submitted(tmp_path / "c", "s1001"))["tile_count"] == sources(solved())["tile_count"]
        notes = [note for student, note in done.notes if student == "s1001"]
        assert any("handed in 4 files; 'a1.ipynb'" in note.text and note.look for note in notes)
        assert any("a3.ipynb could not be read" in note.text for note in notes)
        assert any("plot.png is no notebook; it is kept" in note.text for note in notes)
        assert len(list((tmp_path / "c/collected/week-1/s1001").iterdir())) == 4

    def test_gives_who_handed_in_nothing_readable_an_empty_notebook(self, tmp_path):
        deep = bytes(b"[ "[byte % 2] for byte in os.urandom(1_000_000))  # half a million; no bomb to unpack
        done = collect(course(tmp_path / "c"), WEEK, [moodle(tmp_path / "m.zip", {(ONE, "x.ipynb"): deep})])
        notebook = submitted(tmp_path / "c", "s1001")
        MetadataValidator().validate_nb(notebook)
        assert "could not be read" in notebook.cells[0].source
        assert any("x.ipynb could not be read: it is no notebook" in note.text for _, note in done.notes)

    def test_tells_whose_numbers_count_where_notebooks_are_exchanged(self, tmp_path):
        one = course(tmp_path / "c", variants=True)
        files = {(ONE, "x.ipynb"): from_colab(solved("s1002"))}
        done = collect(one, WEEK, [moodle(tmp_path / "m.zip", files)])
        assert any(
            who == "s1001" and "was made for s1002" in note.text and note.look for who, note in done.notes
        )

    def test_is_repaired_by_the_students_own_variant(self, tmp_path):
        one = course(tmp_path / "c", variants=True)
        collect(
            one, WEEK, [moodle(tmp_path / "m.zip", {(ONE, "x.ipynb"): from_colab(made(student="s1001"))})]
        )
        given = {cell.id: cell for cell in made(student="s1001").cells}
        for cell in submitted(tmp_path / "c", "s1001").cells:
            if "nbgrader" in cell.metadata:
                assert cell.metadata == given[cell.id].metadata


class TestCollectingAgain:
    def test_changes_nothing_if_nothing_is_new(self, tmp_path):
        one, archive = (
            course(tmp_path / "c"),
            moodle(tmp_path / "m.zip", {(ONE, "x.ipynb"): from_colab(solved())}),
        )
        collect(one, WEEK, [archive])
        path = tmp_path / "c/submitted/s1001/week-1/week-1.ipynb"
        path.write_text("mended by hand")
        before = rows(tmp_path / "c/collected/week-1/tries.csv")
        assert collect(one, WEEK, [archive]).students == ("s1001",)
        assert path.read_text() == "mended by hand"
        assert rows(tmp_path / "c/collected/week-1/tries.csv") == before

    def test_counts_a_later_try_and_says_so(self, tmp_path):
        one = course(tmp_path / "c")
        for number in (1, 2):
            notebook = from_colab(solved(tile_count=f"tile_count = {number}"))
            name = f"{ONE}_4711_assignsubmission_file_/x.ipynb"
            member = zipfile.ZipInfo(name, (2026, 1, number, 0, 0, 0))
            done = collect(one, WEEK, [zipped(tmp_path / f"{number}.zip", {member: notebook})])
        assert sources(submitted(tmp_path / "c", "s1001"))["tile_count"].endswith("= 2")
        assert any("has handed in something new" in note.text for _, note in done.notes)
        assert [row["counts"] for row in rows(tmp_path / "c/collected/week-1/tries.csv")] == ["", "counts"]

    def test_goes_on_where_it_was_interrupted(self, tmp_path, monkeypatch):
        one = course(tmp_path / "c")
        archive = moodle(
            tmp_path / "m.zip", {(name, "x.ipynb"): from_colab(solved()) for name in (ONE, FOUR)}
        )
        done = []

        def interrupted(*arguments):
            if done:
                raise KeyboardInterrupt
            done.append(True)
            return repair(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr("coronet_lib.course.collect.repair", interrupted)
            with pytest.raises(KeyboardInterrupt):
                collect(one, WEEK, [archive])
        assert (tmp_path / "c/submitted/s1001/week-1/week-1.ipynb").exists()
        finished = collect(one, WEEK)
        assert finished.students == ("s1001", "s1004")
        assert not any(note.look for _, note in finished.notes)

    def test_finds_a_student_who_was_not_on_the_list(self, tmp_path):
        archive = moodle(tmp_path / "m.zip", {("Ada Byron", "x.ipynb"): from_colab(solved())})
        done = collect(course(tmp_path / "c"), WEEK, [archive])
        assert done.students == ()
        (note,) = [note for who, note in done.notes if not who]
        assert "is nobody's on the list; add the student to students.csv" in note.text
        (kept,) = (tmp_path / "c/collected/week-1/unmatched").iterdir()
        assert kept.read_bytes() == from_colab(solved())
        later = course(tmp_path / "c", students=(*STUDENTS, Student("s1005", "Byron, Ada")))
        assert collect(later, WEEK).students == ("s1005",)
        assert not list((tmp_path / "c/collected/week-1/unmatched").iterdir())
        assert (tmp_path / "c/submitted/s1005/week-1/week-1.ipynb").exists()

    def test_takes_the_instructors_word_for_two_of_a_name(self, tmp_path):
        one = course(tmp_path / "c", students=(Student("a1", "Jane Doe"), Student("a2", "Jane Doe")))
        files = {(f"Jane Doe_{n}_assignsubmission_file/x.ipynb"): from_colab(solved()) for n in (8, 9)}
        done = collect(one, WEEK, [zipped(tmp_path / "m.zip", files)])
        assert done.students == ()
        assert sum("could be a1 or a2" in note.text for _, note in done.notes) == 2
        path = tmp_path / "c/collected/week-1/matches.csv"
        path.write_text(path.read_text().replace("_8,", "_8,a2").replace("_9,", "_9,a1"))
        assert collect(one, WEEK).students == ("a1", "a2")
        whose = {row["path"][9]: row["student"] for row in rows(path.with_name("tries.csv"))}
        assert whose == {"8": "a2", "9": "a1"}
        assert collect(one, WEEK).students == ("a1", "a2")

    def test_tells_two_of_a_name_apart_by_their_notebooks(self, tmp_path):
        pair = (Student("a11", "Jane Doe"), Student("a22", "Jane Doe"))
        one = course(tmp_path / "c", variants=True, students=pair)
        files = {f"Jane Doe_{n}_assignsubmission_file/x.ipynb": from_colab(solved(f"a{n}")) for n in (11, 22)}
        done = collect(one, WEEK, [zipped(tmp_path / "m.zip", files)])
        assert done.students == ("a11", "a22")
        assert sum("was found by the notebook" in note.text for _, note in done.notes) == 2

    def test_lets_the_instructor_correct_a_match(self, tmp_path):
        one = course(tmp_path / "c")
        collect(one, WEEK, [zipped(tmp_path / "m.zip", {"Bo Li.ipynb": from_colab(solved())})])
        path = tmp_path / "c/collected/week-1/matches.csv"
        path.write_text("handed in by,student\nBo Li.ipynb,s1003\n")
        assert collect(one, WEEK).students == ("s1003",)
        assert not list((tmp_path / "c/collected/week-1/s1004").iterdir())
        assert not list((tmp_path / "c/submitted").glob("s1004/*/*.ipynb"))

    @pytest.mark.parametrize("name", ["tries.csv", "matches.csv"])
    def test_refuses_a_table_that_lost_a_column(self, tmp_path, name):
        one = course(tmp_path / "c")
        (tmp_path / "c/collected/week-1").mkdir(parents=True)
        (tmp_path / "c/collected/week-1" / name).write_text("a\nb\n")
        with pytest.raises(ValueError, match=f"{name} is not as it was written"):
            collect(one, WEEK)

    def test_refuses_to_go_on_with_another_bank(self, tmp_path):
        """What students were asked is what is judged, or nothing is."""
        one, archive = (
            course(tmp_path / "c"),
            moodle(tmp_path / "m.zip", {(ONE, "x.ipynb"): from_colab(solved())}),
        )
        release(one, WEEK)

        @wraps(tile_count)
        def another(*draws):
            return replace(tile_count(*draws), text="How many?")

        changed = replace(WEEK, entries=(replace(TILES, build=another), ROWS, CLAIM))
        with pytest.raises(ValueError, match="go on with the version of the library that released it"):
            collect(one, changed, [archive])
        assert collect(one, WEEK).students == ("s1001",)

    def test_refuses_a_match_with_nobody(self, tmp_path):
        one = course(tmp_path / "c")
        (tmp_path / "c/collected/week-1").mkdir(parents=True)
        (tmp_path / "c/collected/week-1/matches.csv").write_text("handed in by,student\nx,s9\n")
        with pytest.raises(ValueError, match=r"matches\.csv names 's9', who is not in students\.csv"):
            collect(one, WEEK)


def link():
    info = zipfile.ZipInfo(f"{TWO}_4712_assignsubmission_file_/x.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


GOOD = f"{ONE}_4711_assignsubmission_file_/x.ipynb"
BAD = f"{THREE}_4713_assignsubmission_file_/x.ipynb"


class TestWhatIsNotTrusted:
    @pytest.mark.parametrize(
        ("member", "data", "why"),
        [
            (link(), b"/etc/passwd", "is a link or a device"),
            ("/etc/cron.d/x.ipynb", b"{}", "leads out of the archive's folder"),
            ("../../x.ipynb", b"{}", "leads out of the archive's folder"),
            ("..\\x.ipynb", b"{}", "leads out of the archive's folder"),
            ("C:\\x.ipynb", b"{}", "leads out of the archive's folder"),
            ("a/" * 60 + "x.ipynb", b"{}", "lies 60 folders deep"),
            (BAD, bytes(20 << 20), "would grow"),
        ],
        ids=["link", "absolute", "above", "above on Windows", "drive", "deep", "bomb"],
    )
    def test_is_refused_while_the_others_are_collected(self, tmp_path, member, data, why):
        archive = zipped(tmp_path / "m.zip", {member: data, GOOD: from_colab(solved())})
        done = collect(course(tmp_path / "c"), WEEK, [archive])
        assert "s1001" in done.students
        assert any(why in note.text and note.look for _, note in done.notes), done.notes
        assert not (tmp_path / "x.ipynb").exists()
        assert any(why in row["what"] for row in rows(tmp_path / "c/collected/week-1/report.csv"))

    def test_is_no_notebook_of_200_mb(self, tmp_path):
        one = course(tmp_path / "c")
        folder = tmp_path / "in"
        folder.mkdir()
        with open(folder / "s1003.ipynb", "wb") as file:
            file.truncate(200 << 20)
        (folder / "s1001.ipynb").write_bytes(from_colab(solved()))
        done = collect(one, WEEK, [folder])
        assert done.students == ("s1001", "s1003")
        assert any(who == "s1003" and "has 209,715,200 bytes" in note.text for who, note in done.notes)
        assert "has 209,715,200 bytes" in submitted(tmp_path / "c", "s1003").cells[0].source

    def test_is_not_taken_without_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(handed, "LARGEST_TOTAL", 30_000)
        members = {f"{name}_1_assignsubmission_file_/x.ipynb": os.urandom(20_000) for name in (ONE, FOUR)}
        done = collect(course(tmp_path / "c"), WEEK, [zipped(tmp_path / "m.zip", members)])
        assert any("brings the whole to 40,000 bytes" in note.text for _, note in done.notes)

    def test_is_an_archive_in_an_archive_once(self, tmp_path):
        deep = zipped(tmp_path / "3.zip", {"x.ipynb": from_colab(solved())}).read_bytes()
        inner = zipped(tmp_path / "2.zip", {"x.ipynb": from_colab(solved()), "3.zip": deep}).read_bytes()
        archive = zipped(tmp_path / "m.zip", {f"{ONE}_4711_assignsubmission_file_/mine.zip": inner})
        done = collect(course(tmp_path / "c"), WEEK, [archive])
        assert done.students == ("s1001",)
        assert "tile_count" in sources(submitted(tmp_path / "c", "s1001"))
        names = {path.name[9:] for path in (tmp_path / "c/collected/week-1/s1001").iterdir()}
        assert names == {"mine.zip", "x.ipynb", "3.zip"}

    @pytest.mark.parametrize("spoil", [lambda data: data[:-40], lambda data: b"PK" + bytes(500)])
    def test_is_a_broken_archive(self, tmp_path, spoil):
        broken = tmp_path / "broken.zip"
        broken.write_bytes(spoil(zipped(broken, {GOOD: from_colab(solved())}).read_bytes()))
        good = zipped(tmp_path / "good.zip", {GOOD: from_colab(solved())})
        done = collect(course(tmp_path / "c"), WEEK, [broken, good])
        assert done.students == ("s1001",)
        assert any("is no whole zip archive" in note.text for _, note in done.notes)

    def test_is_a_damaged_member(self, tmp_path):
        """A flipped byte in one student's file is that student's alone."""
        data = bytearray(
            zipped(tmp_path / "m.zip", {BAD: os.urandom(5000), GOOD: from_colab(solved())}).read_bytes()
        )
        data[2000] ^= 0xFF
        (tmp_path / "m.zip").write_bytes(data)
        done = collect(course(tmp_path / "c"), WEEK, [tmp_path / "m.zip"])
        assert done.students == ("s1001", "s1003")
        assert any(who == "s1003" and "cannot be read" in note.text for who, note in done.notes)

    def test_is_a_link_or_a_pipe_in_a_folder(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "secret.ipynb").write_text("{}")
        (tmp_path / "in/s1001.ipynb").symlink_to(tmp_path / "secret.ipynb")
        (tmp_path / "in/all").symlink_to(tmp_path)
        os.mkfifo(tmp_path / "in/s1003.ipynb")
        done = collect(course(tmp_path / "c"), WEEK, [tmp_path / "in"])
        assert sum("is a link or a device" in note.text for _, note in done.notes) == 3

    def test_is_a_name_that_a_spreadsheet_would_work_out(self, tmp_path):
        archive = zipped(tmp_path / "m.zip", {"=HYPERLINK(1).ipynb": from_colab(solved())})
        one = course(tmp_path / "c")
        collect(one, WEEK, [archive])
        tables = tmp_path / "c/collected/week-1"
        assert not any(
            cell.startswith("=")
            for path in tables.glob("*.csv")
            for row in rows(path)
            for cell in row.values()
        )
        path = tables / "matches.csv"
        path.write_text(path.read_text().replace(".ipynb,", ".ipynb,s1004"))
        assert collect(one, WEEK).students == ("s1004",)

    def test_is_not_what_the_system_leaves_behind(self, tmp_path):
        noise = {f"__MACOSX/{GOOD}": b"x", f"{ONE}_4711_assignsubmission_file_/.DS_Store": b"x"}
        archive = zipped(tmp_path / "m.zip", {**noise, GOOD: from_colab(solved())})
        assert collect(course(tmp_path / "c"), WEEK, [archive]).notes[0][1].text == "handed in nothing."


class TestTheCommands:
    def test_says_what_is_missing(self, tmp_path):
        with pytest.raises(ValueError, match=r"there is no .*nowhere\.zip"):
            collect(course(tmp_path / "c"), WEEK, [tmp_path / "nowhere.zip"])
        with pytest.raises(ValueError, match=r"has no students; list them in .*students\.csv"):
            collect(course(tmp_path / "c", students=()), WEEK, [])
        assert not (tmp_path / "c/collected").exists()

    def test_waits_for_nobody(self, tmp_path):
        one = course(tmp_path / "c")
        with writer(tmp_path / "c"), pytest.raises(ValueError, match="is being written by process"):
            collect(one, WEEK, [])

    def test_collect_and_repair(self, tmp_path):
        week = Assignment("week-1", tuple(choose(["2.1", "2.2"])))
        bio = make(tmp_path / "bio", [week], students=STUDENTS)
        notebook = from_colab(compose(week, Reader.SOLUTION, secret=bio.secret))
        archive = moodle(tmp_path / "m.zip", {(ONE, "x.ipynb"): notebook, ("Nobody", "y.ipynb"): notebook})
        for arguments in (["week-1", archive], [archive], []):
            done = coronet("course", "collect", *arguments, "--course", bio.path)
            assert done.returncode == 0, done.stderr
            assert "1 students have" not in done.stdout
            assert "1 student has a notebook to grade, 3 handed in nothing" in done.stdout
            assert "Look: " in done.stdout
        (tmp_path / "x.ipynb").write_bytes(notebook)
        done = coronet("course", "repair", tmp_path / "x.ipynb", "--course", bio.path)
        assert done.returncode == 0, done.stderr
        assert "with 2 answers" in done.stdout
        again = coronet("course", "repair", tmp_path / "x.ipynb", "--course", bio.path)
        assert "--overwrite" in again.stderr

    def test_repair_asks_whose_a_notebook_is_if_it_does_not_say(self, tmp_path):
        week = Assignment("week-1", tuple(choose(["2.1"])))
        bio = make(tmp_path / "bio", [week], variants=True, students=STUDENTS)
        notebook = compose(week, Reader.SOLUTION, secret=bio.secret, student="s1002")
        (tmp_path / "x.ipynb").write_bytes(from_colab(notebook))
        done = coronet("course", "repair", tmp_path / "x.ipynb", "--course", bio.path)
        assert "with 1 answer." in done.stdout
        (tmp_path / "y.ipynb").write_bytes(b'{"cells": []}')
        done = coronet("course", "repair", tmp_path / "y.ipynb", "--course", bio.path)
        assert done.returncode == 2
        assert "--student" in done.stderr
