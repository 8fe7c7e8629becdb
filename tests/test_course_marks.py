"""From what a class hands in to marks: everyone gets exactly the points that they should, and keeps them."""

import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import nbformat
import pytest
from command import coronet
from markupsafe import escape
from submissions import WORDS, moodle_zip, students, submissions

from coronet_lib.course import (
    alike,
    feedback,
    folder,
    grade,
    gradebook,
    notebooks,
    overview,
    problem,
    reading,
)
from coronet_lib.course.bank import registered
from coronet_lib.course.judge import Judged
from coronet_lib.course.sandbox import Trusted, find
from coronet_lib.course.scoring import Score

SIZE = int(os.environ.get("CORONET_SUBMISSIONS", "10"))
"""Of the class: among 10 is every known wrong answer, among 60 each of them alone, too."""

NAME = "week-1"
UNREADABLE = ("not a notebook", "no cells", "nothing")


def eight_problems():
    """Two with answers in words, if the bank has them, and six others."""
    words = sorted(registered(), key=lambda entry: not entry.problem("").rubric)
    return tuple(sorted(words[:2] + words[-6:], key=lambda entry: (entry.chapter, entry.number)))


@pytest.fixture(scope="module")
def class_(tmp_path_factory):
    """A course whose work was collected and graded, and what all handed in but the last on the list."""
    path = tmp_path_factory.mktemp("courses") / "bio101"
    listed = students(SIZE + 1)
    course = folder.make(path, [folder.Assignment(NAME, eight_problems())], variants=True, students=listed)
    handed_in = submissions(course, course.assignment(), listed[:-1])
    moodle_zip(path.with_suffix(".zip"), handed_in)
    call("collect", NAME, path.with_suffix(".zip"), "--course", path)
    call("grade", NAME, "--course", path, "--jobs", 2, *trust())
    return path, handed_in


def trust():
    """What to say where no sandbox works, as in many a container."""
    try:
        find()
    except ValueError:
        return ["--trust-students"]
    return []


@pytest.fixture
def course(class_, tmp_path):
    """A copy of the graded course, to do with as a test likes."""
    shutil.copytree(class_[0], tmp_path / "bio101")
    return folder.read(tmp_path / "bio101")


@pytest.fixture
def handed_in(class_):
    return class_[1]


def call(*arguments):
    """What the command says when it succeeds."""
    done = coronet("course", *arguments)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    return done.stdout


def refused(*arguments, code=1):
    """What the command says when it fails: one line."""
    done = coronet("course", *arguments)
    assert done.returncode == code
    (line,) = [one for one in done.stderr.splitlines() if "Error:" in one]
    return line


def nbgrader(course, *arguments):
    """One of its commands, in a process of its own, as a browser's event loop may run in this one."""
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course.path, capture_output=True, text=True
    )


def marks(course):
    return gradebook.marks(course, course.assignment())


def found_grade(book, cell, student):
    return book.find_grade(cell, NAME, NAME, student)


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestPoints:
    def test_are_exactly_those_that_everyone_should_get(self, course, handed_in):
        got = marks(course)
        assert {
            one.student.id: (one.kind, {name: mark.points for name, mark in got[one.student.id].code.items()})
            for one in handed_in
        } == {one.student.id: (one.kind, one.points) for one in handed_in}

    def test_stand_in_nbgraders_own_export(self, course, handed_in):
        done = nbgrader(course, "export")
        assert done.returncode == 0, done.stderr
        table, got = {row["student_id"]: row for row in rows(course.path / "grades.csv")}, marks(course)
        for one in handed_in:
            assert float(table[one.student.id]["score"]) == sum(one.points.values())
            assert float(table[one.student.id]["max_score"]) == got[one.student.id].maximum

    def test_come_with_the_judges_words(self, course, handed_in):
        with gradebook.opened(course) as book:
            for entry in course.assignment().entries:
                comment = book.find_comment(entry.name, NAME, NAME, handed_in[0].student.id).comment
                assert comment.count("\n") + 1 == len(entry.problem(course.secret).parts)

    def test_of_words_wait_for_a_person_where_there_are_any(self, course, handed_in):
        got = marks(course)
        for one in handed_in:
            waiting = {name for name, mark in got[one.student.id].words.items() if mark.unread}
            assert waiting == (got[one.student.id].words.keys() if one.words else set()), one.kind

    def test_are_the_same_twice(self, course, handed_in):
        cards = {path: path.read_bytes() for path in course.path.glob("judged/*/*.json")}
        (course.path / f"judged/{NAME}/{handed_in[4].student.id}.json").unlink()
        assert grade.grade(course, course.assignment(), Trusted(), progress=False) == (len(handed_in), 1)
        assert {path: path.read_bytes() for path in cards} == cards


class TestAPerson:
    def gives(self, course, cell, student, points, comment=None):
        with gradebook.opened(course) as book:
            given = found_grade(book, cell, student)
            given.manual_score, given.needs_manual_grade = points, False
            if comment:
                book.find_comment(cell, NAME, NAME, student).manual_comment = comment
            book.db.commit()

    def words(self, course):
        return next(
            notebooks.words_id(entry) for entry in course.assignment().entries if entry.problem("").rubric
        )

    def test_has_the_last_word(self, course, handed_in):
        student, name = handed_in[1].student.id, course.assignment().entries[0].name
        self.gives(course, f"{name}-points", student, 0.5)
        self.gives(course, self.words(course), student, 1.5, "Well said.")
        call("grade", NAME, "--course", course.path, "--trust-students")
        got = marks(course)[student]
        assert (got.code[name].points, got.code[name].by_hand, got.code[name].unread) == (0.5, True, False)
        words = got.words[self.words(course).removesuffix("-words")]
        assert (words.points, words.comment, words.unread) == (1.5, "Well said.", False)

    def test_is_called_back_by_another_answer(self, course, handed_in, same_judge):
        student = handed_in[0].student.id
        cell = self.words(course)
        self.gives(course, cell, student, 1.5)
        path = course.path / f"submitted/{student}/{NAME}/{NAME}.ipynb"
        path.write_text(path.read_text().replace("It depends", "Nothing depends"))
        grade.grade(course, course.assignment(), Trusted(), progress=False)
        with gradebook.opened(course) as book:
            given = found_grade(book, cell, student)
            assert (given.manual_score, given.needs_manual_grade) == (1.5, True)

    def test_reads_what_was_written_and_runs_none_of_it(self, course, handed_in):
        """formgrader's page is of the instructor's own server."""
        from nbconvert.exporters import HTMLExporter
        from nbgrader.server_extensions.formgrader import handlers

        exporter = HTMLExporter(template_name="formgrade", extra_template_basedirs=[handlers.template_path])
        student = handed_in[0].student.id
        path = reading.shown(course, course.assignment(), student)
        nbformat.validate(nbformat.read(path, as_version=4))
        html, _ = exporter.from_filename(str(path), resources={"index": 0, "total": 1, "base_url": ""})
        assert "It depends on who was tested." in html
        assert "<script>alert" not in html
        assert 'href="javascript:' not in html
        for entry in course.assignment().entries:
            assert f'id="{entry.name}-points"' in html
        assert WORDS not in html


@pytest.fixture
def same_judge(monkeypatch):
    """A judge without a sandbox: full points to everyone; a list of whom it judged."""
    judged = []

    def judge(notebook, entries, *, secret, student, sandbox, limits):
        judged.append(notebook.parent.parent.name)
        return Judged({e.name: [Score("all", e.points, e.points, "right.")] for e in entries}, [])

    monkeypatch.setattr(grade, "judge", judge)
    return judged


class TestGrading:
    def test_goes_on_where_it_was_interrupted(self, course, handed_in, same_judge, monkeypatch):
        shutil.rmtree(course.path / "judged")
        judge = grade.judge

        def interrupted(*arguments, **settings):
            if len(same_judge) == 4:
                raise KeyboardInterrupt
            return judge(*arguments, **settings)

        monkeypatch.setattr(grade, "judge", interrupted)
        assert "interrupted; what was judged is kept" in refused(
            "grade", NAME, "--course", course.path, "--trust-students"
        )
        monkeypatch.setattr(grade, "judge", judge)
        call("grade", NAME, "--course", course.path, "--trust-students")
        assert sorted(same_judge) == sorted(one.student.id for one in handed_in)

    def test_stops_where_judge_or_bank_fail(self, course, handed_in, same_judge, monkeypatch):
        shutil.rmtree(course.path / "judged")
        judge, before = grade.judge, marks(course)

        def broken(*arguments, **settings):
            if len(same_judge) == 4:
                raise ZeroDivisionError("in a part of the bank")
            return judge(*arguments, **settings)

        monkeypatch.setattr(grade, "judge", broken)
        line = refused("grade", NAME, "--course", course.path, "--trust-students", code=3)
        assert f"submitted/{handed_in[4].student.id}/{NAME}/{NAME}.ipynb" in line
        assert "the judge or the bank stops with ZeroDivisionError (in a part of the bank)" in line
        assert len(list(course.path.glob("judged/*/*.json"))) == 4
        assert marks(course) == before

    def test_judges_again_what_is_another(self, course, handed_in, same_judge, monkeypatch):
        again = handed_in[2].student.id
        path = course.path / f"submitted/{again}/{NAME}/{NAME}.ipynb"
        path.write_text(path.read_text() + " ")
        spoiled = handed_in[3].student.id
        card = course.path / f"judged/{NAME}/{spoiled}.json"
        card.write_text(card.read_text().replace('"points": ', '"points": 1'))
        grade.grade(course, course.assignment(), Trusted(), progress=False)
        assert same_judge == [again, spoiled]
        monkeypatch.setattr(grade, "_library", lambda: "another")
        grade.grade(course, course.assignment(), Trusted(), progress=False)
        assert len(same_judge) == 2 + len(handed_in)

    def test_names_who_is_not_on_the_list(self, course):
        (course.path / "students.csv").write_text("id,name\ns1000,Ada Lovelace\n")
        assert "s1001, s1002" in refused("grade", NAME, "--course", course.path, "--trust-students")

    def test_wants_something_to_grade(self, course):
        shutil.rmtree(course.path / "submitted")
        line = refused("grade", NAME, "--course", course.path, "--trust-students")
        assert "`coronet course collect` brings it in" in line

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda path: path.write_bytes(b"no database" * 999), "file is not a database"),
            (lambda path: path.write_bytes(path.read_bytes()[:5000]), "malformed"),
            (lambda path: _of_version(path, "0123456789ab"), "`nbgrader db upgrade`"),
        ],
        ids=["other file", "half", "other version"],
    )
    def test_refuses_what_is_no_gradebook_of_this_version(self, course, spoil, said):
        spoil(course.path / gradebook.FILE)
        before = (course.path / gradebook.FILE).read_bytes()
        for command in ("grade", "feedback", "export", "overview"):
            extra = ["--trust-students"] * (command == "grade")
            line = refused(command, NAME, "--course", course.path, *extra)
            assert str(course.path / gradebook.FILE) in line
            assert said in line
        assert (course.path / gradebook.FILE).read_bytes() == before


def test_nbgraders_own_autograde_is_refused(course, handed_in):
    """It would run students' code as the instructor, and give points for what it prints."""
    before = marks(course)
    done = nbgrader(course, "autograde", NAME, "--student", handed_in[0].student.id, "--force")
    assert done.returncode != 0
    assert "coronet course grade" in done.stderr
    assert marks(course) == before


OWN = """
from coronet_lib.course.bank.chapter_02 import window_sums
from coronet_lib.course.problem import Kind, problem

@problem(2, 51, title="Mine", kind=Kind.FUNCTION, minutes=5, points=4, read="02_convolution.html#recap")
def my_own_sums(draw, hidden):
    return window_sums(draw, hidden)
"""


def test_an_instructor_has_problems_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(problem, "_REGISTERED", dict(problem._REGISTERED))  # not for the tests after this one
    own = tmp_path / "own.py"
    own.write_text(OWN)
    call("new", tmp_path / "course", "--exercises", "2.1,2.51", "--bank", own)
    own.unlink()
    course = folder.read(tmp_path / "course")
    assert [entry.name for entry in course.assignment().entries] == ["map_edges", "my_own_sums"]
    (tmp_path / "broken.py").write_text("def")
    line = refused("new", tmp_path / "other", "--chapters", "2", "--bank", tmp_path / "broken.py")
    assert "broken.py cannot be used as a bank: SyntaxError" in line


def _of_version(path, version):
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [version])


@pytest.mark.parametrize("command", ["feedback", "export", "overview"])
def test_nothing_comes_of_what_is_not_graded(course, command):
    (course.path / gradebook.FILE).unlink()
    line = refused(command, NAME, "--course", course.path)
    assert "is graded yet; begin with `coronet course grade`" in line
    assert not (course.path / gradebook.FILE).exists()


class TestFeedback:
    @pytest.fixture
    def pages(self, course):
        call("feedback", NAME, "--course", course.path)
        return {
            path.parent.parent.name: path.read_text()
            for path in course.path.glob(f"feedback/*/{NAME}/{NAME}.html")
        }

    def test_goes_to_all_who_handed_in(self, pages, handed_in):
        assert pages.keys() == {one.student.id for one in handed_in}

    def test_says_what_was_said_and_loads_nothing(self, course, pages, handed_in):
        for one, judged in zip(
            handed_in, grade.results(course, course.assignment(), pages).values(), strict=True
        ):
            page = pages[one.student.id]
            assert one.student.name.replace("'", "&#39;") in page
            assert f"{sum(one.points.values())} of " in page
            for score in (score for scores in judged.scores.values() for score in scores):
                assert str(escape(score.about)) in page
            assert not re.search(r"<(script|link|img|iframe)|url\(|src=", page)

    def test_tells_no_hidden_case_and_nobody_elses(self, course, pages, handed_in):
        others = {one.student.name for one in handed_in}
        for one in handed_in:
            assert course.secret not in pages[one.student.id]
            assert not [name for name in others - {one.student.name} if name in pages[one.student.id]]

    def test_escapes_whatever_is_said(self, course, handed_in):
        student, name = handed_in[0].student.id, course.assignment().entries[0].name
        TestAPerson().gives(course, f"{name}-points", student, 1)
        with gradebook.opened(course) as book:
            book.find_comment(name, NAME, NAME, student).manual_comment = "a < b & <script>alert(2)</script>"
            book.db.commit()
        feedback.write(course, course.assignment())
        page = feedback.path_of(course, course.assignment(), student).read_text()
        assert "a &lt; b &amp; &lt;script&gt;alert(2)" in page
        assert "A person has looked at your code and gives 1 of" in page

    def test_says_what_could_not_be_read(self, pages, handed_in):
        unreadable = {one.student.id for one in handed_in if one.kind in UNREADABLE}
        assert unreadable == {
            s for s, page in pages.items() if "What was handed in could not be read" in page
        }

    def test_goes_back_through_moodle(self, course, handed_in, tmp_path):
        worksheet = tmp_path / "grades.csv"
        worksheet.write_text(
            "Identifier,Full name,Email address,Grade\n"
            + "".join(f"Participant {n},{s.name},{s.email},\n" for n, s in enumerate(course.students, 40000))
        )
        call("feedback", NAME, "--course", course.path, "--moodle", worksheet)
        with zipfile.ZipFile(course.path / f"feedback/{NAME}-moodle.zip") as archive:
            assert len(archive.namelist()) == len(handed_in)
            ours = archive.read(f"Ada Lovelace_40000_assignfeedback_file/{NAME}.html").decode()
        assert "Feedback for Ada Lovelace" in ours

    def test_links_to_the_book_where_it_is_known(self, course):
        entry = course.assignment().entries[0]
        read = feedback.place(entry, "https://example.org/coronet/")
        assert read.link == f"https://example.org/coronet/book/{entry.read}"
        assert feedback.place(entry).link == ""

    def test_knows_every_section_that_a_problem_is_read_up_in(self):
        assert [entry.label for entry in registered() if "“" not in feedback.place(entry).text] == []


class TestExport:
    def export(self, course, platform):
        call("export", NAME, "--course", course.path, "--to", platform)
        return rows(course.path / f"{NAME}-{platform}.csv")

    def test_for_moodle_has_ids_and_addresses(self, course, handed_in):
        table = self.export(course, "moodle")
        assert list(table[0]) == ["ID number", "Full name", "Email address", NAME]
        assert [float(row[NAME]) for row in table[:-1]] == [sum(one.points.values()) for one in handed_in]
        assert [row["Email address"] for row in table] == [student.email for student in course.students]

    def test_for_canvas_says_how_many_points_there_are(self, course, handed_in):
        possible, *table = self.export(course, "canvas")
        assert possible["Student"].strip() == "Points Possible"
        assert float(possible[NAME]) == marks(course)[handed_in[0].student.id].maximum
        assert [row["ID"] for row in table] == [student.canvas for student in course.students]

    def test_of_all_has_a_column_a_problem(self, course, handed_in):
        table = self.export(course, "csv")
        for row, one in zip(table[:-1], handed_in, strict=True):
            assert {name: float(row[name]) for name in one.points} == one.points

    @pytest.mark.parametrize("platform", ["moodle", "canvas", "csv"])
    def test_leaves_who_did_not_hand_in_without_points(self, course, platform):
        last = self.export(course, platform)[-1]
        assert last.get("points", last.get(NAME)) == ""

    def test_makes_formulas_harmless(self, course):
        listed = (course.path / "students.csv").read_text()
        (course.path / "students.csv").write_text(listed.replace("Ada Lovelace", '"=HYPERLINK(""x"")"'))
        for platform in ("moodle", "canvas", "csv"):
            assert '\'=HYPERLINK("x")' in self.export(course, platform)[platform == "canvas"].values()


class TestOverview:
    @pytest.fixture
    def page(self, course):
        call("overview", NAME, "--course", course.path)
        return (course.path / f"overview/{NAME}.html").read_text()

    def answers(self, course, handed_in):
        return {one: reading.answers(course, course.assignment(), one) for one in marks(course)}

    def test_counts_who_was_told_what(self, course, handed_in):
        results = grade.results(course, course.assignment(), marks(course))
        answered = self.answers(course, handed_in)
        found = {
            one.entry.name: dict(one.said)
            for one in overview.misconceptions(course.assignment(), results, answered)
        }
        for name, said in found.items():
            assert said
            for message, count in said.items():
                told = [
                    s for s, one in results.items() if message in {part.message for part in one.scores[name]}
                ]
                assert count == len([student for student in told if name in answered[student]])
        assert "not written yet" not in str(found)

    def test_says_how_many_have_how_much(self, course, page, handed_in):
        assert f"{len(handed_in)} of {len(handed_in) + 1} students have handed in" in page
        points = [one.points for one in marks(course).values()]
        maximum = next(iter(marks(course).values())).maximum
        assert sum(bin_.count for bin_ in overview.bins(points, maximum)) == len(handed_in)
        assert overview.bins([maximum], maximum)[0].count == 1

    def test_begins_with_the_hardest(self, course, handed_in):
        rows = overview.rows(course.assignment(), marks(course), self.answers(course, handed_in))
        shares = [row.mean / row.maximum for row in rows]
        assert shares == sorted(shares)
        for row in rows:
            if not row.words:
                got = [one.points[row.entry.name] for one in handed_in]
                assert row.mean == pytest.approx(sum(got) / len(got))
                assert row.full == got.count(row.entry.points)
                empty = [one for one in handed_in if one.kind in ("empty", *UNREADABLE)]
                assert row.empty == len(empty)

    def test_names_pairs_with_a_caution(self, course, monkeypatch):
        monkeypatch.setattr(alike, "pairs", lambda *_, **__: [])
        assert "No two submissions stand out." in overview.write(course, course.assignment()).read_text()
        first, second, *_ = course.students
        pair = alike.Pair(first.id, second.id, (course.assignment().entries[0].name,), 70, 0.93)
        monkeypatch.setattr(alike, "pairs", lambda *_, **__: [pair])
        page = overview.write(course, course.assignment()).read_text()
        assert "Alike is not copied." in page
        assert "Ada Lovelace (s1000) and José Núñez (s1001)" in page
        assert "93 %" in page


@pytest.mark.browser
def test_pages_fit_a_phone(course, handed_in, browser):
    feedback.write(course, course.assignment())
    overview.write(course, course.assignment())
    for path in (
        feedback.path_of(course, course.assignment(), handed_in[4].student.id),
        course.path / f"overview/{NAME}.html",
    ):
        page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 28, 35)"
        page.close()


class TestAlike:
    MINE = """
def window_sums(image):
    total = np.zeros(image.shape)
    for row in range(image.shape[0] - 2):
        for column in range(image.shape[1] - 2):
            total[row, column] = image[row : row + 3, column : column + 3].sum()
    return total[: image.shape[0] - 2, : image.shape[1] - 2]
"""
    YOURS = MINE.replace("total", "s").replace("row", "i").replace("column", "j")
    OTHER = """
def window_sums(image):
    padded = np.pad(image.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    lower, upper = padded[3:], padded[:-3]
    right = lower[:, 3:] - upper[:, 3:]
    left = lower[:, :-3] - upper[:, :-3]
    return right - left if image.size else image
"""
    GIVEN = "def window_sums(image):\n    raise NotImplementedError"

    def shares(self, common=3, prose=(), **answers):
        found = alike.pairs(
            {student: {"window_sums": code} for student, code in answers.items()},
            {"window_sums": self.GIVEN},
            prose=prose,
            common=common,
        )
        return {pair.first + pair.second: pair.share for pair in found}

    def test_names_of_variables_hide_nothing(self):
        assert self.shares(a=self.MINE, b=self.YOURS)["ab"] == 1

    def test_another_way_is_not_alike(self):
        assert self.shares(a=self.MINE, b=self.OTHER)["ab"] < 0.5

    def test_what_was_handed_out_does_not_count(self):
        given = f"{self.GIVEN}\n" * 30
        assert self.shares(a=given, b=given) == {}

    def test_what_many_have_does_not_count(self):
        many = dict.fromkeys("abcd", self.MINE)
        assert self.shares(**many, common=3) == {}
        assert len(self.shares(**many, common=4)) == 6

    def test_words_are_compared_as_they_are(self):
        one, other = "The claim rests on " + "one split " * 40, "Nobody could say " + "who was tested " * 40
        assert self.shares(a=one, b=one, prose={"window_sums"})["ab"] == 1
        assert self.shares(a=one, b=other, prose={"window_sums"})["ab"] < 0.2
