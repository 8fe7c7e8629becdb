"""The ``coronet`` command, also ``python -m coronet_lib.cli``."""

from coronet_lib.cli.app import main

__all__ = ["main"]
