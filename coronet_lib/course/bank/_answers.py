"""What many problems have in common: typed numbers, statements to be judged, code to be handed out."""

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import judgements, match, typed_numbers
from coronet_lib.course.problem import KnownWrong, Part

LETTERS = "abcdefghij"


class Typed:
    """An answer of a few typed numbers, judged one by one.

    Parameters
    ----------
    name : str
    count : int or tuple of int
        How many; of a table, how many rows and how many numbers in each.
    meaning : str
        What they are, in their order, as the check of the form says it.
    decimals : int, optional
        To how many the numbers are asked for; without it, they are whole.
    """

    def __init__(self, name, count, meaning, decimals=None):
        self.name, self.meaning, self.decimals = name, meaning, decimals
        self.shape = count if isinstance(count, tuple) else (count,)
        dots = f"({', '.join(['...'] * self.shape[-1])})"
        self.starter = f"{name} = " + (f"[{dots}] * {self.shape[0]}" if len(self.shape) > 1 else dots)
        self.form = f"form.numbers({name}, {self.shape}, {meaning!r}, whole={decimals is None})"

    def code(self, *numbers):
        """The code that answers with these numbers, or rows of numbers."""
        return f"{self.name} = ({', '.join(map(self._written, numbers))})"

    def _written(self, one):
        if np.ndim(one):
            return f"({', '.join(map(self._written, one))})"
        return f"{one:.{self.decimals or 0}f}"

    def wrong(self, points, *numbers):
        """A known wrong answer."""
        return KnownWrong(self.code(*numbers), points)

    def part(self, points, about, place, wanted, why, mistakes):
        """A part for one of the numbers, or for several if ``place`` is an index of several.

        ``why`` says how the number comes about, to who has it and to who has not; ``mistakes`` are those of
        :func:`coronet_lib.checks.answer.match`.
        """

        def judge(answer):
            result = self.read(answer)[place]
            # A number half-way between two others may be rounded to either.
            half = 0 if self.decimals is None else 0.5 * 10**-self.decimals + 1e-9
            if not (np.abs(result - np.asarray(wanted)) <= half).all():
                otherwise = f"this is not what is asked for: {why}"
                match(result, np.asarray(wanted), otherwise, mistakes, decimals=self.decimals)
            return why[0].upper() + why[1:]

        return Part(points, about, judge)

    def together(self, points, about, places, wanted, otherwise, praise):
        """A part for some of the numbers, which may stand in any order among themselves."""

        def judge(answer):
            if set(self.read(answer)[places].tolist()) != set(wanted):
                raise Wrong(otherwise)
            return praise

        return Part(points, about, judge)

    def read(self, answer):
        """The answer as an array of numbers, if that is its form."""
        return typed_numbers(answer, self.shape, self.meaning, whole=self.decimals is None)


class Statements:
    """Statements to be called true or false, in an order of the student's own.

    Parameters
    ----------
    name : str
    draw : numpy.random.Generator
    statements : str
        Two lines each: "+ " or "- " and the statement, as it holds or not, and what to say to who takes it
        the other way.
    """

    def __init__(self, name, draw, statements):
        lines = [line.strip() for line in statements.strip().splitlines()]
        self.name, self.reasons = name, lines[1::2]
        self.statements = [line[2:] for line in lines[::2]]
        self.holds = [line.startswith("+") for line in lines[::2]]
        self.order = draw.permutation(len(self.holds))
        self.starter = f"{name} = [{', '.join(['...'] * len(self.holds))}]"
        self.form = f"form.judgements({name}, {len(self.holds)})"
        self.solution = self._code()

    @property
    def text(self):
        """The statements as a list, a, b and so on."""
        return "\n".join(f"- {LETTERS[row]}: {self.statements[one]}" for row, one in enumerate(self.order))

    def _code(self, *taken_wrongly):
        return f"{self.name} = {[self.holds[one] != (one in taken_wrongly) for one in self.order]}"

    def wrong(self, points, *taken_wrongly):
        """A known wrong answer, which takes these statements the wrong way."""
        return KnownWrong(self._code(*taken_wrongly), points)

    def all_turned(self):
        """The known wrong answer that is the opposite everywhere."""
        return self.wrong(0, *range(len(self.holds)))

    def all_same(self, holds):
        """The known wrong answer that calls all of them true, or all of them false."""
        return KnownWrong(f"{self.name} = {[holds] * len(self.holds)}", 0)

    def parts(self, most, rest, praise):
        """``most`` points if all but one at most are right, and ``rest`` for the last one."""
        return (
            Part(most, "all but one at most", self._judge(1, praise)),
            Part(rest, "every one", self._judge(0, praise)),
        )

    def _judge(self, allowed, praise):
        def judge(answer):
            given = judgements(answer, len(self.holds))
            said = dict(zip(self.order, given, strict=True))
            wrong = [one for one, holds in enumerate(self.holds) if said[one] != holds]
            if len(wrong) <= allowed:
                return praise
            if given.all() or not given.any():
                raise Wrong("some of them hold and some do not; all the same is never right.")
            if len(wrong) == len(self.holds):
                raise Wrong("all of them are turned round; is your True for what does not hold?")
            raise Wrong(self.reasons[wrong[0]])

        return judge


def stopped(code):
    """A function's code with a first line that raises, as it is handed out to be mended."""
    return code.replace(
        ":\n", ":\n    raise NotImplementedError  # take this line away, and mend what follows\n", 1
    )


def unwritten(code):
    """The head of a function's code, as it is handed out to be written."""
    return code[: code.index(":\n")] + ":\n    raise NotImplementedError"


def altered(code, *changes):
    """Code with some of it exchanged, each (old, new), as for a known wrong answer."""
    for old, new in changes:
        assert old in code, f"there is no {old!r} in the code"
        code = code.replace(old, new)
    return code
