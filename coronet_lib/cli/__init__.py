"""The ``coronet`` command, also ``python -m coronet_lib``."""

from coronet_lib.cli.app import main

__all__ = ["main"]
