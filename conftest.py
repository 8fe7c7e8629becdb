"""What pytest needs, whatever files it is given: the scripts that tests import, and the chapters' judge."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# Tools and Sphinx extensions are scripts, no packages: their tests import them as they do each other.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("tools", "book/_ext", "tests")]

pytest_plugins = ["replay", "pytester"]

# A slow machine is not at fault: hypothesis's own limit is a fifth of a second an example.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
