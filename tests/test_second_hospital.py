"""The tool that fine-tunes chapter 13's network with ten seeds runs the chapter's own cells."""

import ast
import builtins
from types import SimpleNamespace

import pandas as pd
import second_hospital

from coronet_lib.files import data_path


def names(sources, kind):
    """Names that the sources read (``ast.Load``) or bind (``ast.Store``), imports and functions included."""
    found = set()
    for node in ast.walk(ast.parse("\n".join(sources))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind):
            found.add(node.id)
        elif kind is ast.Store and isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif kind is ast.Store and isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


def test_the_chapter_defines_what_the_tool_asks_of_it(monkeypatch):
    executed = []
    monkeypatch.setattr(
        second_hospital,
        "NotebookClient",
        lambda notebook, **_: SimpleNamespace(execute=lambda: executed.append(notebook)),
    )
    second_hospital.main()
    *chapter, keep = [cell.source for cell in executed[0].cells if cell.cell_type == "code"]
    assert "def fine_tuned" in chapter[-1]
    assert names([keep], ast.Load) - names([keep], ast.Store) - set(dir(builtins)) <= names(
        chapter, ast.Store
    )


def test_the_kept_table_has_ten_seeds():
    kept = pd.read_csv(data_path("second_hospital.csv"), index_col="seed")
    assert kept.index.tolist() == ["before", *map(str, range(10))]
    assert kept.to_numpy().min() >= 0
    assert kept.to_numpy().max() <= 1
