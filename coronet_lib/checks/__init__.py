"""Checks of the exercises: each takes an answer and says in the chapter's terms what is wrong with it.

No message holds the answer. What is checked is the result, not the way to it.
"""

from coronet_lib.checks._verdict import Verdict
from coronet_lib.checks.chapter_04 import log_softmax

__all__ = ["Verdict", "log_softmax"]
