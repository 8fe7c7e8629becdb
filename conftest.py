"""What pytest needs, whatever files it is given: the scripts that tests import, and the chapters' judge."""

import sys
from pathlib import Path

# Tools and Sphinx extensions are scripts, no packages: their tests import them as they do each other.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("tools", "book/_ext", "tests")]

pytest_plugins = ["replay", "pytester"]
