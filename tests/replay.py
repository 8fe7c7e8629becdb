"""nbval judges a chapter by the outputs that the build kept, where they are those of today's source.

Elsewhere nbval starts a kernel, as it does without this plugin. What counts as a difference is
nbval's own affair in both cases: only the kernel is another. The published solutions follow the
chapter's cells, because the page shows them there; they must run, and print what they like.
"""

from collections import defaultdict, deque
from pathlib import Path

import execute
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile


class Replay:
    """Stands for nbval's running kernel: is given the source of a cell, and sends what the cell gave."""

    def __init__(self, notebook):
        self.cells = (cell for cell in notebook.cells if cell.cell_type == "code")
        self.messages = deque()

    def execute_cell_input(self, source, allow_stdin=None):
        """Line up the messages of the next cell with this source; cells that nbval skips lie between."""
        cell = next((cell for cell in self.cells if cell.source == source), None)
        if cell is None:
            raise RuntimeError("nbval asks for a cell that does not follow the one before in the chapter")
        messages = [(output.output_type, output) for output in cell.outputs]
        messages.append(("status", {"execution_state": "idle"}))
        header = {"msg_id": id(cell)}
        self.messages = deque(
            {"msg_type": kind, "content": content, "parent_header": header} for kind, content in messages
        )
        return header["msg_id"]

    def get_message(self, stream, timeout=None):
        return self.messages.popleft()

    def await_reply(self, msg_id, timeout=None):
        """Return at once: the cell has been executed."""

    def await_idle(self, parent_id, timeout):
        self.messages.clear()

    def is_alive(self):
        return True

    def stop(self):
        """Do nothing: no process has been started."""


class SolutionCell(IPyNbCell):
    """A block of a solution: it must run; what it prints is compared with nothing."""

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}::{self.name}"


class Chapter(IPyNbFile):
    """A notebook and its published solutions, as nbval's items."""

    cache = execute.CACHE

    def collect(self):
        yield from super().collect()
        for number, cell in enumerate(execute.solution_cells(self.path)):
            name = cell.metadata.solution
            yield SolutionCell.from_parent(
                self, name=name, cell_num=number, cell=cell, options=defaultdict(bool)
            )

    def setup(self):
        elsewhere = self.config.option.executed_in
        notebook = execute.kept(self.path, elsewhere or self.cache, any_settings=bool(elsewhere))
        if notebook:
            self.kernel = Replay(notebook)
            self.setup_sanitize_files()
        elif elsewhere:
            pytest.fail(f"{elsewhere} has no results of {self.path.name} as it is today", pytrace=False)
        else:
            super().setup()


def pytest_addoption(parser):
    parser.addoption(
        "--executed-in", type=Path, help="judge chapters by the results in this cache, whatever its settings"
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Collect as a chapter what nbval collects."""
    collected = yield
    return [
        Chapter.from_parent(parent, path=file_path) if isinstance(node, IPyNbFile) else node
        for node in collected
    ]


def pytest_itemcollected(item):
    if isinstance(item, IPyNbCell):
        item.output_timeout = 60  # seconds; its own 5 are too few where other tests keep all cores busy
