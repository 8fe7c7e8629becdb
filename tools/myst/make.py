"""Write an explorer of the library as the files that MyST's ``{anywidget}`` directive takes.

usage: python tools/myst/make.py FOLDER
"""

import json
import shutil
import sys
from pathlib import Path

from coronet_lib.widgets import SoftmaxExplorer

HERE = Path(__file__).parent
MANAGERS = ("_", "layout", "tabbable", "tooltip")  # what the state holds for Jupyter's widget manager

# MyST's theme has no kernel to save to, and its model raises where it is asked to, or to stop listening.
LAST = "export default { render };"
INSTEAD = """\
const whole = (model) => Object.assign(model, { save_changes() {}, off() {} });
export default { render: ({ model, el }) => render({ model: whole(model), el }) };
"""


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    explorer = SoftmaxExplorer()
    script = explorer._esm.rstrip().removesuffix(LAST) + INSTEAD
    state = {name: value for name, value in explorer.get_state().items() if not name.startswith(MANAGERS)}
    page = (HERE / "page.md").read_text(encoding="utf-8").replace("STATE", json.dumps(state))
    for name, text in {"softmax.mjs": script, "softmax.css": explorer._css, "index.md": page}.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(HERE / "myst.yml", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
