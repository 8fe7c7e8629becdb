"""The library is a house with floors: imports go down, and each folder is as light as it says."""

import subprocess
import sys

import pytest
from conftest import ROOT

FRAMEWORKS = {"tensorflow", "keras", "matplotlib", "pydantic"}


def python(code):
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_imports_go_down_and_round_nowhere():
    """The contracts stand in pyproject.toml."""
    found = python("from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")
    assert "2 kept, 0 broken" in found


@pytest.mark.parametrize(
    ("module", "brings"),
    [
        ("coronet_lib", set()),
        ("coronet_lib.cli", set()),
        ("coronet_lib.layers", set()),
        ("coronet_lib.evaluation", set()),
        ("coronet_lib.audit", set()),
        ("coronet_lib.checks", set()),
        ("coronet_lib.datasets.phantom", set()),
        ("coronet_lib.training", set()),
        ("coronet_lib.runs.report", {"pydantic"}),
        ("coronet_lib.figures", {"matplotlib"}),
    ],
)
def test_a_room_brings_no_framework_that_it_can_do_without(module, brings):
    loaded = python(f"import sys, {module}; print(*sys.modules)").split()
    assert FRAMEWORKS & set(loaded) == brings


def test_what_a_folder_hands_on_late_is_there():
    """The lower floor first, which brings nothing of the upper one."""
    code = "import coronet_lib.{0} as room; print([name for name in room.__all__ if not hasattr(room, name)])"
    assert python("\n".join(map(code.format, ("training", "runs")))) == "[]\n[]\n"
