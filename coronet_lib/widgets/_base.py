"""What the interactive figures share on the Python side."""

import re
from pathlib import Path

import anywidget
import numpy as np

_HERE = Path(__file__).parent


_COMMENTS = re.compile(r"^\s*(//[^\n]*|/\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
_INDENTS = re.compile(r"^\s+", re.MULTILINE)


def read(*names):
    """The files of this folder, one after the other, as one text without comments and indents.

    A browser receives one script per widget and cannot import a second one from a saved page, so the
    shared parts are put in front of the widget's own code. Every page carries all of it: what only
    maintainers read stays behind.
    """
    text = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)
    return _INDENTS.sub("", _COMMENTS.sub("", text))


class BrowserWidget(anywidget.AnyWidget):
    """An interactive figure that needs Python once, to hand over its state.

    A subclass sets ``_esm = read("shared.js", "its_own.js")`` and ``_css`` likewise, with ``maps`` or
    ``charts`` between them if it draws any, and keeps everything that its figure depends on in traitlets
    tagged ``sync=True``: they are saved with the page, and the script redraws from them alone. A saved
    page sorts the keys of a dict: what has an order is a list.
    """

    def __init__(self, **settings):
        traits = self.class_own_traits(sync=True)
        known = sorted(name for name, trait in traits.items() if not trait.read_only)
        if unknown := sorted(settings.keys() - set(known)):  # traitlets would only warn
            raise ValueError(f"settings want to be among {known}, got {unknown}")
        super().__init__(**settings)

    def __repr__(self):
        """The class name alone: without an address, an executed notebook is the same file twice."""
        return f"{type(self).__name__}()"


def finite_array(name, value, dimensions):
    """``value`` as a float array of finite numbers whose dimensions are one of ``dimensions``.

    A ValueError, which calls it ``name``, refuses anything else.
    """
    array = np.asarray(value, dtype=float)
    if array.ndim not in dimensions or array.size == 0:
        wanted = " or ".join(map(str, dimensions))
        raise ValueError(f"{name} wants {wanted} dimensions and at least one number, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return array
