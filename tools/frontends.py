"""Move an explorer of the installed wheel by keyboard where notebooks are opened; tools/package.py calls it.

JupyterLab and Notebook 7 in their newest versions, and Notebook 6 with ipywidgets 7.7, which Colab has beside
a page of its own.  Each gets a cell that shows an explorer, a key, and a cell that prints what Python then knows.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import nbformat
from colab import COLAB_PYTHON, PINNED
from package import CLEAN, environment

CELLS = (
    "from coronet_lib.widgets import SoftmaxExplorer\nexplorer = SoftmaxExplorer()\nexplorer",
    "print('Python has', explorer.scores)",
)
BEFORE, AFTER = "[2.0, 1.0, 0.0, -1.0]", "[2.1, 1.0, 0.0, -1.0]"
PATIENCE = 120  # seconds; on a quiet machine a cell takes two
NAME = "explorer.ipynb"

# What is started, where the notebook then is, and what its code cells are called there.
LAB = ("jupyterlab", f"lab/tree/{NAME}", ".jp-CodeCell .cm-content")
NOTEBOOK_7 = ("notebook", f"notebooks/{NAME}", ".jp-CodeCell .cm-content")
NOTEBOOK_6 = ("notebook", f"notebooks/{NAME}", ".code_cell .CodeMirror")


def main(wheel, folder):
    """Try the frontends in environments of their own below ``folder``; one that fails ends the program."""
    newest = environment(folder / "jupyter", "3.12", wheel, "jupyterlab>=4.4", "notebook>=7,<8")
    colab = environment(
        folder / "colab", COLAB_PYTHON, wheel, "notebook", "ipykernel", "--constraint", PINNED
    )
    for title, python, frontend in (
        ("JupyterLab", newest, LAB),
        ("Notebook 7", newest, NOTEBOOK_7),
        ("Notebook 6 with Colab's versions", colab, NOTEBOOK_6),
    ):
        move(python, *frontend, folder=folder)
        print(f"{title}: an explorer is drawn, moves by keyboard, and Python knows it", flush=True)


def move(python, command, path, cells, *, folder):
    """Show an explorer in a frontend, press a key in it, and ask Python what it knows of that."""
    from playwright.sync_api import sync_playwright

    with _serving(python, command, folder) as address, sync_playwright() as playwright:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.route("**/*", lambda route: _stay(route, address))
        try:
            page.goto(f"{address}/{path}")
            page.locator(cells).first.click()
            page.keyboard.press("Shift+Enter")
            slider = page.locator(".coronet-widget input[type=range]").first
            slider.focus()
            output = "document.querySelector('.coronet-widget').dataset.output"
            drawn = page.evaluate(output)
            page.keyboard.press("ArrowRight")
            page.wait_for_function(f"before => {output} !== before", arg=drawn)
            page.locator(cells).nth(1).click()
            page.keyboard.press("Shift+Enter")
            said = page.get_by_text("Python has [").last
            said.wait_for()
            assert AFTER in said.inner_text(), said.inner_text()
        except Exception:
            page.screenshot(path="/tmp/pk/fe/failed.png")
            raise
        finally:
            browser.close()


def _stay(route, address):
    """Nothing is fetched from elsewhere, as on a machine without a network."""
    inside = route.request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    route.continue_() if inside else route.abort()


@contextmanager
def _serving(python, command, folder):
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
    environment_ = CLEAN | {"HOME": str(home), "JUPYTER_PLATFORM_DIRS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment_["PATH"] = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    server = subprocess.Popen(
        [python, "-m", command, *options], cwd=home, env=environment_, stdout=sys.stderr if os.environ.get("V") else subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/api")
                break
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    raise
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait()
