"""Move an explorer of the installed wheel by keyboard where notebooks are opened; tools/package.py calls it.

JupyterLab and Notebook 7 in their newest versions, and Notebook 6 with ipywidgets 7.7 and all else that Colab
has; Colab's own page cannot be had.  In each a cell shows an explorer, a key moves it, and the next cell
prints what Python then knows.
"""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import nbformat
from colab import COLAB_PYTHON, PINNED
from package import CLEAN, environment
from playwright.sync_api import sync_playwright

from coronet_lib.cli.probes import chromium_path

CELLS = (
    "from coronet_lib.widgets import SoftmaxExplorer\nexplorer = SoftmaxExplorer()\nexplorer",
    "print('Python has', explorer.scores)",
)
AFTER = "[2.1, 1.0, 0.0, -1.0]"  # a step of the first slider
PATIENCE = 120  # seconds; on a quiet machine a cell takes two
NAME = "explorer.ipynb"

# A code cell, its editor and its number, in JupyterLab and Notebook 7 or in Notebook 6.
CELL = ".jp-CodeCell, .code_cell"
EDITOR = ".cm-content, .CodeMirror"
PROMPT = ".jp-InputPrompt, .input_prompt"


def main(wheel, folder):
    """Try the frontends in environments of their own below ``folder``; one that fails ends the program."""
    newest = environment(folder / "jupyter", "3.12", wheel, "jupyterlab>=4.4", "notebook>=7,<8")
    colab = environment(
        folder / "colab", COLAB_PYTHON, wheel, "notebook", "ipykernel", "--constraint", PINNED
    )
    for title, python, server, path in (
        ("JupyterLab", newest, "jupyterlab", "lab/tree"),
        ("Notebook 7", newest, "notebook", "notebooks"),
        ("Notebook 6 with Colab's versions", colab, "notebook", "notebooks"),
    ):
        move(python, server, path, folder)
        print(f"{title}: an explorer is drawn, moves by keyboard, and Python knows it", flush=True)


def move(python, server, path, folder):
    """Show an explorer in a frontend, press a key in it, and ask Python what it knows of that."""
    with _serving(python, server, folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.route("**/*", lambda route: _stay(route, address))
        try:
            page.goto(f"{address}/{path}/{NAME}")
            slider = page.locator(".coronet-widget input[type=range]").first
            _execute(page, page.locator(CELL).first, slider)
            output = "document.querySelector('.coronet-widget').dataset.output"
            drawn = page.evaluate(output)
            slider.press("ArrowRight")
            page.wait_for_function(f"before => {output} !== before", arg=drawn)
            said = page.get_by_text("Python has [").last
            _execute(page, page.locator(CELL).nth(1), said)
            assert AFTER in said.inner_text(), said.inner_text()
        finally:
            browser.close()


def _execute(page, cell, result):
    """Execute a cell, and wait for what comes of it."""
    prompt = cell.locator(PROMPT)
    end = time.monotonic() + PATIENCE
    while re.search(r"\[\s*\]", prompt.inner_text()):  # neither running nor done: the kernel is not there yet
        if time.monotonic() > end:
            raise TimeoutError(f"no kernel within {PATIENCE} seconds")
        cell.locator(EDITOR).click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(2000)
    result.wait_for()


def _stay(route, address):
    """Nothing is fetched from elsewhere, as on a machine without a network."""
    inside = route.request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    route.continue_() if inside else route.abort()


@contextmanager
def _serving(python, server, folder):
    """The address of a Jupyter server that opens one notebook."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    nbformat.write(notebook, home / NAME)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    for app in ("ServerApp", "NotebookApp", "IdentityProvider"):
        options += [f"--{app}.token="]
    variables = CLEAN | {"HOME": str(home), "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    process = subprocess.Popen(
        [python, "-m", server, *options],
        cwd=home,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/api")
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait()
