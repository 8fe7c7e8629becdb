"""Tables of results as the book shows them: words for names, digits under digits, intervals drawn."""

import html
import re
from dataclasses import dataclass
from numbers import Integral, Real
from zlib import crc32

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from coronet_lib.classes import TITLES

_WORDS = TITLES | {
    "f1": "F-measure",
    "f_measure": "F-measure",
    "nan": "–",
    "None": "–",
    "True": "yes",
    "False": "no",
}
_INTERVAL = "95 % interval"
_WITH_HYPHEN = r"(?<!\S)\w{1,8}-\w{1,8}(?!\S)"  # which no line breaks, as in COVID-19
_WIDE, _HIGH, _DOT = 90, 10, 3  # of a drawn interval, in px


class Table:
    """A table that shows itself: in a notebook and on a page as HTML, elsewhere as text.

    Parameters
    ----------
    shown : pandas.DataFrame
        Of strings and of what has a text and may have a ``drawing``.
    numbers : pandas.DataFrame of bool
        Of the same shape: which of them are numbers, and stand under each other's last digit.
    index : bool
        Whether the rows have names.
    """

    def __init__(self, shown, numbers, *, index=True):
        self._shown, self._numbers, self._index = shown, numbers, index

    def __repr__(self):
        return self._shown.to_string(index=self._index)

    def _repr_html_(self):
        name = f"{crc32(repr(self).encode()):08x}"  # pandas would draw one, and the page be another each time
        rows = [_cell(row) for row in self._shown.index]
        shown, numbers = (table.reset_index(drop=True) for table in (self._shown, self._numbers))
        styler = Styler(shown, uuid=name, cell_ids=False).format(_cell)
        styler.set_td_classes(numbers.map({True: "number", False: "words"}.get))
        styler.set_table_attributes('class="dataframe"').format_index(_cell, axis=1)
        over_words = [f"th.col{place}" for place, name in enumerate(numbers) if not numbers[name].any()]
        styler.set_table_styles([{"selector": one, "props": "text-align: left"} for one in over_words])
        styler.format_index(lambda row: rows[row])  # several may have one name, which Styler does not bear
        return (styler if self._index else styler.hide(axis="index")).to_html()


def show_table(frame, *, digits=".1f", interval=(), names=None):
    """A data frame with words for the names of classes and metrics and, drawn, with its intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows that are only counted, by an index without a name, go without their numbers.
    digits : str or dict of str to str
        How numbers that are not whole are written, as in ``format``; by column, where columns differ.
    interval : sequence of str, optional
        Three columns, an estimate and both ends of its 95 % interval. The ends become one column, drawn on
        one scale for all rows.
    names : dict of str to str, optional
        More words for names in the index, the columns and the cells.

    Returns
    -------
    Table
        Its ``repr`` is the same table as text.

    Raises
    ------
    ValueError
        If the frame has no such column, or two columns of one name.
    """
    words = _WORDS | (names or {})
    unknown = [column for column in interval if column not in frame]
    if unknown:
        raise ValueError(
            f"the table has no column {unknown[0]!r}; it has {', '.join(map(str, frame.columns))}"
        )
    missing = frame.isna()
    numbers = frame.map(_is_number) & ~missing
    numbers |= missing & numbers.any()
    digits = {column: digits.get(column, ".1f") if isinstance(digits, dict) else digits for column in frame}
    shown = frame.astype(object)
    for column in frame:
        shown[column] = [_text(cell, digits[column], words) for cell in shown[column]]
    if interval:
        estimate, low, high = interval
        drawn = _intervals(*(frame[column] for column in interval), digits[low])
        place = shown.columns.get_loc(estimate) + 1
        for table, column in ((shown, drawn), (numbers, True)):
            table.insert(place, _INTERVAL, column)
        shown, numbers = (table.drop(columns=[low, high]) for table in (shown, numbers))
    counted = frame.index.name is None and pd.api.types.is_integer_dtype(frame.index)
    for table in (shown, numbers):
        table.index, table.columns = _axes(table, words)
    if not shown.columns.is_unique:
        raise ValueError(f"two columns of the table have one name; it has {', '.join(shown.columns)}")
    return Table(shown, numbers, index=not counted)


def _is_number(cell):
    return isinstance(cell, Real) and not isinstance(cell, bool)


def _text(cell, digits, words):
    if str(cell) in words:
        return words[str(cell)]
    if _is_number(cell):
        return format(cell, "," if isinstance(cell, Integral) else digits)
    return str(cell)


def _axes(table, words):
    """Index and columns in words; what the index is called stands in the row of the columns' names."""
    index, columns = table.index, table.columns

    def said(name):
        return words.get(str(name), str(name))

    rows = [", ".join(map(said, row if isinstance(row, tuple) else [row])) for row in index]
    over = columns.name or ", ".join(str(name) for name in index.names if name is not None) or None
    return pd.Index(rows), pd.Index([said(column) for column in columns], name=over)


@dataclass(frozen=True)
class _Interval:
    text: str
    drawing: str

    def __str__(self):
        return self.text


def _intervals(estimates, lows, highs, digits):
    printed = [[format(value, digits) for value in row] for row in zip(lows, highs, estimates, strict=True)]
    values = np.array(printed, float)  # two machines that print the same draw the same
    left, right = values[:, 0].min(), values[:, 1].max()
    places = _DOT + (values - left) * ((_WIDE - 2 * _DOT) / ((right - left) or 1))
    middle = _HIGH / 2
    return [
        _Interval(
            f"{low} to {high}",
            f'<svg class="interval" width="{_WIDE}" height="{_HIGH}" aria-hidden="true">'
            f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{middle:g}" y2="{middle:g}"/>'
            f'<circle cx="{dot:.1f}" cy="{middle:g}" r="{_DOT}"/></svg>',
        )
        for (low, high, _), (start, end, dot) in zip(printed, places, strict=True)
    ]


def _cell(cell):
    text = re.sub(_WITH_HYPHEN, r'<span class="whole">\g<0></span>', html.escape(str(cell)))
    return text + getattr(cell, "drawing", "")
