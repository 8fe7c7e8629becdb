"""The machine: cores are dealt evenly and kept to; kind and memory are read, where the system says them."""

import os
import platform
import subprocess
import sys
import time
from collections import deque
from types import SimpleNamespace

import pytest

from coronet_lib import runs
from coronet_lib.runs import Session, crossval, side_by_side
from coronet_lib.runs.card import computed_on, environment, went_on
from coronet_lib.systems import SYSTEMS, compare
from coronet_lib.training import PAPER, QUICK, machine

EPYC = """processor\t: {0}
model name\t: AMD EPYC
flags\t\t: fpu avx avx2 {1}

"""


class Dealt(deque):
    """A queue in the process itself."""

    get, put = deque.popleft, deque.append


def on_processor(patch, path, flags):
    """Let the machine have this processor."""
    path.write_text("".join(EPYC.format(core, flags) for core in range(2)))
    patch.setattr(machine, "CPUINFO", path)
    machine._cpuinfo.cache_clear()


@pytest.fixture(autouse=True)
def reread():
    yield
    machine._cpuinfo.cache_clear()


@pytest.mark.parametrize(
    ("there", "jobs", "dealt"),
    [
        ({0, 1, 2, 3}, 2, [[0, 2], [1, 3]]),
        ({4, 7, 9}, 2, [[4, 9], [7]]),
        ({3}, 2, [[3], [3]]),
        ({0, 1}, 3, [[0], [1], [0]]),
        ({0, 1}, 1, [[0, 1]]),
    ],
)
def test_each_process_gets_its_share_of_the_cores(there, jobs, dealt, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: there, raising=False)
    assert machine.shares(jobs) == dealt


def test_a_process_keeps_to_its_share(monkeypatch):
    kept = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, share: kept.append(share), raising=False)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "")
    dealt = Dealt([[0, 2], [1]])
    for _ in range(3):  # the third comes in place of the first
        machine.settle(dealt)
    assert kept == [[0, 2], [1], [0, 2]]
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "2"


def test_a_system_that_keeps_no_process_to_its_cores_is_told_threads(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "")
    assert machine.shares(3) == [[0, 3, 6], [1, 4, 7], [2, 5]]
    machine.settle(Dealt(machine.shares(3)))
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "3"


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no process is kept to its cores here")
def test_folds_side_by_side_are_on_cores_of_their_own(tmp_path):
    """Also those of the next cross-validation, which the same processes learn."""

    class Fold:
        recipe = SimpleNamespace(side_by_side=True)

        def __init__(self, folder):
            self.folder = folder

        def learn(self, session):
            self.folder.mkdir(exist_ok=True)
            (self.folder / str(os.getpid())).touch()
            while len([*self.folder.iterdir()]) < 2:  # or the first process might do it all
                time.sleep(0.01)
            return tuple(sorted(os.sched_getaffinity(0))), os.environ["TF_NUM_INTRAOP_THREADS"], os.getpid()

    def learned(name):
        folds = [Fold(tmp_path / name)] * 4
        return [set(column) for column in zip(*side_by_side.learn(folds, session), strict=True)]

    shares = [tuple(share) for share in machine.shares(2)]
    session, before = Session(jobs=2, progress=False), os.sched_getaffinity(0)
    dealt, threads, processes = learned("first")
    assert dealt == set(shares)
    assert threads == {str(len(share)) for share in shares}
    assert learned("second") == [dealt, threads, processes]
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ("", "AVX2"),
        ("avx512f avx512bw", "AVX-512"),
        ("avx512f avx512_bf16", "bfloat16"),
        ("avx512f amx_bf16", "bfloat16"),
    ],
)
def test_the_kind_of_processor(flags, kind, monkeypatch, tmp_path):
    on_processor(monkeypatch, tmp_path / "cpuinfo", flags)
    assert machine.kind() == kind
    assert machine.processor() == f"AMD EPYC ({kind})"


def test_a_system_that_does_not_say_the_kind(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "nothing")
    machine._cpuinfo.cache_clear()
    assert machine.kind() == "other"
    assert machine.processor().endswith(" (other)")


def test_what_is_settled_with_brings_no_framework():
    """Or threads would be started for all cores before a process keeps to its own."""
    code = "import sys, coronet_lib.training.machine; print({'tensorflow', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_more_trainings_at_a_time_than_the_memory_holds(monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 8e9)
    with pytest.raises(runs.RunError, match=r"4 trainings .* about 8\.9 GB .* there are 8\.0; say --jobs 3"):
        side_by_side.check([QUICK, PAPER], 4, Session(jobs=9))
    side_by_side.check([PAPER], 3, Session(jobs=9))
    side_by_side.check([QUICK], 9, Session(jobs=9))  # nobody has measured it
    side_by_side.check([PAPER], 4, Session())
    monkeypatch.setattr(machine, "memory", lambda: None)
    side_by_side.check([PAPER], 4, Session(jobs=9))


def test_a_refused_cross_validation_leaves_nothing(monkeypatch, tmp_path):
    from small import RECIPE, xrays

    monkeypatch.setattr(machine, "memory", lambda: 3e9)
    monkeypatch.setattr(side_by_side, "expected_gigabytes", lambda recipe: 2.0)
    with pytest.raises(runs.RunError, match="say --jobs 1"):
        crossval.run(xrays(), RECIPE, tmp_path / "cv", session=Session(jobs=2, progress=False))
    assert not (tmp_path / "cv").exists()


def test_a_refused_comparison_trains_not_even_its_first_system(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "memory", lambda: 3e9)
    entries = [SYSTEMS["coronet-quick"], SYSTEMS["coronet"]]
    with pytest.raises(runs.RunError, match="say --jobs 1"):
        compare.run(entries, None, tmp_path / "systems", session=Session(jobs=2, progress=False))
    assert not (tmp_path / "systems").exists()


def test_a_card_says_all_that_computed_it():
    here, there, third = ({"processor": name} for name in ("here", "there", "third"))
    assert computed_on([{"environment": here}] * 3) == {"environment": here}
    carried = computed_on([{"environment": there}, {"environment": there}, {"environment": here}])
    assert carried == {"environment": here, "environments_before": [there]}
    again = computed_on([carried, {"environment": third}])
    assert again == {"environment": third, "environments_before": [there, here]}


@pytest.mark.parametrize(("asked", "said"), [("1", True), ("True", True), ("0", False), ("", None)])
def test_a_card_says_whether_onednns_kernels_were_asked_for(asked, said, monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", asked)
    assert environment().get("onednn") is said


def test_a_run_that_begins_was_nowhere_before(tmp_path):
    assert went_on(tmp_path, SimpleNamespace()) == {}


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="TensorFlow's other builds have none of oneDNN"
)
@pytest.mark.parametrize(("asked", "kernels"), [({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0")])
def test_tensorflow_is_asked_for_onednn_unless_the_reader_says_otherwise(asked, kernels):
    there = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"} | asked
    program = "import coronet_lib, os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    said = subprocess.check_output([sys.executable, "-c", program], env=there, text=True)
    assert said.strip() == kernels
    if not asked:  # too late: TensorFlow looks while it is imported, and a card would tell what is not so
        program = "import os, sys; sys.modules['tensorflow'] = os; import coronet_lib; print(os.environ)"
        said = subprocess.check_output([sys.executable, "-c", program], env=there, text=True)
        assert "TF_ENABLE_ONEDNN_OPTS" not in said
