"""``coronet course``: assign problems, collect what students hand in, grade it and give it back."""

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from coronet_lib.cli.options import Overwrite, fail, out_console
from coronet_lib.text import plain

app = typer.Typer(help="Teach with the book: assign, collect, grade, give back.", no_args_is_help=True)

Course = Annotated[Path, typer.Option(help="The course's folder.", show_default="this folder")]
Assignment = Annotated[
    str | None, typer.Argument(help="By name; may be left out if the course has one.", show_default=False)
]


def library(course=None):
    """The course in a folder; or a line on what is missing of what courses need."""
    if not find_spec("coronet_lib.course.bank"):
        raise ValueError(
            "the bank of problems is not in the package that students install; "
            "clone the book's repository and call the command there"
        )
    if not find_spec("nbgrader"):
        raise ValueError("nbgrader is missing; pip install 'coronet-lib[instructor]'")
    from coronet_lib.course import folder

    return course and folder.read(course)


@app.command(
    "new",
    epilog="Examples: coronet course new bio101 --chapters 2,3,4 --variants --students participants.csv | "
    "coronet course new bio101 --exercises 2.3,4.1 --name week-1",
)
def course_new(
    folder: Annotated[
        Path, typer.Argument(help="Folder to make, or a course to add to.", show_default=False)
    ],
    chapters: Annotated[
        str | None, typer.Option(help="An assignment each, as 2,3,4.", show_default=False)
    ] = None,
    exercises: Annotated[
        str | None, typer.Option(help="Of the bank, in one assignment, as 2.3,4.1.", show_default=False)
    ] = None,
    name: Annotated[str, typer.Option(help="Of the assignment of --exercises.")] = "assignment-1",
    variants: Annotated[
        bool, typer.Option("--variants", help="Give each student a notebook with numbers of their own.")
    ] = False,
    students: Annotated[
        Path | None,
        typer.Option(help="CSV with id and name, or a list from Moodle or Canvas.", show_default=False),
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option("--bank", help="Python file with problems of your own.", show_default=False),
    ] = None,
):
    """Make the folder of a course, with assignments from the bank; or add assignments to one."""
    library()
    from coronet_lib.course import bank, release
    from coronet_lib.course import folder as courses

    if (chapters is None) == (exercises is None):
        raise typer.BadParameter("say --chapters or --exercises")
    if own:
        bank.add(own)
    if chapters is not None:
        assignments = courses.by_chapter(_listed(chapters))
    else:
        assignments = [courses.Assignment(name, tuple(bank.choose(_listed(exercises))))]
    course = courses.make(
        folder,
        assignments,
        variants=variants,
        students=courses.read_students(students) if students else (),
        bank=own,
    )
    for one in assignments:
        release.draft(course, one)
        _say(f"{one.name}: {len(one.entries)} problems, {one.minutes} minutes")
    _say(f"{folder / 'students.csv'} lists {len(course.students)} students.")
    _say(f"Read {folder / 'instructor'}, and then: ", "release", folder, assignments[0].name)


def _listed(text):
    return [one.strip() for one in text.split(",") if one.strip()]


@app.command(
    "release",
    epilog="Examples: coronet course release week-1 | coronet course release week-1 --moodle grades.csv",
)
def course_release(
    assignment: Assignment = None,
    course: Course = Path(),
    moodle: Annotated[
        Path | None,
        typer.Option(
            help="Moodle's grading worksheet, for an archive that gives each student their notebook as a "
            "feedback file.",
            show_default=False,
        ),
    ] = None,
    canvas: Annotated[
        Path | None,
        typer.Option(
            help="Submissions that Canvas handed out, for an archive that it takes back, the same.",
            show_default=False,
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Once more, for students who came later; others' stay the same.")
    ] = False,
):
    """Write the students' notebooks, and archives for Moodle or Canvas; nothing secret is in them."""
    found = library(course)
    from coronet_lib.course import release

    assignment = found.assignment(assignment)
    written = release.release(found, assignment, again=again, moodle=moodle, canvas=canvas)
    notebooks = "1 notebook" if written.notebooks == 1 else f"{written.notebooks} notebooks"
    _say(f"{assignment.name}: {notebooks}, in which nothing secret was found.")
    for archive in written.archives:
        _say(f"Wrote {archive}.")
    if written.without:
        _say(f"Not in the platform's archive, for it does not list them: {', '.join(written.without)}.")
    if not found.variants:
        _say(
            "It opens in Colab with one click if you put it into a public repository on GitHub: "
            "https://colab.research.google.com/github/OWNER/NAME/blob/main/" + f"{assignment.name}.ipynb"
        )
    _say("When students have handed in: ", "collect", course, assignment.name, "SUBMISSIONS")


@app.command(
    "collect",
    epilog="Examples: coronet course collect moodle.zip | "
    "coronet course collect week-1 submissions.zip late/ --course bio101",
)
def course_collect(
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The assignment's name, if there are several; and what was handed in: Moodle's and Canvas's "
            "archives, folders, notebooks. Without any, what was collected is gone through again.",
            metavar="[ASSIGNMENT] [SUBMISSIONS]...",
            show_default=False,
        ),
    ] = None,
    course: Course = Path(),
):
    """Take in what students handed in: keep all of it, find the answers, list what is not clear."""
    found = library(course)
    from coronet_lib.course import collect

    given = submissions or []
    named = given and str(given[0]) in {one.name for one in found.assignments}
    assignment = found.assignment(str(given[0]) if named else None)
    done = collect.collect(found, assignment, given[1:] if named else given)
    for student, note in done.notes:
        if note.look:
            _say(f"Look: {': '.join(filter(None, (student, note.label, note.text)))}")
    have = "1 student has" if len(done.students) == 1 else f"{len(done.students)} students have"
    _say(
        f"{assignment.name}: {have} a notebook to grade, {len(done.missing)} handed in nothing. "
        f"All that was decided: {course / 'collected' / assignment.name / 'report.csv'}"
    )
    _say("Next: ", "grade", course, assignment.name)


@app.command(
    "repair", epilog="Example: coronet course repair homework.ipynb --assignment week-1 --student s1001"
)
def course_repair(
    notebook: Annotated[Path, typer.Argument(help="As a student handed it in.", show_default=False)],
    assignment: Annotated[
        str | None, typer.Option(help="By name; may be left out if the course has one.", show_default=False)
    ] = None,
    student: Annotated[
        str, typer.Option(help="Whose it is, where each has an own notebook.", show_default="as it says")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default="…-repaired.ipynb beside it")
    ] = None,
    course: Course = Path(),
    overwrite: Overwrite = False,
):
    """Find the answers in one notebook again, and restore what nbgrader is to know of them."""
    found = library(course)
    from coronet_lib.course import notebooks, repair
    from coronet_lib.files import atomic

    out = out or notebook.with_name(f"{notebook.stem}-repaired.ipynb")
    if out.exists() and not overwrite:
        raise FileExistsError(f"{out} exists; choose another --out, or say --overwrite")
    assignment = found.assignment(assignment)
    student = student or notebooks.stamped(notebook.read_bytes())
    if found.variants and student not in {one.id for one in found.students}:
        raise typer.BadParameter(f"--student: {student!r} is not in the course's students.csv")
    blank = notebooks.compose(
        assignment, notebooks.Reader.STUDENT, secret=found.secret, student=found.variant(student)
    )
    repaired = repair.repair(notebook.read_bytes(), blank, assignment.entries)
    with atomic(out) as part:
        part.write_bytes(notebooks.to_bytes(repaired.notebook))
    for note in repaired.notes:
        _say(f"{note.label}: {note.text}")
    answers = "1 answer" if len(repaired.answered) == 1 else f"{len(repaired.answered)} answers"
    _say(f"Wrote {out}, with {answers}.")


def _say(text, *command):
    """A line, and at its end the command to call next: name, the course's folder, arguments."""
    if command:
        name, folder, *arguments = command
        where = [] if folder == Path() else ["--course", shlex.quote(str(folder))]
        text += " ".join(["coronet course", name, *arguments, *where])
    out_console.print(plain(text), soft_wrap=True, highlight=False)


@app.command("grade", epilog="Example: coronet course grade chapter-02 --course bio101 --jobs 2")
def course_grade(
    assignment: Assignment = None,
    course: Course = Path(),
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks judged at a time.")] = 1,
    seconds: Annotated[int, typer.Option(min=1, help="A notebook's time, and again its functions'.")] = 60,
    memory: Annotated[int, typer.Option(min=64, help="A notebook's memory, in MB.")] = 2048,
    trust_students: Annotated[
        bool, typer.Option("--trust-students", help="Run their code as you, where there is no sandbox.")
    ] = False,
):
    """Judge what was handed in, each notebook in a sandbox, and enter the points into the gradebook.

    Can be interrupted at any time: the same command goes on. What a person has given stays.
    """
    found = library(course)
    from coronet_lib.course import grade, sandbox

    assignment = found.assignment(assignment)
    limits = sandbox.Limits(seconds=seconds, memory_mb=memory)
    try:
        there, new = grade.grade(found, assignment, sandbox.find(trust_students), limits=limits, jobs=jobs)
    except KeyboardInterrupt:
        fail("interrupted; what was judged is kept, and the same command goes on from there")
    _say(f"{assignment.name}: {there} notebooks are graded, {new} of them just now.")
    _say(
        f"What a person reads is in JupyterLab under Nbgrader, Formgrader: cd {course.resolve()}; jupyter lab"
    )
    _say("Then: ", "feedback", course, assignment.name)


@app.command("feedback", epilog="Example: coronet course feedback chapter-02 --course bio101")
def course_feedback(
    assignment: Assignment = None,
    course: Course = Path(),
    moodle: Annotated[
        Path | None,
        typer.Option(
            help="Moodle's grading worksheet, for an archive of feedback files.", show_default=False
        ),
    ] = None,
    canvas: Annotated[
        Path | None,
        typer.Option(
            help="Submissions that Canvas handed out, for an archive that it takes back.", show_default=False
        ),
    ] = None,
    site: Annotated[str, typer.Option(help="Address of the built book, for links.", show_default=False)] = "",
):
    """Write a page of feedback for each student whose work was graded, and an archive of them all."""
    found = library(course)
    from coronet_lib.course import feedback

    assignment = found.assignment(assignment)
    written, unread = feedback.write(found, assignment, site)
    _say(f"Wrote {len(written)} pages into {course / 'feedback'}.{_unread(unread)}")
    if moodle or canvas:
        _say(f"Wrote {feedback.archive(found, assignment, written, moodle=moodle, canvas=canvas)}.")
    _say("Next: ", "export", course, assignment.name)


@app.command("export", epilog="Example: coronet course export chapter-02 --course bio101 --to moodle")
def course_export(
    assignment: Assignment = None,
    course: Course = Path(),
    to: Annotated[Literal["moodle", "canvas", "csv"], typer.Option(help="For whom.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default="ASSIGNMENT-TO.csv in the course")
    ] = None,
):
    """Write the marks as a table that a learning platform takes in, or with a column for each problem."""
    found = library(course)
    from coronet_lib.course import export

    assignment = found.assignment(assignment)
    out = out or course / f"{assignment.name}-{to}.csv"
    marked, unread = export.write(found, assignment, to, out)
    _say(f"Wrote {out}, with marks of {marked} of {len(found.students)} students.{_unread(unread)}")
    _say("Next: ", "overview", course, assignment.name)


@app.command("overview", epilog="Example: coronet course overview chapter-02 --course bio101")
def course_overview(assignment: Assignment = None, course: Course = Path()):
    """Write a page on how it went: marks, the hardest problems, what was misunderstood, and who is alike."""
    found = library(course)
    from coronet_lib.course import overview

    _say(f"Wrote {overview.write(found, found.assignment(assignment))}; open it in a browser.")


def _unread(count):
    return f" {count} answers are still to be read by a person and count as 0." if count else ""
