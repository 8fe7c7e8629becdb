"""Sphinx extension: puts into the page what the notebook must not give away in Colab or JupyterLab.

A line of a chapter that begins with ``<!-- solution 3 -->`` becomes a fold-out with the section ``## 3`` of
``book/solutions/CHAPTER.md``; one that begins with ``<!-- self-test -->`` becomes the questions of
``book/self_tests/CHAPTER.yml``. A notebook shows neither comment, only what stands behind it on the line.
Paragraphs that begin a section with ``Hint:`` are folded by themselves, each inside the one before it, and
below a block of Python stands what it printed when the chapter was last executed.
A missing section, a question without exactly one right option, or a link to no heading ends the build.
"""

import json
import re
from pathlib import Path

import yaml
from beside import carry
from sphinx.errors import ExtensionError

MARK = re.compile(r"^<!-- (solution|self-test) ?(\d*) -->.*$", re.M)
HINT = re.compile(r"Hint: (.+?)\n\n", re.S)
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PRINTED = "_build/.jupyter_cache/printed"  # of the book; `execute` writes it


def solutions(path):
    """The sections of a solutions file: {number: MyST text}."""
    parts = re.split(r"^## (\d+)\n", path.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(map(int, parts[1::2]), (text.strip() for text in parts[2::2]), strict=True))


def questions(path):
    """The questions of a self-test, checked.

    Returns
    -------
    list of dict
        ``question`` and ``options``; an option has ``text`` and ``why``, a wrong one also
        ``misconception`` and ``see``, the heading of the chapter that answers it.

    Raises
    ------
    ExtensionError
        If a question has not exactly one right option or a wrong one lacks a part.
    """
    asked = yaml.safe_load(path.read_text(encoding="utf-8"))
    for number, item in enumerate(asked, start=1):
        if item.keys() != {"question", "options"}:
            raise ExtensionError(f"{path.name}: question {number} wants `question` and `options` only")
        right = [option for option in item["options"] if option.keys() == {"text", "why"}]
        wrong = [option for option in item["options"] if option not in right]
        if len(right) != 1 or len(wrong) < 2:
            raise ExtensionError(f"{path.name}: question {number} wants one right option and two wrong ones")
        for option in wrong:
            if option.keys() != {"text", "why", "misconception", "see"}:
                raise ExtensionError(
                    f"{path.name}: an option of question {number} has {', '.join(option)}; a wrong one "
                    "wants text, misconception, why and see, the right one text and why"
                )
    return asked


def slug(heading):
    """The anchor that MyST gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def hints_and_answer(text):
    """A section of the solutions, taken apart: the hints that it begins with, and the rest."""
    hints = []
    while found := HINT.match(text):
        hints.append(found[1])
        text = text[found.end() :]
    return hints, text


def hints_text(hints, number=1):
    """The hints, each folded up in the one before it: nobody meets the second before the first."""
    if not hints:
        return ""
    fence = "`" * (5 + len(hints))
    inner = f"{hints[0]}\n\n{hints_text(hints[1:], number + 1)}"
    return f"{fence}{{admonition}} Hint {number}\n:class: tip dropdown\n{inner}\n{fence}\n\n"


def solution_text(number, text, printed):
    """Hints and solution as fold-outs; ``printed`` has what each block of Python printed."""
    hints, answer = hints_and_answer(text)

    def with_output(block):
        output = printed.get(block[1], "").rstrip()
        return f"{block[0]}\n````{{code-block}} text\n:class: printed\n{output}\n````" if output else block[0]

    folded = f"{{admonition}} Solution of exercise {number}\n:class: dropdown\n"
    return f"{hints_text(hints)}`````{folded}{PYTHON_BLOCK.sub(with_output, answer)}\n`````"


def option_text(option, headings):
    if "see" not in option:
        reply, kind = f"**Right.** {option['why']}", "right"
    elif option["see"] not in headings:
        raise ExtensionError(f"the self-test points to {option['see']!r}, which is no heading of its chapter")
    else:
        link = f"[{option['see']}](#{slug(option['see'])})"
        reply = f"**Not quite: {option['misconception']}.** {option['why']} Read again: {link}."
        kind = "wrong"
    # A fence of tildes, because one of backticks has no code in its title.
    return f"~~~~{{dropdown}} {option['text']}\n:class-container: self-test-{kind}\n\n{reply}\n~~~~"


def self_test_text(asked, headings):
    blocks = ["Open the option that you think is right; each one answers."]
    for number, item in enumerate(asked, start=1):
        options = "\n".join(option_text(option, headings) for option in item["options"])
        blocks.append(
            f"`````{{container}} self-test\n**{number}.** {item['question'].strip()}\n\n{options}\n`````"
        )
    return "\n\n".join(blocks)


def inserted_text(path, mark, headings, note, printed):
    """What a mark in the chapter at ``path`` stands for; ``note`` hears which file it came from."""
    kind, number = mark.groups()
    folder, suffix = ("solutions", ".md") if kind == "solution" else ("self_tests", ".yml")
    source = path.parent / folder / f"{path.stem}{suffix}"
    if not source.is_file():
        raise ExtensionError(f"{path.name} wants a {kind}, but there is no {source}")
    note(str(source))
    if kind == "self-test":
        return self_test_text(questions(source), headings)
    known = solutions(source)
    if int(number) not in known:
        raise ExtensionError(f"{source.name} has no section `## {number}`")
    return solution_text(number, known[int(number)], printed)


def expand(app, docname, content):
    """Put solutions and self-test into the source of a chapter before it is parsed."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    notebook = json.loads(content[0])
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    texts = ["".join(cell["source"]) for cell in cells]
    headings = {heading.strip() for text in texts for heading in re.findall(r"^#+ (.+)$", text, re.M)}
    output = Path(app.srcdir, PRINTED, f"{path.stem}.json")
    app.env.note_dependency(str(output))
    printed = json.loads(output.read_text(encoding="utf-8")) if output.is_file() else {}
    for cell, text in zip(cells, texts, strict=True):
        cell["source"] = MARK.sub(
            lambda mark: inserted_text(path, mark, headings, app.env.note_dependency, printed), text
        )
    content[0] = json.dumps(notebook)


def setup(app):
    app.connect("source-read", expand)
    carry(app, __file__, ".css")
    app.add_css_file("inserts.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
