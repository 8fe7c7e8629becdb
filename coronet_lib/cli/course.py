"""``coronet course``: assign problems, collect what students hand in, grade it and give it back."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from coronet_lib.cli.options import out_console
from coronet_lib.text import plain

app = typer.Typer(help="Teach with the book: assign, collect, grade, give back.", no_args_is_help=True)

Course = Annotated[Path, typer.Option(help="The course's folder.", show_default="this folder")]
Assignment = Annotated[
    str | None, typer.Argument(help="By name; may be left out if the course has one.", show_default=False)
]


def library():
    """The room of courses, or a line on why there is none."""
    try:
        import coronet_lib.course.bank
    except ModuleNotFoundError:
        raise ValueError(
            "the bank of problems is not in the package that students install; "
            "clone the book's repository and call the command there"
        ) from None
    return coronet_lib.course


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
):
    """Make the folder of a course, with assignments from the bank; or add assignments to one."""
    library()
    from coronet_lib.course import folder as courses
    from coronet_lib.course.bank import choose

    if (chapters is None) == (exercises is None):
        raise typer.BadParameter("say --chapters or --exercises")
    if chapters is not None:
        assignments = courses.by_chapter(_listed(chapters))
    else:
        assignments = [courses.Assignment(name, tuple(choose(_listed(exercises))))]
    course = courses.make(
        folder,
        assignments,
        variants=variants,
        students=courses.read_students(students) if students else (),
    )
    for one in assignments:
        out_console.print(
            f"{plain(one.name)}: {len(one.entries)} problems, {one.minutes} minutes", highlight=False
        )
    out_console.print(
        f"{plain(folder)} has {len(course.students)} students on its list. Next: "
        f"coronet course release {assignments[0].name} --course {plain(shlex.quote(str(folder)))}",
        soft_wrap=True,
        highlight=False,
    )


def _listed(text):
    return [one.strip() for one in text.split(",") if one.strip()]
