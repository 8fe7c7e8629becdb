"""What holds for the checks of all exercises; ``test_checks_NN.py`` has each one's wrong answers."""

import re

import nbformat
import numpy as np
import pytest
from chapters import CHAPTERS, published

from coronet_lib import checks
from coronet_lib.checks import form
from coronet_lib.checks.answer import array, call, given, judge, match, match_calls, number
from coronet_lib.checks.verdict import Wrong

ALL = [pytest.param(one, id=one.name) for one in checks.exercises()]


def right_answer(one):
    """The book's own solution of an exercise."""
    return published(one.chapter, one.number)[one.name]


def verdict(one, answer):
    result = one.check(answer)
    assert isinstance(result, checks.Verdict)
    return result


def called(chapter):
    """What a chapter calls under the heading of which exercise: {(exercise, check): cell}."""
    found, number = {}, None
    for cell in nbformat.read(CHAPTERS[chapter], as_version=4).cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^\*\*(\d+)\.", cell.source, re.M)
            number = int(headings[-1]) if headings else number
        else:
            found |= {
                (number, name): cell for name in re.findall(r"^checks\.(\w+)\(\1\)$", cell.source, re.M)
            }
    return found


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


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_calls_the_checks_that_are_registered_for_it(chapter):
    """Each under the heading of its exercise, and none is solved there."""
    cells = called(chapter)
    assert sorted(cells) == [(one.number, one.name) for one in checks.exercises(chapter)]
    for cell in cells.values():
        assert "✗ Not yet:" in str(cell.outputs)


def test_exercises_are_listed_in_the_books_order():
    places = [(list(CHAPTERS).index(one.chapter), one.number) for one in checks.exercises()]
    assert places == sorted(set(places))
    assert all(one.check is getattr(checks, one.name) for one in checks.exercises())
    assert all(one.asks.endswith(".") for one in checks.exercises())
    assert "photons" in next(one.asks for one in checks.exercises(1) if one.number == 2)


def test_a_check_of_the_form_alone_bears_what_cannot_be_looked_at():
    assert "fails with RuntimeError (not now)" in form.judgements(Shy(), 2).message


@pytest.mark.parametrize("one", ALL)
class TestEvery:
    def test_accepts_the_books_solution(self, one):
        result = verdict(one, right_answer(one))
        assert result, result.message
        assert repr(result).startswith("✓ Right. ")
        assert result.message.endswith((".", "?", "!")), "what a check returns is a sentence for the reader"

    def test_refuses_what_is_no_answer(self, one):
        for nothing in (..., None, unwritten, "42", [], float("nan"), object(), Shy()):
            result = verdict(one, nothing)
            assert not result, nothing
            assert repr(result).startswith("✗ Not yet: ")

    def test_says_that_a_function_is_not_written(self, one):
        if callable(right_answer(one)):
            assert "not written yet" in verdict(one, unwritten).message

    @pytest.mark.parametrize("spoil", [but_the_first, str, lambda value: None, lambda value: [value]])
    def test_refuses_a_spoilt_answer(self, one, spoil):
        assert not verdict(one, spoilt(right_answer(one), spoil))

    def test_refuses_another_kind_of_number(self, one):
        answer = right_answer(one)
        assert not verdict(one, spoilt(answer, lambda value: np.asarray(value).astype(complex)))

    def test_a_function_that_fails_is_told_so(self, one):
        def broken(*_, **__):
            raise ZeroDivisionError("oops")

        if callable(right_answer(one)):
            assert "ZeroDivisionError" in verdict(one, broken).message


class TestTools:
    def test_a_verdict_is_true_or_false_and_speaks(self):
        assert repr(checks.Verdict(True, "Well.")) == "✓ Right. Well."
        assert not checks.Verdict(False, "no")

    def test_three_dots_are_no_answer(self):
        assert "three dots" in checks.exercises()[0].check(...).message

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
        "wrong", [True, "3", b"3", None, [3], 3j, np.complex64(3), np.ones(2), float("inf"), float("nan")]
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

    @pytest.mark.parametrize("wanted", [np.array([1.0, 2.0]), 2.0, (1.0, 2.0)])
    def test_a_known_mistake_is_named_and_another_is_not(self, wanted):
        wanted = np.asarray(wanted)
        match(wanted + 1e-9, wanted, "other")
        mistakes = {"sign": -wanted, "scale": [2 * wanted, wanted / 2]}
        for mistaken, message in ((-wanted, "sign"), (wanted / 2, "scale"), (wanted + 1, "other")):
            with pytest.raises(Wrong, match=message):
                match(mistaken, wanted, "other", mistakes)

    @pytest.mark.parametrize(
        ("wrong", "this_is"),
        [
            (3j, r"3j \(complex\)"),
            (np.complex64(3j), r"np.complex64\(3j\) \(complex64\)"),
            ("3", r"'3' \(str\)"),
            (np.array(["3", "4"]), r"an array of shape \(2,\) and type <U1"),
            (np.ones(2, complex), r"an array of shape \(2,\) and type complex128"),
            ([[3], [4, 5]], r"\[\[3\], \[4, 5\]\] \(list\)"),
            (None, r"None \(NoneType\)"),
        ],
    )
    def test_what_is_no_real_number_is_said_in_a_sentence(self, wrong, this_is):
        with pytest.raises(Wrong, match=f"^wanted are real numbers, and this is {this_is}.$"):
            match(wrong, 3.0, "other", {"known": 4.0}, decimals=1)

    def test_counts_are_compared_exactly_and_shares_to_their_decimals(self):
        match(33_969_964.0, 33_969_964, "other")
        with pytest.raises(Wrong, match="other"):
            match(33_969_965.0, 33_969_964, "other")
        match(0.74, np.exp(-0.3), "other", decimals=2)
        with pytest.raises(Wrong, match="other"):
            match(0.75, np.exp(-0.3), "other", decimals=2)

    def test_each_case_is_called_and_named(self):
        def compare(answer):
            match_calls(
                answer,
                [given(2), given(3, power=3)],
                lambda base, power=2: base**power,
                "wrong",
                read=number,
                case=lambda base, power=2: f"for {base} to the {power}",
                mistakes=lambda right, base, power=2: {"multiplied": base * power},
            )

        compare(lambda base, power=2: base**power)
        for answer, message in (
            (lambda base, power=2: base * power, "for 3 to the 3: multiplied"),
            (lambda base, power=2: base**2, "for 3 to the 3: multiplied"),
            (lambda base, power=2: 0, "for 2 to the 2: wrong"),
            (lambda base, power=2: "4", "for 2 to the 2: the answer is one number"),
        ):
            with pytest.raises(Wrong, match=message):
                compare(answer)

    def test_judgements_are_counted(self):
        words = {"turned": "turned", "every": "every", "none": "none", "question": "Why?"}
        wanted = np.array([True, False, False])
        judge(wanted, wanted, **words)
        for answer, message in (
            (~wanted, "turned"),
            ([True] * 3, "every"),
            ([False] * 3, "none"),
            ([True, True, False], "1 of the 3 is not right. Why"),
            ([False, True, False], "2 of the 3 are not right"),
            ([1, 0, 0], "True or False|True and False"),
        ):
            with pytest.raises(Wrong, match=message):
                judge(np.array(answer), wanted, **words)
