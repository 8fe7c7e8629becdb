"""Where the committed data lie: beside the library in a checkout, inside it in an installed wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_path(*parts):
    """Path of something under ``data/``, such as ``data_path("runs", "quick-phantom")``.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder.
    """
    for root in (_HERE.parent / "data", _HERE / "data"):
        if (path := root.joinpath(*parts)).exists():
            return path
    raise FileNotFoundError(
        f"the committed data hold no {'/'.join(parts)}; this belongs to {_HERE.parent / 'data'}"
    )
