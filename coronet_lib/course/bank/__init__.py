"""The bank: problems for marks, by chapter, none of which is an exercise of the book."""

from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pkgutil import iter_modules

from coronet_lib.course.problem import registered
from coronet_lib.files import sha256
from coronet_lib.text import reason

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):  # what problems share
        import_module(f"{__name__}.{_module.name}")  # registers its problems


def choose(wanted):
    """Problems of the bank by what an instructor types.

    Parameters
    ----------
    wanted : iterable of str
        Chapters, "2", and problems, "2.3", in any order.

    Returns
    -------
    list of Entry
        In the book's order, each once.

    Raises
    ------
    ValueError
        If there is no such chapter or problem; names those there are.
    """
    wanted = list(wanted)
    entries = registered()
    known = {entry.label for entry in entries} | {str(entry.chapter) for entry in entries}
    if unknown := [one for one in wanted if one not in known]:
        there = ", ".join(entry.label for entry in entries)
        raise ValueError(f"the bank has no {unknown[0]!r}; there are chapters and {there}")
    return [entry for entry in entries if entry.label in wanted or str(entry.chapter) in wanted]


_added = set()


def add(path):
    """Add an instructor's own problems: a Python file that registers them as the modules here do.

    Parameters
    ----------
    path : path-like
        A file of the same content is added once.

    Raises
    ------
    ValueError
        If the file cannot be executed, or registers what is in the bank already.
    """
    if (digest := sha256(path)) in _added:
        return
    loader = SourceFileLoader(f"coronet_own_bank_{digest}", str(path))
    try:
        loader.exec_module(module_from_spec(spec_from_loader(loader.name, loader)))
    except Exception as error:  # whatever an instructor's code may raise
        raise ValueError(
            f"{path} cannot be used as a bank: {type(error).__name__} ({reason(error)})"
        ) from error
    _added.add(digest)


__all__ = ["add", "choose", "registered"]
