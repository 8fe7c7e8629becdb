"""Checks of the exercises: each takes an answer and says in the chapter's terms what is wrong with it.

No message holds the answer. What is checked is the result and not the way to it, but for loops where none is
asked for.
"""

from importlib import import_module
from pkgutil import iter_modules

from coronet_lib.checks.verdict import Verdict, Wrong, exercises

for _module in iter_modules(__path__):
    if _module.name.startswith("chapter_"):
        import_module(f"{__name__}.{_module.name}")  # registers its checks
_CHECKS = {exercise.name: exercise.check for exercise in exercises()}
globals().update(_CHECKS)

__all__ = ["Verdict", "Wrong", "exercises", *_CHECKS]
