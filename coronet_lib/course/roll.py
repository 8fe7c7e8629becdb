"""Who is meant: the list of students, and the names that platforms give to what a student hands in."""

import re
import unicodedata
from dataclasses import dataclass


class Roll:
    """The list of students, to be called.

    Parameters
    ----------
    students : iterable of coronet_lib.course.folder.Student
    """

    def __init__(self, students):
        self.students = tuple(students)

    def called(self, text):
        """Those of this id, address or name; a name only if no id and no address is the same.

        Parameters
        ----------
        text : str
            A name in any case, its words in order or from the last name on, with or without spaces and signs.

        Returns
        -------
        list of Student
            Several if they have one name. Empty if there is none.
        """
        text = text.strip()
        found = [one for one in self.students if text and text.lower() in (one.id.lower(), one.email.lower())]
        for spelled in (_letters, _plain_letters):
            if not found and spelled(text):
                found = [one for one in self.students if spelled(text) in map(spelled, _orders(one.name))]
        return found

    def within(self, text):
        """Those whose id, or name, stands somewhere in a text such as a file's name."""
        words = _words(text)
        by_id = [one for one in self.students if len(one.id) > 2 and _run_of(_words(one.id), words)]
        return by_id or [
            one
            for one in self.students
            if any(len(spelled) > 1 and _run_of(spelled, words) for spelled in map(_words, _orders(one.name)))
        ]


@dataclass(frozen=True)
class Sender:
    """What the path of a file, as it was handed out, says of who handed it in."""

    key: str
    """Alike for all that one person handed in."""
    names: tuple[str, ...]
    """What the person may be called; the likeliest first."""
    file: str
    """The file's name, as the student had it."""
    platform: str = ""
    """"Moodle" or "Canvas"; empty if the path is not in the way of either."""
    number: str = ""
    """The platform's, of the person."""
    order: int = 0
    """Of two files from Canvas, that of the greater number was handed in later."""
    late: bool = False

    @classmethod
    def of(cls, path):
        """Read a path in Moodle's way, in Canvas's, or in any other.

        Parameters
        ----------
        path : str
            Parted by slashes, within an archive or a folder.

        Returns
        -------
        Sender
        """
        parts = path.split("/")
        for part in parts:
            if found := _MOODLE.match(part):
                name, number, rest = found["name"], found["number"], found["file"]
                groups = [name[i + 1 :] for i, sign in enumerate(name) if sign == "-"]  # "Group A-Ada Byron"
                file = rest if part == parts[-1] else parts[-1]
                return cls(f"{name}_{number}", (name, *groups), file, "Moodle", number)
        if found := _CANVAS.match(parts[-1]):
            name, number, attachment = found["name"], found["number"], int(found["attachment"])
            late = bool(found["late"])
            return cls(f"{name}_{number}", (name,), found["file"], "Canvas", number, attachment, late)
        stem = parts[-1].rpartition(".")[0] or parts[-1]
        return cls(path, (stem, *reversed(parts[:-1])), parts[-1])

    def students(self, roll):
        """Those on the list who may be meant; one, if it is clear."""
        if self.platform == "Canvas" and (
            found := [one for one in roll.students if one.canvas == self.number]
        ):
            return found
        # A platform gives the whole name; in one that somebody typed, it may be a part.
        for look in (roll.called,) if self.platform else (roll.called, roll.within):
            for name in self.names:
                if found := look(name):
                    return found
        return []

    def exactly(self, student):
        """Whether a platform gives a student's number, or the name to the letter."""
        known = {student.id.lower(), student.email.lower(), *map(_letters, _orders(student.name))}
        by_number = self.platform == "Canvas" and self.number == student.canvas
        by_name = any(name.lower() in known or _letters(name) in known for name in self.names)
        return by_number or (bool(self.platform) and by_name)


# As Moodle's mod_assign and Canvas's ContentZipper write them.  Moodle leaves no underscore in a name; up to
# 4.0 its folders ended in one, and where there are no folders a file's name follows.
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.DOTALL)
_CANVAS = re.compile(
    r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL
)


def _orders(name):
    """The name from each of its words on: "Ada Mary Byron", "Mary Byron Ada", "Byron Ada Mary"."""
    words = name.replace(",", " ").split()
    return [" ".join(words[i:] + words[:i]) for i in range(len(words))]


def _words(text):
    """Words of letters and digits, without accents."""
    return "".join(sign if sign.isalnum() else " " for sign in _without_accents(text)).split()


def _run_of(wanted, words):
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def _letters(text):
    return "".join(sign for sign in unicodedata.normalize("NFC", text).casefold() if sign.isalnum())


def _plain_letters(text):
    return _letters(_without_accents(text))


def _without_accents(text):
    parted = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parted if not unicodedata.combining(sign)).casefold()
