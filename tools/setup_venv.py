"""Set up .venv from requirements.lock, once: the first step of every make target.

Standard library only, and readable by old Pythons, so that they get a clear
line instead of a syntax error.

usage: python3 tools/setup_venv.py
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
LOCK = os.path.join(ROOT, "requirements.lock")
STAMP = os.path.join(VENV, "set-up-from")
OLDEST, NEWEST = (3, 11), (3, 13)  # the Pythons that the locked TensorFlow has wheels for
DISK_GB = 5


def main():
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        stop(
            "Python %d.%d is not supported; install Python %d.%d to %d.%d and run make PYTHON=python%d.%d"
            % (sys.version_info[:2] + OLDEST + NEWEST + NEWEST)
        )
    stamp = wanted_stamp()
    if os.path.exists(STAMP) and open(STAMP).read() == stamp:
        return
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < DISK_GB:
        stop("setting up .venv needs %d GB of disk, and %s has %.1f GB free" % (DISK_GB, ROOT, free))
    print("Setting up .venv from requirements.lock (about 3 GB, a minute or two) ...", flush=True)
    if not os.path.exists(bin_path("python")):
        try:
            run([sys.executable, "-m", "venv", VENV])
        except subprocess.CalledProcessError:
            stop("python -m venv failed; on Debian and Ubuntu: apt install python3-venv")
    try:
        # uv installs the rest several times faster than pip, and is itself locked.
        with open(os.path.join(VENV, "uv.lock"), "w") as file:
            file.write(re.search(r"^uv==(?:.*\\\n)*.*\n", open(LOCK).read(), re.M).group())
        run([bin_path("python"), "-m", "pip", "install", "-q", "--disable-pip-version-check",
             "--require-hashes", "-r", file.name])  # fmt: skip
        uv = [bin_path("uv"), "pip"]
        # Compiled now, once, TensorFlow is imported in a third of the time by every chapter and command.
        run(uv + ["sync", "-q", "--compile-bytecode", "--python", bin_path("python"),
                  "--require-hashes", LOCK])  # fmt: skip
        run(uv + ["install", "-q", "--python", bin_path("python"), "--no-deps", "--no-build-isolation",
                  "--editable", ROOT])  # fmt: skip
    except subprocess.CalledProcessError:
        stop("the packages could not be installed (see above); is the network reachable? Run make again")
    with open(STAMP, "w") as file:
        file.write(stamp)
    print("Set up .venv.", flush=True)


def wanted_stamp():
    """What the environment follows from: the lock, the project's own metadata, this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def bin_path(name):
    return os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", name)


def run(command):
    # The shell's own virtual environment must not leak into this one.
    subprocess.run(command, check=True, env={k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"})


def stop(message):
    sys.exit("coronet: " + message)


if __name__ == "__main__":
    main()
