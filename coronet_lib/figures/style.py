"""The look that all figures share.

One class has one colour through the whole book; the colours are Okabe and Ito's,
which readers with any colour vision can tell apart.
"""

import os

import matplotlib
import seaborn as sns
from matplotlib.patheffects import withStroke

COLOURS = {
    "covid19": "#D55E00",
    "normal": "#009E73",
    "pneumonia": "#0072B2",
    "pneumonia_bacterial": "#0072B2",
    "pneumonia_viral": "#CC79A7",
}
"""Class to its colour, the same in every figure."""

FIRST, SECOND, QUIET = "#0b56c4", "#9a4a12", "#7f7f7f"
"""Of what is no class: a thing, another beside it, and what neither of them is."""
MARK = "#ffb000"
"""Of what is drawn on an X-ray."""
ON_MAP = "#00d7ff"
"""Of what is drawn over a map, which is orange itself."""
ON_XRAY = {"color": MARK, "path_effects": [withStroke(linewidth=3, foreground="black")]}
"""How words on an X-ray are written, to be read on bone as on air."""


def use_style():
    """Set matplotlib's defaults for the book: readable at page width, nothing superfluous.

    In a notebook, figures have twice the pixels that they are shown with, as sharp screens want them;
    ``CORONET_FIGURES`` may name other formats, as IPython knows them, with commas between.
    """
    sns.set_theme(
        style="ticks",
        palette=[FIRST, SECOND, "black", "#56B4E9", QUIET],
        rc={
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 12,
            "figure.titlesize": 12,
            "axes.labelsize": 10,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.fontsize": 9,
            "legend.title_fontsize": 9,
            "legend.frameon": False,
            "font.size": 10,
            "image.cmap": "gray",
        },
    )
    if "inline" in matplotlib.get_backend():
        from matplotlib_inline.backend_inline import set_matplotlib_formats  # it comes with the kernel

        set_matplotlib_formats(*os.environ.get("CORONET_FIGURES", "retina").split(","))
