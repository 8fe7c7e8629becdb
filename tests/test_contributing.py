"""What is told to somebody who joins holds: targets, files, versions, forms, and their first exercise."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT
from packaging.specifiers import SpecifierSet

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PYTHONS = SpecifierSet(PROJECT["project"]["requires-python"])
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
LARGEST = 2_500_000  # bytes; the weights of the committed quick run


def job_steps(workflow):
    """The steps of all jobs of a workflow."""
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step for job in jobs for step in job.get("steps", ())]


@pytest.mark.parametrize(
    "name",
    [
        *(f".github/workflows/{path.name}" for path in WORKFLOWS),
        ".devcontainer/devcontainer.json",
        ".github/PULL_REQUEST_TEMPLATE.md",
        ".pre-commit-config.yaml",
        "CONTRIBUTING.md",
        "Dockerfile",
        "README.md",
        "book/making.md",
    ],
)
def test_make_has_every_target_that_is_called(name):
    phony = " ".join(re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.M)).split()
    called = re.findall(r"(?:run: |RUN |`|\"|^)make ([a-z][a-z-]*)", (ROOT / name).read_text(), re.M)
    assert set(called) <= set(phony)


def test_tests_run_on_every_python_that_is_supported():
    strategy = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]["test"]["strategy"]
    supported = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}.0" in PYTHONS]
    assert strategy["matrix"]["python"] == supported


def test_pythons_that_are_named_are_supported():
    setups = [step["with"]["python-version"] for path in WORKFLOWS for step in job_steps(path)
              if step.get("uses", "").startswith("actions/setup-python@")]  # fmt: skip
    named = [version for version in setups if not version.startswith("${{")]
    named += re.findall(r"^ARG PYTHON=(.*)", (ROOT / "Dockerfile").read_text(), re.M)
    named += [(ROOT / "binder/runtime.txt").read_text().strip().removeprefix("python-")]
    assert len(named) >= 5
    assert [version for version in named if f"{version}.0" not in PYTHONS] == []


def test_actions_are_pinned_by_one_commit_each():
    used = re.findall(r"uses: ([^.\s]\S*)(.*)", "\n".join(path.read_text() for path in WORKFLOWS))
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action, _ in used)
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", version) for _, version in used)
    assert len(set(used)) == len({action.partition("@")[0] for action, _ in used})


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", (ROOT / name).read_text()):
        file, _, anchor = target.partition("#")
        headings = re.findall(r"^#+ (.*)", (ROOT / file).read_text(), re.M)
        anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, target


def test_files_that_the_guide_names_are_there():
    named = re.findall(r"(?:^|[\s`])((?:\.?\w[\w.-]*/)+[\w.-]*)", GUIDE, re.M)
    ours = {name for name in named if name.split("/")[0] in {path.name for path in ROOT.iterdir()}}
    made = (".venv", "_build")
    assert len(ours) > 10
    assert sorted(name for name in ours if not (ROOT / name).exists() and not name.startswith(made)) == []


def test_the_version_is_the_same_everywhere():
    fallback = PROJECT["tool"]["hatch"]["version"]["fallback-version"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    released = re.findall(r"^## \[(\d\S*)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert {cited, *released[:1]} == {fallback}


@pytest.mark.parametrize("form", ["text", "code", "idea"])
def test_forms_have_fields_that_can_be_filled_in_by_a_link(form):
    fields = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{form}.yml").read_text())
    asked = [field for field in fields["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in asked]
    assert {"name", "description"} <= set(fields)
    assert len(set(ids)) == len(ids)
    assert all(field["attributes"]["label"] for field in asked)
    if form == "text":
        assert {"page", "section", "what"} <= set(ids)  # what the pages' links fill in, and the reader


def test_pre_commit_runs_what_is_here():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    locked = re.findall(r"^([\w-]+)==", (ROOT / "requirements.lock").read_text(), re.M)
    for hook in hooks:
        command, *arguments = hook["entry"].split()
        assert command.removeprefix(".venv/bin/") in locked
        assert all((ROOT / name).is_file() for name in arguments if name.startswith("tests/"))


def test_no_file_is_large():
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]
    sizes = {name: (ROOT / name).stat().st_size for name in tracked if (ROOT / name).is_file()}
    assert [name for name, size in sizes.items() if size > LARGEST] == []


def test_the_first_exercise_is_tried_by_all_tests_of_its_files():
    """A pattern would leave out those that are named by the exercise, and not by the chapter."""
    assert re.search(r"^\.venv/bin/pytest( tests/test_\w+\.py)+$", GUIDE, re.M)


def test_the_first_exercise_is_right():
    """Its check, wrong answers and solution, as the guide prints them, in a process of their own."""
    check, solution, test = (
        re.search(rf"^```python\n({begin}.*?)^```$", GUIDE, re.M | re.S)[1]
        for begin in ("@exercise", "pooled_numbers = \\(", "test_pooled_numbers")
    )
    code = f"""
from coronet_lib import checks
from coronet_lib.checks.answer import match, number
from coronet_lib.checks.verdict import exercise

{check}
checks.pooled_numbers = pooled_numbers

def refuses(check, answers):
    return [(answer, message, check(answer)) for answer, message in answers]

{test}
assert test_pooled_numbers and all(m in v.message and not v for _, m, v in test_pooled_numbers)
check = pooled_numbers
{solution}
assert check(pooled_numbers), check(pooled_numbers)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
