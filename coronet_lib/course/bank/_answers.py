"""What many problems have in common: typed numbers, statements to be judged, functions that are called."""

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import judgements, match, match_calls, typed_numbers
from coronet_lib.course.problem import KnownWrong, Part

LETTERS = "abcdefghij"


class Typed:
    """An answer of a few typed numbers, judged one by one.

    Parameters
    ----------
    name : str
    count : int
    meaning : str
        What they are, in their order, as the check of the form says it.
    decimals : int, optional
        To how many the numbers are asked for; without it, they are whole.
    """

    def __init__(self, name, count, meaning, decimals=None):
        self.name, self.count, self.meaning, self.decimals = name, count, meaning, decimals
        self.starter = f"{name} = ({', '.join(['...'] * count)})"
        self.form = f"form.numbers({name}, ({count},), {meaning!r}, whole={decimals is None})"

    def code(self, *numbers):
        """The code that answers with these numbers."""
        digits = self.decimals or 0
        return f"{self.name} = ({', '.join(f'{number:.{digits}f}' for number in numbers)})"

    def wrong(self, points, *numbers):
        """A known wrong answer."""
        return KnownWrong(self.code(*numbers), points)

    def part(self, points, about, place, wanted, otherwise, mistakes, praise):
        """A part for one of the numbers, or for several if ``place`` is a slice."""

        def judge(answer):
            result = typed_numbers(answer, (self.count,), self.meaning, whole=self.decimals is None)[place]
            # A number half-way between two others may be rounded to either.
            half = 0 if self.decimals is None else 0.5 * 10**-self.decimals + 1e-9
            if not (np.abs(result - np.asarray(wanted)) <= half).all():
                match(result, np.asarray(wanted), otherwise, mistakes, decimals=self.decimals)
            return praise

        return Part(points, about, judge)


class Statements:
    """Statements to be called true or false, in an order of the student's own.

    Parameters
    ----------
    name : str
    draw : numpy.random.Generator
    *statements : (str, bool, str)
        The statement, whether it holds, and what to say to who takes it the other way.
    """

    def __init__(self, name, draw, *statements):
        self.name, self.statements = name, statements
        self.order = draw.permutation(len(statements))
        self.starter = f"{name} = [{', '.join(['...'] * len(statements))}]"
        self.form = f"form.judgements({name}, {len(statements)})"
        self.solution = self._code()

    @property
    def text(self):
        """The statements as a list, a, b and so on."""
        lines = (self.statements[place][0] for place in self.order)
        return "\n".join(f"- {letter}: {line}" for letter, line in zip(LETTERS, lines, strict=False))

    def _code(self, *taken_wrongly):
        holds = [self.statements[place][1] != (place in taken_wrongly) for place in self.order]
        return f"{self.name} = {holds}"

    def wrong(self, points, *taken_wrongly):
        """A known wrong answer, which takes these statements the wrong way; none stands for all."""
        return KnownWrong(self._code(*(taken_wrongly or range(len(self.statements)))), points)

    def everything(self, holds):
        """The known wrong answer that calls all of them true, or all of them false."""
        count = len(self.statements)
        right = sum(statement[1] == holds for statement in self.statements)
        assert right < count - 1, "this would be right but for one"
        return KnownWrong(f"{self.name} = {[holds] * count}", 0)

    def parts(self, most, rest, praise):
        """``most`` points if all but one at most are right, and ``rest`` for the last one."""
        return (
            Part(most, "all but one at most", self._judge(1, praise)),
            Part(rest, "every one", self._judge(0, praise)),
        )

    def _judge(self, allowed, praise):
        def judge(answer):
            given = judgements(answer, len(self.statements))
            said = dict(zip(self.order, given, strict=True))
            wrong = [place for place, (_, holds, _) in enumerate(self.statements) if said[place] != holds]
            if len(wrong) <= allowed:
                return praise
            if given.all() or not given.any():
                raise Wrong("some of them hold and some do not; all the same is never right.")
            if len(wrong) == len(self.statements):
                raise Wrong("all of them are turned round; is your True for what does not hold?")
            raise Wrong(self.statements[wrong[0]][2])

        return judge


def calls(points, about, cases, wanted, otherwise, mistakes, praise, **settings):
    """A part that calls a function for some cases; see :func:`coronet_lib.checks.answer.match_calls`."""

    def judge(answer):
        match_calls(answer, cases, wanted, otherwise, mistakes=mistakes, **settings)
        return praise

    return Part(points, about, judge)


def altered(code, *changes):
    """Code with some of it exchanged, each (old, new), as for a known wrong answer."""
    for old, new in changes:
        assert old in code, f"there is no {old!r} in the code"
        code = code.replace(old, new)
    return code
