"""The public names of the library, by a rule that code can follow.

The rooms of ``coronet_lib`` are its folders and its single files. Public is

- what the ``__all__`` of a folder hands on,
- each function and class that is written in a module,
- and each constant there, in capitals, below which a line says what it is;

not what has an underscore before it, nor what stands in a module that has. Each name has one place, the
highest that hands it on, such as ``coronet_lib.layers.relu``.

Left out is what nobody calls by its name: what recomputes the audit's findings, the commands of the room
``cli``, and the bank of problems, which is in no wheel.
"""

import ast
import inspect
from functools import cache
from importlib import import_module
from itertools import pairwise
from pkgutil import iter_modules

import coronet_lib
from coronet_lib import audit

LIBRARY = coronet_lib.__name__
APART = {f"{LIBRARY}.cli", f"{LIBRARY}.course.bank"}


def rooms():
    """The short names of the rooms."""
    return [name.rpartition(".")[2] for name in _inner(coronet_lib)]


@cache
def public(room):
    """The public names of a room.

    Parameters
    ----------
    room : str
        As :func:`rooms` has it.

    Returns
    -------
    dict
        The name of each module that has some, to a dict from the whole name to the object: what the module
        hands on in the order of its ``__all__``, what is written in it in the order of its lines.
    """
    found, seen = {}, {id(finding.recompute) for finding in audit.findings()}
    for module in _modules(import_module(f"{LIBRARY}.{room}")):
        names = getattr(module, "__all__", None) or _written(module)
        own = {f"{module.__name__}.{name}": getattr(module, name) for name in names}
        own = {name: one for name, one in own.items() if kind(one) == "data" or id(one) not in seen}
        seen.update(map(id, own.values()))
        if own:
            found[module.__name__] = own
    return found


def kind(one):
    """What autodoc calls it."""
    return "class" if inspect.isclass(one) else "function" if inspect.isroutine(one) else "data"


def place(one):
    """Where a function or class is written: its module and its name there; a constant does not know."""
    return None if kind(one) == "data" else f"{one.__module__}.{one.__qualname__}"


def _inner(module):
    """The names of the modules in a module."""
    names = (f"{module.__name__}.{one.name}" for one in iter_modules(getattr(module, "__path__", ())))
    return [name for name in names if not name.rpartition(".")[2].startswith("_") and name not in APART]


def _modules(module):
    """A module and all that are in it, the nearer ones first."""
    yield module
    for name in _inner(module):
        yield from _modules(import_module(name))


def explanation(name):
    """What stands below a constant, in whichever module of its room it is written; empty if nothing does."""
    _, room, *_, constant = name.split(".")
    explained = [_explained(module) for module in _modules(import_module(f"{LIBRARY}.{room}"))]
    return next((texts[constant] for texts in explained if constant in texts), "")


@cache
def _explained(module):
    """The constants of a module with a line below that says what they are: {name: line}."""
    body = ast.parse(inspect.getsource(module)).body
    return {
        one.id: inspect.cleandoc(below.value.value)
        for assigned, below in pairwise(body)
        if isinstance(assigned, ast.Assign)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        for one in ast.walk(assigned.targets[0])
        if isinstance(one, ast.Name)
    }


def _written(module):
    here = {
        name: name in _explained(module) and name.isupper()
        if kind(one) == "data"
        else one.__module__ == module.__name__
        for name, one in vars(module).items()
        if not name.startswith("_")
    }
    return [name for name, written in here.items() if written]
