"""Points for an answer: what each part of a problem says of it."""

from dataclasses import dataclass

from coronet_lib.checks import Wrong


@dataclass(frozen=True)
class Score:
    """What a part of a problem says of an answer."""

    about: str
    points: int
    maximum: int
    message: str
    """The misconception, or praise."""

    @property
    def passed(self):
        return self.points == self.maximum


def score(problem, answer):
    """The scores of an answer, one a part.

    Parameters
    ----------
    problem : Problem
    answer : object
        Three dots if there is none.

    Returns
    -------
    list of Score

    Raises
    ------
    Exception
        Whatever a part raises that is not :class:`~coronet_lib.checks.Wrong`: a fault of the bank, which must
        not become a student's.
    """
    return [_score(part, answer) for part in problem.parts]


def _score(part, answer):
    if answer is ...:
        return Score(part.about, 0, part.points, "there is no answer.")
    try:
        return Score(part.about, part.points, part.points, part.judge(answer))
    except Wrong as wrong:
        return Score(part.about, 0, part.points, str(wrong))
