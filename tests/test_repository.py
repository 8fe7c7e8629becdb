"""What is written in more than one place agrees: address, packages, Colab's versions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import colab
import lock
import pytest
import repository
import yaml
from conftest import ROOT
from packaging.requirements import Requirement

PYTHONS = ("3.11", "3.12", "3.13")


def test_every_file_names_the_same_repository():
    assert repository.disagreements() == []


def test_set_repository_rewrites_every_follower(tmp_path, monkeypatch, capsys):
    for pattern in repository.FOLLOWERS:
        for file in ROOT.glob(pattern):
            copy = tmp_path / file.relative_to(ROOT)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(file.read_text())
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    old = repository.address()

    repository.set_address("https://github.com/someone-else/their.book")

    assert repository.address() == "https://github.com/someone-else/their.book"
    assert repository.disagreements() == []
    assert not [file for file in tmp_path.rglob("*.*") if old in file.read_text()]

    changed = tmp_path / "_config.yml"
    changed.write_text(changed.read_text().replace("someone-else", "nobody"))
    assert len(repository.disagreements()) == 1


@pytest.mark.parametrize(
    "url",
    ["", "github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a", "https://github.com/a/b.git"],
)
def test_set_repository_refuses_what_colab_cannot_open(url, monkeypatch, tmp_path):
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="OWNER/NAME, got"):
        repository.set_address(url)


def test_badges_and_links_name_files_that_exist():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    branch = config["repository"]["branch"]
    linked = [
        path
        for page in [ROOT / "README.md", *(ROOT / "book").glob("*.md")]
        for path in re.findall(rf"/{branch}(?:\?urlpath=lab/tree)?/([\w/.-]+\.ipynb)", page.read_text())
    ]
    assert [path for path in linked if not (ROOT / path).exists()] == []


def test_no_file_names_a_package_index():
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npm|registry\.yarn|index-url|conda\.anaconda")
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]
    naming = [
        name
        for name in tracked
        if (ROOT / name).is_file()
        and ROOT / name != Path(__file__)
        and hosts.search((ROOT / name).read_text(errors="ignore").replace("--no-emit-index-url", ""))
    ]
    assert naming == []


def pins(python):
    """What requirements.lock installs with that Python on Linux, as a dict from package to version."""
    text = (ROOT / "requirements.lock").read_text()
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
    }
    pinned = {}
    for line in re.findall(r"^(\S+==.*?) \\$", text, re.M):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned[requirement.name] = str(requirement.specifier).removeprefix("==")
    return pinned


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_holds_what_pyproject_asks_for(python):
    pinned = pins(python)
    missing = [
        line
        for line in lock.requirements(*lock.EXTRAS)
        if not (asked := Requirement(line)).specifier.contains(pinned.get(asked.name, "0"))
    ]
    assert missing == [], "run `make lock`"


def test_every_pin_has_hashes():
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_environment_yml_follows_from_the_lock():
    assert (ROOT / "environment.yml").read_text() == lock.environment(), "run `make lock`"


def test_environment_yml_has_what_book_and_tests_need():
    *_, python = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    *pinned, library = python["pip"]
    assert library == "--editable ."
    asked = {Requirement(line).name for line in lock.requirements("tensorflow", "book", "test")}
    assert {Requirement(line).name for line in pinned} == asked


def test_python_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    setup = (ROOT / "tools/setup_venv.py").read_text()
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "OLDEST, NEWEST = (3, 11), (3, 13)" in setup
    assert "Python 3.11 to 3.13" in (ROOT / "book/index.md").read_text()


def test_colab_has_every_base_dependency_but_one():
    pinned = colab.pinned()
    asked = [Requirement(line) for line in lock.requirements()]
    missing = [str(r) for r in asked if not r.specifier.contains(pinned.get(r.name, "0"))]
    # Colab has what imagehash itself needs, so installing it there changes nothing.
    assert missing == ["imagehash>=4.3"]


@pytest.mark.slow
def test_installing_on_colab_changes_no_version():
    command = ["pip", "compile", "pyproject.toml", "--quiet", "--no-header", "--no-annotate"]
    target = ["--python-version", colab.COLAB_PYTHON, "--python-platform", "linux"]
    resolved = subprocess.run(
        [colab.UV, *command, *target, "--constraint", colab.PINNED], cwd=ROOT, capture_output=True, text=True
    )
    if re.search("Failed to fetch|error sending request", resolved.stderr):
        pytest.skip("resolving needs a package index, and none is reachable")
    assert resolved.returncode == 0, resolved.stderr
    pinned = colab.pinned()
    versions = dict(line.split("==") for line in resolved.stdout.split() if "==" in line)
    changed = {name: version for name, version in versions.items() if pinned.get(name, version) != version}
    assert len(versions) >= len(lock.requirements())
    assert changed == {}


@pytest.mark.parametrize("on_colab", [True, False])
def test_install_cell_installs_on_colab_only(on_colab, monkeypatch):
    from IPython.core.inputtransformer2 import TransformerManager

    ran = []
    shell = type("Shell", (), {"system": staticmethod(ran.append)})
    if on_colab:
        monkeypatch.setitem(sys.modules, "google.colab", object())
    code = TransformerManager().transform_cell(repository.install_source())
    exec(code, {"get_ipython": lambda: shell})
    expected = f'pip install -q "coronet-lib @ git+{repository.address()}"'
    assert ran == ([expected] if on_colab else [])
