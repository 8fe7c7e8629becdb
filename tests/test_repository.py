"""What is written in more than one place agrees: address, packages, Colab's versions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import colab
import lock
import nbformat
import notebooks
import pytest
import repository
import yaml
from conftest import ROOT
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement

PYTHONS = ("3.11", "3.12", "3.13")


def test_every_place_follows_the_address():
    assert repository.disagreements() == []


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A folder with a copy of every file that follows the address."""
    for pattern in repository.FOLLOWERS:
        for file in ROOT.glob(pattern):
            twin = tmp_path / file.relative_to(ROOT)
            twin.parent.mkdir(parents=True, exist_ok=True)
            twin.write_text(file.read_text())
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    return tmp_path


def texts(folder):
    """What the files that follow the address hold."""
    return {
        file: file.read_text() for pattern in repository.FOLLOWERS for file in sorted(folder.glob(pattern))
    }


def repositories(folder):
    """Every OWNER/NAME that a link, a badge, a clone or an install in a copy leads to."""
    around = r"(?:github\.com[/:]|/github/|/gh/)([\w.-]+/[\w.-]+?)(?:\.git)?(?![\w.-])"
    return {slug for text in texts(folder).values() for slug in re.findall(around, text)} - {"OWNER/NAME"}


ADDRESSES = (None, "https://github.com/someone-else/their.book", "https://github.com/a/b")


@pytest.mark.parametrize("url", ADDRESSES)
def test_set_repository_rewrites_every_place(url, copy, capsys):
    repository.set_address("https://github.com/old/address")
    repository.set_address(url)

    assert repository.address() == url
    assert repository.disagreements() == []
    assert repositories(copy) == ({url.removeprefix("https://github.com/")} if url else set())

    once = texts(copy)
    capsys.readouterr()
    repository.set_address(url)
    assert (texts(copy), capsys.readouterr().out) == (once, "")


def test_set_repository_leaves_nothing_behind(copy):
    start, before = repository.address(), texts(copy)
    for url in (*ADDRESSES, start):
        repository.set_address(url)
    assert texts(copy) == before


@pytest.mark.parametrize("url", ADDRESSES[:2])
def test_disagreements_name_the_place(url, copy):
    repository.set_address(url)
    for name, word in [
        ("_config.yml", "use_issues_button"),
        ("CITATION.cff", "references"),
        ("README.md", "clone"),
    ]:
        text = (copy / name).read_text()
        (copy / name).write_text(text.replace(word, "other", 1))
        assert [fault.split()[0] for fault in repository.disagreements()] == [name]
        (copy / name).write_text(text)
    (copy / "CITATION.cff").unlink()
    assert repository.disagreements() == ["CITATION.cff is missing"]


@pytest.mark.parametrize("url", ADDRESSES[:2])
def test_jupyter_book_draws_buttons_only_with_an_address(url, copy):
    repository.set_address(url)
    config = yaml.safe_load((copy / "_config.yml").read_text())
    assert config["repository"]["url"] == (url or "")
    drawn = {key for key in ("use_repository_button", "use_issues_button") if config["html"][key]}
    drawn |= {key for key in config.get("launch_buttons", ()) if key.endswith("_url")}
    wanted = {"use_repository_button", "use_issues_button", "binderhub_url", "colab_url"}
    assert drawn == (wanted if url else set())


@pytest.mark.parametrize("url", ADDRESSES[:2])
def test_chapters_are_then_as_make_notebooks_leaves_them(url, copy):
    repository.set_address(url)
    for path in sorted(copy.glob("book/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        notebooks.put_install_cell(notebook)
        assert path.read_text() == notebooks.as_text(notebook)


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/na.me",
        "https://github.com/owner/na.me/",
        "https://github.com/owner/na.me.git",
        "https://token@github.com/owner/na.me.git",
        "git@github.com:owner/na.me.git",
        "git@github.com:owner/na.me",
        "ssh://git@github.com/owner/na.me.git",
    ],
)
def test_set_repository_takes_the_address_of_origin(remote, copy, capsys):
    subprocess.run(["git", "init", "--quiet", copy], check=True)
    with pytest.raises(SystemExit, match="no remote `origin`"):
        repository.main([])
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=copy, check=True)

    repository.main([])

    assert repository.address() == "https://github.com/owner/na.me"
    assert capsys.readouterr().out.endswith("public address: https://github.com/owner/na.me\n")
    repository.main(["none"])
    assert repository.address() is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/a/b",
        "https://gitlab.com/a/b",
        "https://github.com.example.org/a/b",
        "https://github.com/a",
        "https://github.com/a/b/c",
        "git@gitlab.com:a/b.git",
        "/srv/git/b.git",
        'https://github.com/a/b"; rm c',
    ],
)
def test_set_repository_refuses_what_colab_cannot_open(url, copy):
    before = texts(copy)
    with pytest.raises(SystemExit, match="OWNER/NAME only, got"):
        repository.main([url])
    assert texts(copy) == before


def test_set_repository_says_where_it_found_no_place(copy):
    readme = copy / "README.md"
    readme.write_text(readme.read_text().replace("git clone", "git get"))
    with pytest.raises(
        SystemExit, match=r"README\.md should say once: git clone https://github.com/a/b coronet"
    ):
        repository.main(["https://github.com/a/b"])


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
    asked = {Requirement(line).name for line in lock.requirements(*lock.EXTRAS)}
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


@pytest.fixture
def run_install_cell(monkeypatch):
    """A function that runs the install cell, on Colab or not, and gives the shell commands that it calls."""

    def run(on_colab, installed=False):
        ran = []
        shell = type("Shell", (), {"system": staticmethod(ran.append)})
        code = TransformerManager().transform_cell(repository.install_source())
        with monkeypatch.context() as patched:
            if on_colab:
                patched.setitem(sys.modules, "google.colab", object())
            patched.setattr("importlib.util.find_spec", {"coronet_lib": installed}.get)
            exec(code, {"get_ipython": lambda: shell})
        return ran

    return run


@pytest.mark.parametrize("on_colab", [True, False])
def test_install_cell_installs_on_colab_only(on_colab, copy, run_install_cell):
    repository.set_address("https://github.com/a/b")
    expected = 'pip install -q "coronet-lib @ git+https://github.com/a/b"'
    assert run_install_cell(on_colab) == ([expected] if on_colab else [])


def test_install_cell_without_an_address_stops_on_colab_only(copy, run_install_cell):
    repository.set_address(None)
    with pytest.raises(
        SystemExit, match=r"^This copy of the book has no public address yet.*set-repository.*$"
    ):
        run_install_cell(on_colab=True)
    assert run_install_cell(on_colab=True, installed=True) == []  # a wheel that the reader has uploaded
    assert run_install_cell(on_colab=False) == []
