"""What somebody does first who has the wheel and no checkout; tools/package.py runs it.

usage: python newcomer.py CHECKOUT

In the current folder, which should be empty.  Ends with a traceback where something does not work.
"""

import json
import subprocess
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

import coronet_lib


def main(checkout):
    library = Path(coronet_lib.__file__).parent
    assert not library.is_relative_to(checkout), f"this is the checkout's library, {library}"
    assert find_spec("coronet_lib.course.bank") is None, "students can read the bank"
    assert coronet_lib.__version__ == version("coronet-lib")
    for what in (drawing, exercise, explorers, dicom, training, command):
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # of ours, if the newest version says so
            warnings.filterwarnings("ignore", module=r"(?!coronet_lib)")
            print(f"  {what.__name__}: {what() or 'works'}", flush=True)


def command():
    """Each way to call it, and the help and the table that need no X-rays."""
    ways = [["coronet"], [sys.executable, "-m", "coronet_lib"]]
    said = {tell(*way, "--version") for way in ways}
    assert said == {f"coronet {coronet_lib.__version__}\n"}, said
    assert "confusion" in tell("coronet", "evaluate", "--help")
    assert json.loads(tell("coronet", "paper", "audit", "--fast", "--json"))
    facts = json.loads(tell("coronet", "doctor", "--json"))
    broken = [line for line in facts["lines"] if line["state"] == "broken"]
    assert not broken, broken
    assert "complete -o" in tell("coronet", "--show-completion", "bash")


def tell(*arguments):
    """What a command prints; it must not fail."""
    if arguments[0] == "coronet":
        arguments = (Path(sys.executable).with_name("coronet"), *arguments[1:])
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def drawing():
    """Phantoms, the committed data, and a figure."""
    import matplotlib

    matplotlib.use("Agg")
    from coronet_lib import figures
    from coronet_lib.datasets import phantom, store
    from coronet_lib.runs import report

    tell("coronet", "data", "phantom", "--each", "3", "--size", "72", "--out", "phantoms", "--json")
    assert store.load("phantoms").fingerprint() == phantom.generate(3, 72).fingerprint()
    figures.use_style()
    from coronet_lib.files import data_path

    assert report.summary(data_path("runs", "quick-phantom"))["images"] > 0


def exercise():
    """A right answer, a wrong one and none."""
    from coronet_lib import checks

    said = [repr(checks.photons_left(answer)) for answer in (0.7408, 0.5, ...)]
    assert [each[0] for each in said] == ["✓", "✗", "✗"], said


def explorers():
    """Every explorer that opens without data has its script and its state."""
    from coronet_lib import widgets

    for widget in (widgets.SoftmaxExplorer(), widgets.SeparableCostExplorer()):
        assert "export default" in widget._esm
        assert widget.get_state()["_anywidget_id"]


def dicom():
    """Pixels that are written by pydicom are read again, where it is installed."""
    if find_spec("pydicom") is None:
        return "no pydicom"
    import numpy as np
    from dicom_file import RAMP, dicom_file

    from coronet_lib.datasets.images import read_xray

    assert np.ptp(read_xray(dicom_file("x.dcm"))) == 255
    assert (read_xray("x.dcm") == np.rint(RAMP * (255 / 4095))).all()


def training():
    """Every module is imported, and a small CoroNet learns for an epoch, where a backend is installed."""
    if find_spec("tensorflow") is None:
        return "no TensorFlow"
    for module in walk_packages(coronet_lib.__path__, "coronet_lib."):
        instructors = module.name.startswith("coronet_lib.course.")  # who install more
        if not instructors and not module.name.endswith("__main__"):
            import_module(module.name)
    from coronet_lib.datasets import phantom
    from coronet_lib.runs import Session, one_fold
    from coronet_lib.training import QUICK

    recipe = QUICK.but(size=72, middle_blocks=0, hidden=8, epochs=1, validation=0.25)
    # Up to scikit-learn 1.6 fewer are dealt too unevenly to hold some out.
    one_fold.run(phantom.generate(48, 72), recipe, "run", session=Session(progress=False))
    assert "Not for diagnosis" in tell("coronet", "evaluate", "run")
    xray = next(Path("phantoms/images/normal").iterdir())
    assert json.loads(tell("coronet", "predict", "run", str(xray), "--json"))["predictions"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
