"""What is installed from the package index: built once, looked into, and run where no checkout is."""

import json
import os
import re
import runpy
import subprocess
import sys
import zipfile

import package
import pytest


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return package.build(tmp_path_factory.mktemp("dist"))


def test_it_holds_what_it_should_and_nothing_else(built):
    assert package.faults(*built) == []


def test_what_it_lacks_and_what_it_gives_away_is_said(built, tmp_path):
    wheel, archive = built
    other = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(other, "w") as part:
        for name in whole.namelist():
            if not name.endswith("/softmax.js"):
                said = whole.read(name)
                part.writestr(name, said.replace(b"CC-BY", b"CC") if name.endswith("METADATA") else said)
        part.writestr("coronet_lib/course/bank/chapter_01.py", "")
    assert package.faults(other, archive) == [
        f"{wheel.name} lacks coronet_lib/widgets/softmax.js",
        f"{wheel.name} has, and should not: coronet_lib/course/bank/chapter_01.py",
        "METADATA says License-Expression: MIT AND CC-4.0",
    ]


def test_it_runs_where_no_checkout_is(built, tmp_path):
    """With this environment's packages; tools/package.py installs others, for each Python."""
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(tmp_path / "site")
    code = "import newcomer as n, coronet_lib as c; print(c.__file__); n.exercise(); n.explorers(); n.dicom()"
    tools = package.ROOT / "tools"
    search = os.pathsep.join([str(tmp_path / "site"), str(tools)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=package.CLEAN | {"PYTHONPATH": search},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


@pytest.mark.parametrize(("installed", "higher"), [("2.1.0", []), ("2.2", ["numpy<3,>=2.1 (2.2)"])])
def test_a_lower_bound_that_has_no_wheel_is_named(monkeypatch, installed, higher):
    monkeypatch.setattr(subprocess, "check_output", lambda *_, **__: f"numpy=={installed}\nother==1\n")
    assert package._higher(["numpy>=2.1,<3"], "python") == higher


def test_the_prototype_under_myst_is_whole(tmp_path):
    runpy.run_path(str(package.ROOT / "tools/myst/make.py"))["main"](tmp_path)
    script = (tmp_path / "softmax.mjs").read_text()
    assert script.count("export default") == 1
    assert "save_changes() {}" in script
    page = (tmp_path / "index.md").read_text()
    directive = re.search(r":::\{anywidget\} \./softmax\.mjs\n:css: \./softmax\.css\n(.*)\n:::", page)
    assert json.loads(directive.group(1))["scores"] == [2, 1, 0, -1]
