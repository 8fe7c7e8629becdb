"""The folder of a course, and the list of students."""

import json
import stat

import pytest
from command import coronet, writer

from coronet_lib.course import folder
from coronet_lib.course.bank import choose
from coronet_lib.course.folder import Assignment, Student, make, read, read_students

LIST = "id,name,email\ns1001,Zoë Ångström,zoe@example.org\ns1002,Bo Li,\n"


@pytest.fixture
def week():
    return Assignment("week-1", tuple(choose(["2.1", "2.2"])))


@pytest.fixture
def course(tmp_path, week):
    return make(tmp_path / "course", [week], students=[Student("s1001", "Zoë Ångström")])


class TestACourse:
    def test_is_read_as_it_was_made(self, course):
        assert read(course.path) == course

    def test_has_a_card_that_others_cannot_read(self, course):
        mode = (course.path / folder.CARD).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600

    def test_has_a_secret_of_its_own(self, course, tmp_path, week):
        assert make(tmp_path / "other", [week]).secret != course.secret

    def test_takes_more_assignments_and_keeps_its_secret(self, course):
        later = make(course.path, [Assignment("week-2", tuple(choose(["2.2"])))])
        assert [one.name for one in later.assignments] == ["week-1", "week-2"]
        assert (later.secret, later.students) == (course.secret, course.students)

    def test_finds_its_only_assignment_without_a_name(self, course):
        assert course.assignment().name == course.assignment("week-1").name == "week-1"

    def test_names_its_assignments_where_there_is_a_choice(self, course):
        later = make(course.path, [Assignment("week-2", tuple(choose(["2.2"])))])
        with pytest.raises(ValueError, match=r"which assignment\? .* has week-1, week-2"):
            later.assignment()
        with pytest.raises(ValueError, match=r"no assignment 'week-9'; .* has week-1, week-2"):
            later.assignment("week-9")

    def test_configures_nbgrader(self, course):
        said = (course.path / folder.CONFIG).read_text()
        assert "course_id = 'course'" in said


class TestMakingACourse:
    def test_refuses_an_assignment_that_is_there(self, course, week):
        with pytest.raises(ValueError, match="has an assignment week-1 already; choose another --name"):
            make(course.path, [week])

    def test_refuses_a_folder_of_something_else(self, tmp_path, week):
        (tmp_path / "thesis.docx").touch()
        with pytest.raises(ValueError, match="holds other things"):
            make(tmp_path, [week])
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]

    def test_refuses_variants_where_notebooks_may_be_out(self, course):
        with pytest.raises(ValueError, match="made without --variants"):
            make(course.path, [Assignment("week-2", tuple(choose(["2.2"])))], variants=True)

    @pytest.mark.parametrize("name", ["week 1", "../week", "a+b", "", "wöche"])
    def test_refuses_a_name_that_is_no_folders(self, tmp_path, name):
        with pytest.raises(ValueError, match="cannot be an assignment's name"):
            make(tmp_path / "course", [Assignment(name, tuple(choose(["2.1"])))])

    def test_waits_for_nobody(self, course):
        with writer(course.path), pytest.raises(ValueError, match="is being written by process"):
            make(course.path, [Assignment("week-2", tuple(choose(["2.2"])))])


class TestReadingACourse:
    def test_refuses_another_folder(self, tmp_path):
        with pytest.raises(ValueError, match=r"is not the folder of a course: it holds no course\.json"):
            read(tmp_path)

    def test_refuses_a_card_that_was_changed(self, course):
        path = course.path / folder.CARD
        card = json.loads(path.read_text()) | {"variants": True}
        path.write_text(json.dumps(card))
        with pytest.raises(ValueError, match="was changed after it was written"):
            read(course.path)

    def test_refuses_a_problem_that_has_left_the_bank(self, course, monkeypatch):
        monkeypatch.setattr(folder, "registered", list)
        with pytest.raises(ValueError, match="has a problem 'map_edges', which is not in this bank"):
            read(course.path)


class TestTheListOfStudents:
    @pytest.mark.parametrize(
        ("table", "students"),
        [
            (LIST, [("s1001", "Zoë Ångström", "zoe@example.org", ""), ("s1002", "Bo Li", "", "")]),
            ("name;id\nBo Li;s2\n\n", [("s2", "Bo Li", "", "")]),
            (
                "\ufeffFirst name,Last name,ID number,Email address\n"
                "Zoë,Ångström,s1,z@x.org\nBo,Li,,bo@x.org\n",
                [("s1", "Zoë Ångström", "z@x.org", ""), ("bo", "Bo Li", "bo@x.org", "")],
            ),
            (
                "Student,ID,SIS User ID,SIS Login ID,Section\n   Points Possible,,,,\n"
                '"Doe, Jane",501,A7,jd,one\n"Li, Bo",502,,bl,one\n',
                [("A7", "Doe, Jane", "", "501"), ("bl", "Li, Bo", "", "502")],
            ),
        ],
        ids=["ours", "a spreadsheet's", "Moodle's", "Canvas's"],
    )
    def test_is_read_in_many_forms(self, tmp_path, table, students):
        (tmp_path / "list.csv").write_text(table, encoding="utf-8")
        assert read_students(tmp_path / "list.csv") == tuple(Student(*one) for one in students)

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ("", "no list of students: .* it has none"),
            ("surname,mark\nLi,1\n", "wanted are columns id and name"),
            ("id,name\n../x,Bo\n", r"line 2: '\.\./x' cannot be the id of Bo"),
            ("id,name\nA1,Bo\na1,Zoë\n", "the id 'a1' is there twice"),
        ],
    )
    def test_is_refused_with_a_line(self, tmp_path, table, message):
        (tmp_path / "list.csv").write_text(table, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            read_students(tmp_path / "list.csv")

    def test_is_text_in_utf_8(self, tmp_path):
        (tmp_path / "list.csv").write_bytes("id,name\n1,Zoë".encode("latin-1"))
        with pytest.raises(ValueError, match="save it as “CSV UTF-8”"):
            read_students(tmp_path / "list.csv")


class TestTheCommand:
    def test_makes_an_assignment_a_chapter(self, tmp_path):
        (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
        done = coronet(
            "course", "new", tmp_path / "bio", "--chapters=2", f"--students={tmp_path / 'list.csv'}"
        )
        assert done.returncode == 0, done.stderr
        assert "lists 2 students" in done.stdout
        assert (tmp_path / "bio/source/chapter-02/chapter-02.ipynb").exists()
        assert (tmp_path / "bio/instructor/chapter-02.ipynb").exists()
        assert [one.name for one in read(tmp_path / "bio").assignments] == ["chapter-02"]

    def test_makes_one_assignment_of_exercises(self, tmp_path):
        done = coronet("course", "new", tmp_path / "bio", "--exercises=2.2,2.1", "--name=week-1")
        assert done.returncode == 0, done.stderr
        (week,) = read(tmp_path / "bio").assignments
        assert [entry.label for entry in week.entries] == ["2.1", "2.2"]

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            ([], 2, "say --chapters or --exercises"),
            (["--chapters=99"], 1, "the bank has no '99'"),
            (["--exercises=2.1", "--name=a/b"], 1, "cannot be an assignment's name"),
        ],
    )
    def test_says_what_is_wrong(self, tmp_path, options, code, message):
        done = coronet("course", "new", tmp_path / "bio", *options)
        assert done.returncode == code
        assert message in done.stderr
        assert not (tmp_path / "bio").exists()

    def test_says_that_the_bank_is_in_the_repository(self, tmp_path, monkeypatch):
        monkeypatch.setattr("coronet_lib.cli.course.find_spec", lambda name: None)
        done = coronet("course", "new", tmp_path / "bio", "--chapters=2")
        assert done.returncode == 1
        assert "clone the book's repository" in done.stderr

    def test_says_what_to_install(self, tmp_path, monkeypatch):
        monkeypatch.setattr("coronet_lib.cli.course.find_spec", lambda name: name != "nbgrader" or None)
        done = coronet("course", "new", tmp_path / "bio", "--chapters=2")
        assert "pip install 'coronet-lib[instructor]'" in done.stderr

    @pytest.mark.parametrize("command", ["new", "release", "collect", "repair"])
    def test_has_help_with_an_example(self, command):
        assert "Example" in coronet("course", command, "--help").stdout
