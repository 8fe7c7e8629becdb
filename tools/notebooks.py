"""Execute the chapters and write back what they print, in the form that git keeps.

usage: python tools/notebooks.py [CHAPTER.ipynb …]

Without names, all chapters. Text outputs stay, because nbval compares them;
images and widget state do not, because the build draws them anew, and neither
do times or editor settings. The Colab install cell is put
in, or brought up to date. What has been executed since it last changed is not
executed again. Exits 1 if a cell fails or writes to stderr.
"""

import sys
from pathlib import Path

import nbformat
from execute import execute
from nbformat.v4 import new_code_cell
from repository import ROOT, install_source

CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
INSTALL_TAGS = ["colab-install", "remove-cell"]
DRAWN = ("image/", "application/vnd.jupyter.widget", "application/vnd.plotly")  # kinds of output not kept


def put_install_cell(notebook):
    """Make the Colab install cell the first code cell, with today's address."""
    cells = [cell for cell in notebook.cells if "colab-install" not in cell.metadata.get("tags", [])]
    metadata = {"tags": INSTALL_TAGS}
    install = new_code_cell(install_source(), id="colab-install", metadata=metadata, execution_count=1)
    first = next(i for i, cell in enumerate(cells) if cell.cell_type == "code")
    notebook.cells = [*cells[:first], install, *cells[first:]]


def tidy(notebook):
    """Reduce an executed notebook to what git keeps."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        for machine_made in ("execution", "ExecuteTime", "collapsed", "scrolled", "colab", "trusted"):
            cell.metadata.pop(machine_made, None)
        if cell.cell_type == "code":
            cell.outputs = merged_streams(cell.outputs)
            for output in cell.outputs:
                tidy_output(output)
    nbformat.validate(notebook)


def merged_streams(outputs):
    """The outputs with neighbouring pieces of one stream joined: where they broke was chance."""
    merged = []
    for output in outputs:
        if merged and output.output_type == "stream" and output.get("name") == merged[-1].get("name"):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def tidy_output(output):
    if "data" in output:
        output.data = {kind: data for kind, data in output.data.items() if not kind.startswith(DRAWN)}
        output.metadata = {}


def as_text(notebook):
    """The notebook as the file holds it."""
    return nbformat.writes(notebook) + "\n"


def faults(executed):
    """What is wrong with an executed chapter, as sentences; none if nothing."""
    if executed.fault:
        return [executed.fault]
    return [
        f"cell {cell.id} writes to stderr: {output.text.strip().splitlines()[-1]}"
        for cell in executed.notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]


def main(paths):
    """Bring chapters up to date; one that fails keeps its outputs."""
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        put_install_cell(notebook)
        tidy(notebook)  # first, because results are kept for the cells as they are executed
        path.write_text(as_text(notebook))
    failed = False
    for path, executed in execute(paths).items():
        if not executed.fault:
            tidy(executed.notebook)
            path.write_text(as_text(executed.notebook))
        for fault in faults(executed):
            failed = True
            print(f"{path.name}: {fault}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main([Path(name).resolve() for name in sys.argv[1:]] or CHAPTERS))
