"""Four notebooks from one source, what may not go out, and what a release writes."""

import base64
import copy
import zipfile

import nbformat
import pytest
from command import coronet
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import determine_grade
from small_course import ENTRIES, SECRET, STUDENTS, WEEK, course, made, solved, zipped

from coronet_lib.checks import form
from coronet_lib.course.bank import registered
from coronet_lib.course.folder import Assignment, make
from coronet_lib.course.leaks import Scanner
from coronet_lib.course.notebooks import Reader, compose, stamped, to_bytes
from coronet_lib.course.problem import generator
from coronet_lib.course.release import draft, release
from coronet_lib.course.scoring import score

TILES, ROWS, CLAIM = ENTRIES


def run(notebook):
    """What a notebook defines, run from top to bottom in plain Python."""
    space = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, space)
    return space


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


class TestTheFourNotebooks:
    @pytest.mark.parametrize("reader", Reader)
    def test_are_what_nbgrader_reads(self, reader):
        notebook = made(reader, "s1001")
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)

    @pytest.mark.parametrize("reader", Reader)
    def test_give_the_same_cells_the_same_points(self, reader):
        points = {
            one.id: one.metadata.nbgrader.points
            for one in made(reader).cells
            if one.metadata.get("nbgrader", {}).get("grade")
        }
        assert points == {
            "tile_count-points": 2,
            "doubled_rows-points": 3,
            "fair_claim-points": 1,
            "fair_claim-words": 2,
        }

    @pytest.mark.parametrize("student", ["", "s1001", "s1002"])
    def test_go_round(self, student):
        """The solution notebook, run and judged, gives every part of every problem its points."""
        answers = run(made(Reader.SOLUTION, student))
        for entry in ENTRIES:
            scores = score(entry.problem(SECRET, student), answers[entry.name])
            assert [one.passed for one in scores] == [True] * len(scores)

    def test_give_a_student_who_changes_nothing_no_points(self):
        answers = run(made())
        for entry in ENTRIES:
            assert not any(one.points for one in score(entry.problem(SECRET), answers[entry.name]))

    def test_show_the_student_what_to_do(self):
        notebook = made(student="s1001")
        text = "\n".join(one.source for one in notebook.cells)
        for said in ("## 99.1 Tiles", "5 minutes", "2 points", "hand in", "# Answer 99.1: tile_count"):
            assert said in text
        assert "<!-- Answer 99.3: fair_claim -->" in text
        assert stamped(to_bytes(notebook)) == "s1001"
        assert stamped(to_bytes(made())) == ""

    def test_install_the_library_as_the_book_does(self):
        chapter = nbformat.read("book/02_convolution.ipynb", as_version=4)
        (installs,) = [one for one in chapter.cells if "colab-install" in one.metadata.get("tags", ())]
        assert cell(made(), "colab-install").source == installs.source

    def test_tell_the_instructor_what_is_behind_a_problem(self):
        text = "\n".join(one.source for one in made(Reader.INSTRUCTOR).cells)
        problem = CLAIM.problem(SECRET)
        for said in (problem.note, problem.model_answer, problem.rubric[0].text, problem.wrong[0].code):
            assert said in text

    def test_check_the_form_and_no_more(self, capsys):
        space = run(solved(tile_count="tile_count = 1"))
        verdict = eval("form.number(tile_count)", {**space, "form": form})
        assert "The visible checks passed" in repr(verdict)

    def test_earn_nothing_by_nbgraders_own_grading(self):
        """nbgrader gives full points for a cell that ends in any object; the autograder's cells stop."""
        for entry in ENTRIES:
            points = cell(made(Reader.AUTOGRADER), f"{entry.name}-points")
            with pytest.raises(RuntimeError) as stop:
                exec(points.source, {})
            points.outputs = [nbformat.v4.new_output("error", ename="RuntimeError", evalue=str(stop.value))]
            assert determine_grade(points) == (0, entry.points)


class TestTheScanner:
    @pytest.fixture(scope="class")
    def scanner(self):
        return Scanner(WEEK, SECRET, ["s1001", "s1002", "s1003"])

    @pytest.mark.parametrize("student", ["s1001", "s1002"])
    def test_lets_a_students_notebook_pass(self, scanner, student):
        assert scanner.notebook(to_bytes(made(student=student)), student) == []

    @pytest.mark.parametrize(
        ("plant", "found"),
        [
            (TILES.problem(SECRET, "s1001").solution, "a line of the solution of 99.1"),
            ("    doubled   =  rows * 2", "a line of the solution of 99.2"),
            (TILES.problem(SECRET, "s1001").wrong[0].code, "a line of a known wrong answer of 99.1"),
            (ROWS.problem(SECRET).note, "a sentence of the note of 99.2"),
            (CLAIM.problem(SECRET).rubric[0].text, "a sentence of the rubric of 99.3"),
            (CLAIM.problem(SECRET).model_answer, "a sentence of the model answer of 99.3"),
            (f"key={SECRET}", "the course's secret"),
            (base64.b64encode(f"the secret is {SECRET}".encode()).decode(), "the course's secret"),
            (base64.b64encode(CLAIM.problem(SECRET).note.encode()).decode(), "the note of 99.3"),
            (TILES.problem(SECRET, "s1002").text, "a sentence of 99.1 as s1002 has it"),
            (ROWS.problem(SECRET, "s1003").setup, "a line of 99.2 as s1003 has it"),
            (TILES.problem(SECRET, "s1003").solution, "a line of the solution of 99.1 as s1003 has it"),
        ],
    )
    @pytest.mark.parametrize("place", ["text", "metadata", "output", "key", "attachment"])
    def test_finds_what_is_planted(self, scanner, plant, found, place):
        notebook = copy.deepcopy(made(student="s1001"))
        code, text = cell(notebook, "tile_count-points"), cell(notebook, "tile_count-text")
        if place == "text":
            text.source += f"\n\n{plant}"
        elif place == "metadata":
            code.metadata["hint"] = ["of no use", {"or": plant}]
        elif place == "output":
            code.outputs = [nbformat.v4.new_output("stream", text=plant)]
        elif place == "key":
            notebook.metadata[plant] = 1
        else:
            text["attachments"] = {"a.txt": {"text/plain": plant}}
        leaks = list(map(str, scanner.notebook(to_bytes(notebook), "s1001")))
        assert any(found in leak for leak in leaks), leaks

    @pytest.mark.parametrize(
        "printed", [str, lambda cases: str(cases.round(2).tolist()), lambda c: repr(c[1:])]
    )
    @pytest.mark.parametrize("whose", ["s1001", "s1002"])
    def test_finds_a_hidden_case(self, scanner, printed, whose):
        cases = generator(SECRET, "doubled_rows", whose, "hidden").normal(size=(3, 4))
        notebook = made(student="s1001")
        cell(notebook, "doubled_rows-text").source += f"\n{printed(cases)}"
        (leak,) = {leak.what for leak in scanner.notebook(to_bytes(notebook), "s1001")} - {
            "the checksum of another text"
        }
        assert leak.startswith("numbers of a hidden case of 99.2")

    @pytest.mark.parametrize(
        ("spoil", "found"),
        [
            (lambda cell: cell.metadata.update(tags=["x"]), "metadata 'tags'"),
            (lambda cell: cell.update(execution_count=3), "the mark of having been run"),
            (lambda cell: cell.update(source="1"), "the checksum of another text"),
            (lambda cell: cell.update(outputs=[nbformat.v4.new_output("stream", text="x")]), "outputs"),
        ],
    )
    def test_finds_what_no_students_notebook_has(self, scanner, spoil, found):
        notebook = made(student="s1001")
        spoil(cell(notebook, "tile_count"))
        assert found in {leak.what for leak in scanner.notebook(to_bytes(notebook), "s1001")}

    def test_looks_into_archives(self, scanner, tmp_path):
        note = CLAIM.problem(SECRET).note
        whose = {"a.ipynb": "s1001", f"{note}.ipynb": "s1002"}
        members = {"a.ipynb": made(student="s1001"), f"{note}.ipynb": made(student="s1003"), "key.txt": None}
        data = {name: to_bytes(notebook) if notebook else b"" for name, notebook in members.items()}
        with zipfile.ZipFile(zipped(tmp_path / "out.zip", data), "a") as archive:
            archive.comment = SECRET.encode()
        leaks = [str(leak) for leak in scanner.archive((tmp_path / "out.zip").read_bytes(), whose)]
        for where, what in (
            ("the archive's comment", "the course's secret"),
            ("the archive", "'key.txt', which is for nobody"),
            ("the name of 'Ask in class", "the note of 99.3"),
            (".ipynb: the notebook", "as s1003 has it"),
        ):
            assert any(where in leak and what in leak for leak in leaks), leaks

    def test_finds_everything_that_is_secret_of_the_bank(self):
        """Whatever the instructor sees and a student does not, of every problem."""
        everything = Assignment("all", tuple(registered()))
        scanner, found = Scanner(everything, SECRET), set()
        for reader in (Reader.SOLUTION, Reader.INSTRUCTOR):
            notebook = to_bytes(compose(everything, reader, secret=SECRET))
            found |= {leak.what for leak in scanner.notebook(notebook)}
        for entry in everything.entries:
            secret = ["a line of the solution", "a line of a known wrong answer", "a sentence of the note"]
            if entry.problem(SECRET).rubric:
                secret += ["a sentence of the rubric", "a sentence of the model answer"]
            assert {f"{what} of {entry.label}" for what in secret} <= found

    def test_lets_every_problem_of_the_bank_pass(self):
        """Nothing that a problem shows is what it, or another student's variant, keeps secret."""
        everything, students = Assignment("all", tuple(registered())), ["", "s1"]
        scanner = Scanner(everything, SECRET, students)
        for student in students:
            notebook = compose(everything, Reader.STUDENT, secret=SECRET, student=student)
            assert scanner.notebook(to_bytes(notebook), student) == []


class TestARelease:
    def test_gives_all_one_notebook(self, tmp_path):
        one = course(tmp_path)
        written = release(one, WEEK)
        notebook = tmp_path / "release/week-1/week-1.ipynb"
        assert notebook.read_bytes() == to_bytes(made())
        with zipfile.ZipFile(*written.archives) as archive:
            assert archive.namelist() == ["week-1.ipynb"]
            assert archive.read("week-1.ipynb") == notebook.read_bytes()
        assert (tmp_path / "solution/week-1/week-1.ipynb").read_bytes() == to_bytes(made(Reader.SOLUTION))

    def test_gives_each_an_own_one(self, tmp_path):
        written = release(course(tmp_path, variants=True), WEEK)
        assert written.notebooks == len(STUDENTS)
        texts = {(tmp_path / f"release/week-1/{one.id}/week-1.ipynb").read_bytes() for one in STUDENTS}
        assert len(texts) == len(STUDENTS)

    def test_is_the_same_twice(self, tmp_path):
        one = course(tmp_path, variants=True)
        first = [path.read_bytes() for path in release(one, WEEK).archives]
        assert [path.read_bytes() for path in release(one, WEEK, again=True).archives] == first

    def test_is_not_done_twice_unasked(self, tmp_path):
        release(course(tmp_path), WEEK)
        with pytest.raises(ValueError, match=r"week-1 is released already.*--again"):
            release(course(tmp_path), WEEK)

    def test_gives_who_joins_a_notebook_and_leaves_the_others(self, tmp_path):
        release(course(tmp_path, variants=True, students=STUDENTS[:2]), WEEK)
        before = (tmp_path / "release/week-1/s1001/week-1.ipynb").read_bytes()
        release(course(tmp_path, variants=True), WEEK, again=True)
        assert (tmp_path / "release/week-1/s1001/week-1.ipynb").read_bytes() == before
        assert (tmp_path / "release/week-1/s1004/week-1.ipynb").exists()

    def test_writes_nothing_if_something_leaks(self, tmp_path, monkeypatch):
        solution = to_bytes(made(Reader.SOLUTION))
        monkeypatch.setattr("coronet_lib.course.release._student", lambda *_: solution)
        with pytest.raises(ValueError, match=r"nothing was released, .* a line of the solution of 99\.1"):
            release(course(tmp_path), WEEK)
        assert not (tmp_path / "release").exists()

    def test_needs_students_for_variants(self, tmp_path):
        with pytest.raises(ValueError, match=r"lists no students in students\.csv"):
            release(course(tmp_path, variants=True, students=()), WEEK)

    def test_drafts_what_nbgrader_takes_the_points_from(self, tmp_path):
        draft(course(tmp_path), WEEK)
        source = nbformat.read(tmp_path / "source/week-1/week-1.ipynb", as_version=4)
        assert [one.id for one in source.cells] == [one.id for one in made(Reader.AUTOGRADER).cells]

    def test_is_given_back_by_moodle(self, tmp_path):
        (tmp_path / "grades.csv").write_text(
            "\ufeffKennung,Vollständiger Name,E-Mail\n"
            'Teilnehmer/in 4711,Zoë Ångström,zoe@example.org\n"Teilnehmer/in 4712",Jane Doe,\n'
            "Teilnehmer/in 4713,Somebody Else,else@example.org\n",
            encoding="utf-8",
        )
        written = release(course(tmp_path / "c", variants=True), WEEK, moodle=tmp_path / "grades.csv")
        with zipfile.ZipFile(written.archives[1]) as archive:
            assert {name: stamped(archive.read(name)) for name in archive.namelist()} == {
                "Zoë Ångström_4711_assignfeedback_file/week-1.ipynb": "s1001",
                "Doe, Jane_4712_assignfeedback_file/week-1.ipynb": "s1003",
            }
        assert written.without == ("s1002", "s1004")

    def test_is_given_back_by_canvas(self, tmp_path):
        handed_in = ("ångströmzoë_501_9001_hello.txt", "obrienconan_LATE_502_9002_x_1_2_y.txt", "readme.txt")
        zipped(tmp_path / "submissions.zip", dict.fromkeys(handed_in, b""))
        written = release(course(tmp_path / "c", variants=True), WEEK, canvas=tmp_path / "submissions.zip")
        with zipfile.ZipFile(written.archives[1]) as archive:
            assert {name: stamped(archive.read(name)) for name in archive.namelist()} == {
                "ångströmzoë_501_9001_week-1.ipynb": "s1001",
                "obrienconan_LATE_502_9002_week-1.ipynb": "s1002",
            }

    @pytest.mark.parametrize(
        ("option", "message"), [("moodle", "lists no student"), ("canvas", "is no whole zip archive")]
    )
    def test_says_what_a_platforms_list_lacks(self, tmp_path, option, message):
        (tmp_path / "list").write_text("Identifier,Full name\nParticipant 1,Nobody\n")
        with pytest.raises(ValueError, match=message):
            release(course(tmp_path / "c", variants=True), WEEK, **{option: tmp_path / "list"})

    def test_is_a_command(self, tmp_path):
        make(tmp_path / "bio", [Assignment("week-1", tuple(registered()[:2]))])
        done = coronet("course", "release", "--course", tmp_path / "bio")
        assert done.returncode == 0, done.stderr
        assert "1 notebook, in which nothing secret was found" in done.stdout
        assert "coronet course collect week-1 SUBMISSIONS" in done.stdout
        again = coronet("course", "release", "week-1", "--course", tmp_path / "bio")
        assert again.returncode == 1
        assert "--again" in again.stderr
