"""What holds for the checks of all exercises; ``test_checks_NN.py`` has each one's wrong answers."""

import re

import numpy as np
import pytest
from chapters import CHAPTERS, cells, published

from coronet_lib import checks
from coronet_lib.checks._verdict import Wrong, array, call, exercise, match, number

ALL = [name for name in checks.__all__ if name != "Verdict"]


def right_answer(name):
    """The book's own solution of the exercise that a check belongs to."""
    chapter, number = map(int, re.match(r"Exercise (\d+)\.(\d+):", getattr(checks, name).__doc__).groups())
    return published(chapter, number)[name]


def verdict(name, answer):
    result = getattr(checks, name)(answer)
    assert isinstance(result, checks.Verdict)
    return result


def unwritten(*_, **__):
    raise NotImplementedError


class Shy:
    """An object that does not bear being looked at."""

    def __array__(self, *_, **__):
        raise RuntimeError("not now")

    __len__ = __array__


def spoilt(answer, spoil):
    """The right answer with its result, or itself if it is a value, put through ``spoil``."""
    if not callable(answer):
        return spoil(answer)
    return lambda *arguments, **settings: spoil(answer(*arguments, **settings))


def but_the_first(value):
    """Right in its first element and wrong in all others; of a single number, wrong."""
    if isinstance(value, tuple):
        return (value[0], *(but_the_first(np.ravel(part)[:0]) for part in value[1:]))
    if np.ndim(value) == 0:
        return value + 1
    changed = np.array(value, copy=True)
    flat = changed.reshape(-1)
    flat[1:] = ~flat[1:] if flat.dtype == bool else flat[1:] + 1
    return changed if flat.size > 1 else changed + 1


@pytest.mark.parametrize("name", ALL)
class TestEvery:
    def test_accepts_the_books_solution(self, name):
        result = verdict(name, right_answer(name))
        assert result, result.message
        assert repr(result).startswith("✓ Right. ")

    def test_stands_in_its_chapter_and_is_not_solved_there(self, name):
        chapter = int(re.match(r"Exercise (\d+)", getattr(checks, name).__doc__)[1])
        calls = [cell for cell in cells(CHAPTERS[chapter]) if f"checks.{name}({name})" in cell.source]
        assert len(calls) == 1
        assert "✗ Not yet:" in str(calls[0].outputs)

    def test_refuses_what_is_no_answer(self, name):
        for nothing in (..., None, unwritten, "42", [], float("nan"), object(), Shy()):
            result = verdict(name, nothing)
            assert not result, nothing
            assert repr(result).startswith("✗ Not yet: ")

    def test_says_that_a_function_is_not_written(self, name):
        if callable(right_answer(name)):
            assert "not written yet" in verdict(name, unwritten).message

    @pytest.mark.parametrize("spoil", [but_the_first, str, lambda value: None, lambda value: [value]])
    def test_refuses_a_spoilt_answer(self, name, spoil):
        assert not verdict(name, spoilt(right_answer(name), spoil))

    def test_refuses_another_kind_of_number(self, name):
        answer = right_answer(name)
        assert not verdict(name, spoilt(answer, lambda value: np.asarray(value).astype(complex)))

    def test_a_function_that_fails_is_told_so(self, name):
        def broken(*_, **__):
            raise ZeroDivisionError("oops")

        if callable(right_answer(name)):
            assert "ZeroDivisionError" in verdict(name, broken).message


class TestTools:
    def test_a_verdict_is_true_or_false_and_speaks(self):
        assert repr(checks.Verdict(True, "Well.")) == "✓ Right. Well."
        assert not checks.Verdict(False, "no")

    def test_three_dots_are_no_answer(self):
        assert "three dots" in exercise(lambda answer: "fine")(...).message

    def test_the_result_of_a_call_is_handed_on(self):
        assert call(lambda a, b=2: a * b, 3, b=5) == 15

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (3, "function itself"),
            (unwritten, "not written yet"),
            (lambda x: None, "return"),
            (lambda x: x.fill(0) or x, "changes the array"),
            (lambda: 1, "TypeError"),
            (lambda x: 1 / 0, r"ZeroDivisionError .* array of shape \(2,\) and type float64"),
        ],
    )
    def test_a_call_says_what_went_wrong(self, answer, message):
        with pytest.raises(Wrong, match=message):
            call(answer, np.ones(2))

    @pytest.mark.parametrize(
        "wrong", [True, "3", b"3", None, [3], 3j, np.ones(2), float("inf"), float("nan")]
    )
    def test_a_number_is_one_finite_number(self, wrong):
        with pytest.raises(Wrong, match="the answer is one"):
            number(wrong)

    def test_numbers_of_numpy_are_numbers(self):
        assert number(np.int64(3)) == number(3.0) == 3.0

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ([1.0, 2.0], "NumPy array"),
            (np.ones(3), r"shape \(3,\); wanted is \(2,\), \(classes\)"),
            (np.ones(2, int), "int64 values; wanted are floating-point numbers"),
        ],
    )
    def test_an_array_has_shape_and_kind(self, wrong, message):
        with pytest.raises(Wrong, match=message):
            array(wrong, (2,), "(classes)")

    def test_a_known_mistake_is_named_and_another_is_not(self):
        wanted = np.array([1.0, 2.0])
        match(wanted + 1e-9, wanted, "other")
        with pytest.raises(Wrong, match="sign"):
            match(-wanted, wanted, "other", mistakes=[(-wanted, "sign")])
        with pytest.raises(Wrong, match="other"):
            match(np.array([1.0, 3.0]), wanted, "other", mistakes=[(-wanted, "sign")])
