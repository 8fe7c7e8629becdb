"""The look that all figures share.

One class has one colour through the whole book; the colours are Okabe and Ito's,
which readers with any colour vision can tell apart.
"""

import seaborn as sns

COLOURS = {
    "covid19": "#D55E00",
    "normal": "#009E73",
    "pneumonia": "#0072B2",
    "pneumonia_bacterial": "#0072B2",
    "pneumonia_viral": "#CC79A7",
}


def use_style():
    """Set matplotlib's defaults for the book: readable at page width, nothing superfluous."""
    sns.set_theme(
        style="ticks",
        rc={
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "font.size": 10,
            "image.cmap": "gray",
        },
    )
