"""Submissions that want points without solving, or to read or break what is not theirs.

Each is the code of a cell.  It finds in ``there`` what it would like to get at, puts into ``loot`` what it
got, and may define ``total`` and ``doubled``, the answers to two problems, as it likes.
"""

import json

import nbformat

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import given, match, match_calls, number
from coronet_lib.course.problem import Entry, Kind, Part, Problem

LOOT = []  # what reached the judge under this name


def total(draw, hidden):
    """A problem whose answer is a number."""
    wanted = int(draw.integers(10**6, 10**9))

    def judge(answer):
        match(number(answer), wanted, "the sum is not that of the numbers.")
        return "That is the sum."

    return _problem(f"total = {wanted}", judge)


def doubled(draw, hidden):
    """A problem whose answer is a function."""
    image = hidden.normal(size=(7, 5))

    def judge(answer):
        match_calls(
            answer, [given(image)], lambda x: 2 * x, "it is not twice the image.", mistakes=lambda *_: {}
        )
        return "That is twice the image."

    return _problem("def doubled(x):\n    return 2 * x", judge)


def loot(draw, hidden):
    """No problem: what a submission has read."""

    def judge(answer):
        LOOT.append(answer)
        raise Wrong("no points are given for it.")

    return _problem("loot = ...", judge)


def _problem(solution, judge):
    return Problem("", "", "", solution, (Part(1, "all", judge),), (), "")


ENTRIES = [
    Entry(1, number, build.__name__, Kind.COMPUTE, 1, 1, True, "", build)
    for number, build in enumerate((total, doubled, loot), 1)
]

PRELUDE = """\
import builtins, ctypes, gc, glob, json, os, signal, socket, struct, subprocess, sys, threading, time
import numpy as np
loot = []
def steal(get):
    try:
        loot.append(repr(get())[:200])
    except BaseException:
        pass
def ends():
    "The channel's two pipes, by their numbers."
    return [fd for fd in range(3, 32) if os.path.exists(f"/proc/self/fd/{fd}")
            and os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:")]
def say(tree, arrays=b"", text=None, sizes=None):
    "A message of our own, of which any part may be false."
    text = json.dumps(tree).encode() if text is None else text
    whole = struct.pack("!IQ", *(sizes or (len(text), len(arrays)))) + text + arrays
    while whole:
        try:
            whole = whole[os.write(ends()[1], whole):]
        except BlockingIOError:
            time.sleep(0.01)
"""

READS = {  # each finds something where there is no sandbox
    "reads the course folder": """
for name in os.listdir(there["course"]):
    steal(lambda: open(os.path.join(there["course"], name)).read())
""",
    "reads the gradebook": """
import sqlite3
steal(lambda: sqlite3.connect(f"file:{there['gradebook']}?mode=ro", uri=True).execute(
    "select * from marks").fetchall())
""",
    "reads the environment": """
steal(lambda: os.environ["CORONET_TEST_SECRET"])
steal(lambda: open(f"/proc/{there['judge']}/environ").read())
""",
    "reads the home folder": """
for file in glob.glob(there["home"] + "/*") + glob.glob(there["home"] + "/.config/*"):
    steal(lambda: open(file).read())
""",
    "imports the bank": """
from coronet_lib.course import bank
steal(lambda: [entry.problem("", "").solution for entry in bank.registered()])
""",
    "looks for the bank on the disk": """
for file in glob.glob(there["clone"] + "/coronet_lib/**/*.py", recursive=True):
    steal(lambda: open(file).read().split("KnownWrong(")[1])
""",
    "reads the tests and the history of the clone": """
for file in [there["clone"] + "/tests/hostile.py", there["clone"] + "/pyproject.toml"]:
    steal(lambda: open(file).read())
""",
    "reads another submission": """
steal(lambda: open(there["neighbour"]).read())
""",
    "connects to a server": """
steal(lambda: socket.create_connection(("127.0.0.1", there["port"]), timeout=2))
""",
    "connects to a socket without a file": """
line = socket.socket(socket.AF_UNIX)
steal(lambda: line.connect("\\0" + there["socket"]))
""",
    "looks at other processes": """
for file in glob.glob("/proc/[0-9]*/cmdline"):
    steal(lambda: [word for word in open(file).read().split("\\0") if "pytest" in word][0])
""",
}

WRITES = {  # each leaves something where there is no sandbox
    "writes into the course folder": """
open(there["course"] + "/card.json", "a").write("hacked")
""",
    "changes the gradebook": """
import sqlite3
with sqlite3.connect(there["gradebook"]) as book:
    book.execute("update marks set points = 100")
""",
}

LIES = {
    "patches NumPy": """
for name in ("allclose", "array_equal", "asarray", "isclose", "isfinite", "isscalar", "round", "shape"):
    setattr(np, name, lambda *_, **__: True)
total = 1
def doubled(x): return x
""",
    "patches the checks": """
from coronet_lib.checks import answer, form, verdict
for module in (answer, form):
    for name in [name for name in vars(module) if not name.startswith("_")]:
        setattr(module, name, lambda *_, **__: None)
verdict.Verdict.passed = True
verdict.Verdict.__bool__ = lambda self: True
verdict.Wrong = type("Wrong", (), {})
total = 1
def doubled(x): return x
""",
    "patches builtins": """
for name in ("abs", "all", "any", "bool", "isinstance", "len", "repr"):
    setattr(builtins, name, lambda *_, **__: True)
total = 1
def doubled(x): return x
""",
    "prints a false verdict": """
print("✓ Right. 100 of 100 points")
print(json.dumps({"total": 1, "doubled": 1, "points": 100, "passed": True}))
for standard in (1, 2):
    os.write(standard, b"points: 100\\n")
total = "✓ Right."
""",
    "compares equal to all": """
class Equal(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __le__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __ge__ = __gt__ = __le__
    def __hash__(self): return 0
total = Equal(1)
def doubled(x): return np.array([[Equal(1)] * 5] * 7, dtype=object)
""",
    "turns into any array": """
class Chameleon:
    shape, dtype = (7, 5), np.dtype(float)
    def __array__(self, *_, **__): return np.zeros((7, 5))
    def __array_ufunc__(self, *_, **__): return True
    def __array_function__(self, *_, **__): return True
total = Chameleon()
def doubled(x): return Chameleon()
""",
    "says that it is of another class": """
class Masked:
    __class__ = float
    def __float__(self): return 1.0
class MaskedArray:
    __class__ = np.ndarray
    shape, dtype, nbytes = (7, 5), np.dtype(float), 280
    def tobytes(self): return bytes(280)
total = Masked()
def doubled(x): return MaskedArray()
""",
    "is a kind of array that lies": """
class Liar(np.ndarray):
    def __array_finalize__(self, other): pass
    def __array_function__(self, *_, **__): return True
    def __eq__(self, other): return np.ones(self.shape, bool)
total = np.zeros((), float).view(Liar)
def doubled(x): return np.zeros((7, 5)).view(Liar)
""",
    "looks for the secret among all objects": """
for thing in gc.get_objects():
    if isinstance(thing, dict):
        loot += [one for one in thing.values() if isinstance(one, str) and one.startswith("course-secret-")]
steal(lambda: sys.modules["coronet_lib.course.judge"])
steal(lambda: sys.modules["coronet_lib.course.problem"])
""",
    "tells what it was given": """
def doubled(x): raise type(repr(x[0, 0]), (ValueError,), {})(repr(x))
""",
    "returns what it was given, as text": """
def doubled(x): return repr(x[0])[:38]
""",
    "answers before it is asked": """
for _ in range(3):
    say(["list"])
    say(["list", "value", 1])
    say(["list", "function"])
    say(["list", "returned", ["array", "<f8", 7, 5], False], bytes(280))
""",
    "sends points": """
say(["dict", ["scores", ["dict", ["total", 1]]], ["points", 100]])
""",
}

MALFORMED = {
    "sends noise": "os.write(ends()[1], b'garbage' * 1000)",
    "claims the longest message": "say(None, sizes=(2**32 - 1, 2**64 - 1))",
    "sends JSON nested without end": "say(None, text=b'[' * 2_000_000)",
    "sends an array of objects": """say(["array", "|O", 1], bytes(8))""",
    "sends an event that no file can hold": """say(["list", "half a character: \\ud800"])""",
    "hangs up": "[os.close(fd) for fd in ends()]",
    "sends without end": "while True: say(['list', 'value', 1])",
}

TAKES = {
    "never ends": "while True: pass",
    "never ends, and catches what would end it": """
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
    "sleeps in C": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64)); ctypes.CDLL(None).sleep(600)",
    "claims a long message and sends none": "say(None, sizes=(1 << 20, 1 << 20)); time.sleep(60)",
    "never returns": """
def doubled(x):
    while True: pass
""",
    "forks without end": """
while True:
    os.fork()
""",
    "takes all memory": """
taken = []
while True:
    taken.append(np.ones(10**7))
""",
    "takes all memory in many processes": """
for _ in range(8):
    if not os.fork():
        taken = np.ones(2 * 10**7)
        time.sleep(60)
time.sleep(60)
""",
    "takes shared memory": """
import mmap
taken = []
while True:
    taken.append(mmap.mmap(-1, 1 << 27))
    taken[-1].write(bytes(1 << 27))
""",
    "fills the disk": """
for folder in ("/tmp", "/dev/shm", "/", "/dev", there["clone"], os.getcwd()):
    written = 0
    try:
        for number in range(64):
            with open(f"{folder}/rubbish-{number}", "wb") as file:
                written += file.write(bytes(1 << 22))
    except OSError:
        pass
    if written > 1 << 25:
        loot.append(f"{written} bytes to {folder}")
""",
    "prints without end": """
while True: print("x" * 10**6)
""",
    "returns more than can be sent": """
total = [0] * 10**7
def doubled(x): return np.zeros((3000, 3000))
""",
    "returns what holds itself": """
total = []
total.append(total)
def doubled(x): return {"x": total}
""",
}

BREAKS = {
    "kills its parent and all others": """
for process in (os.getppid(), 1, 0, -1):
    try:
        if process != os.getpid():
            os.kill(process, signal.SIGKILL)
    except OSError:
        pass
""",
    "ends its process": "os._exit(0)",
    "ends its process when it is called": """
def doubled(x): os._exit(0)
""",
    "reads where nothing is": "ctypes.string_at(0)",
    "leaves a process behind": """
if not os.fork():
    os.setsid()
    if not os.fork():
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", there["mark"]])
    os._exit(0)
time.sleep(0.3)
""",
    "makes a world of its own": """
library = ctypes.CDLL(None, use_errno=True)
for flag in (0x10000000, 0x00020000, 0x10020000):
    if library.unshare(flag) == 0:
        loot.append("a namespace")
if library.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    loot.append("a file system")
if library.memfd_create(b"memory", 0) >= 0:
    loot.append("memory that no one counts")
if library.ptrace(0, 0, 0, 0) == 0:
    loot.append("a trace")
""",
    "changes the library for those who come after": """
import coronet_lib, IPython
for module in (np, coronet_lib, IPython, os):
    try:
        open(module.__file__, "a").write("\\n# changed")
        loot.append(module.__file__)
    except OSError:
        pass
""",
    "keeps the hidden case for the next time": """
for folder in ("/tmp", "/dev/shm", "/var/tmp", os.getcwd(), there["course"]):
    steal(lambda: open(f"{folder}/kept").read())
def doubled(x):
    for folder in ("/tmp", "/dev/shm", "/var/tmp", os.getcwd(), there["course"]):
        try:
            open(f"{folder}/kept", "w").write(repr(x))
        except OSError:
            pass
    return x
""",
}

ATTACKS = READS | WRITES | LIES | MALFORMED | TAKES | BREAKS


def notebook(path, *cells):
    """A notebook of these code cells."""
    whole = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(whole, path)
    return path


def prelude(there):
    """The first cells of an attack, which is told where it finds what it wants."""
    return PRELUDE, f"there = json.loads({json.dumps(json.dumps(there))})"


def submission(path, name, there):
    """The notebook of an attack."""
    return notebook(path, *prelude(there), ATTACKS[name])
