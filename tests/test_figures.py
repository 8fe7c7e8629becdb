"""Figures say what the arrays say."""

import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

from coronet_lib import figures

CLASSES = ("covid19", "normal", "pneumonia")
SCORES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.0, 1.0, 0.0]])
TRUE = np.array([0, 1, 1])
DRAWING = [*ROOT.glob("book/*.ipynb"), *ROOT.glob("coronet_lib/figures/*.py")]
IMAGES = np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8, 1)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_scores_stand_below_their_x_ray():
    figure = figures.class_scores(IMAGES, SCORES, TRUE, CLASSES, columns=2)
    assert len(figure.axes) == 6
    for i, (above, below) in enumerate(zip(figure.axes[::2], figure.axes[1::2], strict=True)):
        np.testing.assert_array_equal(np.asarray(above.images[0].get_array()).squeeze(), IMAGES[i].squeeze())
        np.testing.assert_allclose([bar.get_width() for bar in below.patches], SCORES[i])
        shown = [text.get_text() for text in below.texts]
        assert shown == [f"{100 * score:.0f} %" for score in SCORES[i]]


def test_a_wrong_answer_is_told_in_words_and_not_by_colour_only():
    figure = figures.class_scores(IMAGES, SCORES, TRUE, CLASSES)
    titles = [axis.get_title() for axis in figure.axes[::2]]
    assert titles == ["✓ COVID-19", "✗ Normal,\nnot Pneumonia", "✓ Normal"]


def test_a_class_has_its_colour_in_every_panel():
    figure = figures.class_scores(IMAGES, SCORES, TRUE, CLASSES)
    for below in figure.axes[1::2]:
        drawn = [plt.matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in below.patches]
        assert drawn == [figures.COLOURS[name] for name in CLASSES]


@pytest.mark.parametrize(("scores", "true"), [(SCORES[:2], TRUE), (SCORES, TRUE[:2]), (SCORES[:, :2], TRUE)])
def test_scores_of_other_images_are_refused(scores, true):
    with pytest.raises(ValueError, match="3 images of 3 classes want scores"):
        figures.class_scores(IMAGES, scores, true, CLASSES)


def test_a_confusion_matrix_has_its_counts_upright_and_a_bar_only_if_wanted():
    matrix = np.array([[5, 1, 0], [0, 7, 2], [3, 0, 9]])
    for bar in (True, False):
        axis = figures.confusion(matrix, CLASSES, bar=bar)
        assert len(axis.figure.axes) == 1 + bar
        assert [int(text.get_text()) for text in axis.texts] == matrix.ravel().tolist()
        assert {label.get_rotation() for label in axis.get_xticklabels()} == {0}


def test_numbers_stand_in_squares_and_what_belongs_together_has_one_colour():
    table, places = np.array([10, 90]), np.array([[0, 1, 1], [1, 0, 0]])
    titles = ["table", "table[$]"]
    figure = figures.show_numbers([table, table[places]], titles, groups=[np.arange(2), places])
    (axis,) = figure.axes
    written = [text.get_text() for text in axis.texts]
    assert written == ["10", "90", "table", "10", "90", "90", "90", "10", "10", "table[$]"]
    colours = [square.get_facecolor() for square in axis.patches]
    assert colours[0] != colours[1]
    assert colours[2:] == [colours[place] for place in places.flat]
    corners = np.array([square.get_xy() for square in axis.patches])
    np.testing.assert_allclose(corners[5] - corners[2], (0, 1))  # the second row lies below the first
    assert axis.yaxis_inverted()
    assert corners[2, 0] > corners[1, 0] + 1


def test_groups_want_the_shapes_of_the_arrays():
    with pytest.raises(ValueError, match=r"shapes of the arrays, \[\(1, 2\)\], got \[\(1, 3\)\]"):
        figures.show_numbers([np.ones(2)], ["ones"], groups=[np.zeros(3, int)])


def test_learning_curves_have_two_colours_and_whole_epochs():
    history = pd.DataFrame({"epoch": [1, 2, 3], "loss": [1.4, 1, 0.9], "val_loss": [1.4, 1.2, 1.1]})
    history = history.assign(accuracy=0.5, val_accuracy=0.4)
    for axis in figures.learning_curves(history).axes:
        assert [line.get_color() for line in axis.lines] == [figures.SECOND, figures.FIRST]
        assert all(tick == int(tick) for tick in axis.get_xticks())


def test_a_title_is_larger_than_what_stands_at_the_axes():
    figures.use_style()
    sizes = plt.rcParams
    assert sizes["axes.titlesize"] > sizes["axes.labelsize"] >= sizes["xtick.labelsize"]


@pytest.mark.parametrize(
    "path", [*ROOT.glob("book/*.ipynb"), *ROOT.glob("coronet_lib/figures/*.py")], ids=str
)
def test_the_colour_of_a_class_is_named_by_its_class(path):
    """A number would give it to something else; ``style.py`` has the only ones."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    used = {colour.upper() for colour in re.findall("#[0-9A-Fa-f]{6}", text)}
    assert path.name == "style.py" or not used & set(figures.COLOURS.values())


class TestTable:
    FRAME = pd.DataFrame(
        {"accuracy": [0.917, 0.262], "low": [0.88, 0.2], "high": [0.95, 0.35], "of": [1251, 313]}
        | {"seen": ["a<b", None]},
        index=pd.Index(["covid19", "covid19"], name="class"),
    )  # fmt: skip

    def shown(self, **options):
        table = figures.show_table(self.FRAME, **options)
        return table, BeautifulSoup(table._repr_html_(), "html.parser")

    def test_has_words_for_names_and_right_digits(self):
        table, page = self.shown(digits={"accuracy": ".2f"})
        assert repr(table).split("\n")[1].split() == ["COVID-19", "0.92", "0.9", "0.9", "1,251", "a<b"]
        assert [th.text for th in page.select("thead th")] == [
            "class",
            "accuracy",
            "low",
            "high",
            "of",
            "seen",
        ]
        assert [td.text for td in page.select("tbody tr:last-child td")] == ["0.26", "0.2", "0.3", "313", "–"]
        assert len(page.select("thead tr")) == 1
        assert "words" in page.find("td", string="a<b")["class"]
        assert "number" in page.find("td", string="1,251")["class"]
        assert page.select_one("tbody th span.whole").text == "COVID-19"
        assert re.search(r"th\.col4\s*{\s*text-align: left", page.style.text)
        assert page.style.text.count("th.") == 1

    def test_draws_intervals_on_one_scale(self):
        table, page = self.shown(digits=".3f", interval=("accuracy", "low", "high"))
        assert "0.880 to 0.950" in repr(table)
        assert [th.text for th in page.select("thead th")] == [
            "class",
            "accuracy",
            "95 % interval",
            "of",
            "seen",
        ]
        lines = [(float(line["x1"]), float(line["x2"])) for line in page.select("svg line")]
        dots = [float(dot["cx"]) for dot in page.select("svg circle")]
        left, right = lines[1][0], lines[0][1]  # 0.2 and 0.95
        for dot, accuracy in zip(dots, self.FRAME["accuracy"], strict=True):
            assert dot == pytest.approx(left + (right - left) * (accuracy - 0.2) / 0.75, abs=0.1)

    def test_is_the_same_each_time(self):
        assert str(self.shown()[1]) == str(self.shown()[1])

    def test_counted_rows_go_without_their_numbers(self):
        table = figures.show_table(self.FRAME.reset_index())
        assert "0" not in repr(table).split("\n")[1].split()[0]
        assert not BeautifulSoup(table._repr_html_(), "html.parser").select("tbody th")

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"interval": ("accuracy", "lo", "high")}, "no column 'lo'"),
            ({"names": {"low": "high"}}, "one name"),
        ],
    )
    def test_refuses_what_it_cannot_show(self, options, says):
        with pytest.raises(ValueError, match=says):
            self.shown(**options)
