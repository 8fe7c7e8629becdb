"""Train one small CoroNet in one process and in two that know each other by the network alone; a minute each.

usage: KERAS_BACKEND=jax python tools/two_machines.py

Needs JAX, which the book's own environment has not: make another one, and there `pip install jax .` Each
process is a machine to JAX, with one device, its processor. On real machines each process is started by
hand, the address is that of the first, and nothing else changes. Writes how far the losses lie apart to
data/two_machines.csv.
"""

import csv
import json
import os
import socket
import subprocess
import sys

from repository import ROOT

from coronet_lib.files import atomic

TABLE = ROOT / "data/two_machines.csv"
STEPS, BATCH, SIZE = 10, 16, 72
SURE, APART = 5, 1e-5
"""So many losses are at most so far apart; after that the rounding of another sum grows from step to step."""


def losses(machine, machines, address):
    """The loss of each step, as machine number ``machine`` of ``machines`` sees it."""
    import jax

    if machines > 1:
        jax.distributed.initialize(address, num_processes=machines, process_id=machine)
    import keras
    import numpy as np

    from coronet_lib.datasets import phantom
    from coronet_lib.models.coronet import coronet
    from coronet_lib.training.batches import as_rgb

    keras.utils.set_random_seed(0)
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    # Without dropout: one device draws other units than two.
    model = coronet(size=SIZE, width=1 / 8, middle_blocks=2, hidden=128, dropout=0.0, momentum=0.9)
    model.compile(keras.optimizers.SGD(0.001), "sparse_categorical_crossentropy")
    xrays = phantom.generate(BATCH * STEPS // 4, size=SIZE)
    order = np.random.default_rng(0).permutation(len(xrays)).reshape(STEPS, machines, -1)
    seen = []
    for rows in order[:, machine]:  # of each batch only this machine's share
        model.reset_metrics()
        seen.append(float(model.train_on_batch(as_rgb(xrays.images[rows]), xrays.labels[rows])))
    return seen


def trained_by(machines):
    """What the machines see, a list of losses each."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = "{}:{}".format(*free.getsockname())
    call = [sys.executable, __file__]
    processes = [
        subprocess.Popen([*call, str(machine), str(machines), address], stdout=subprocess.PIPE, text=True)
        for machine in range(machines)
    ]
    said = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("a machine failed; what it said stands above")
    return [json.loads(words.splitlines()[-1]) for words in said]


def main():
    """Compare and write."""
    [alone], (first, second) = trained_by(1), trained_by(2)
    if first != second:
        raise SystemExit(f"the two machines see different losses: {first} and {second}")
    apart = [abs(one - other) for one, other in zip(alone, first, strict=True)]
    if max(apart[:SURE]) > APART:
        raise SystemExit(f"the first {SURE} are more than {APART:g} apart")
    with atomic(TABLE) as part, part.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["step", "apart"])
        rows.writerows((step, f"{each:.0e}") for step, each in enumerate(apart, 1))


if __name__ == "__main__":
    if os.environ.get("KERAS_BACKEND") != "jax":
        raise SystemExit("several machines on one training want KERAS_BACKEND=jax")
    if sys.argv[1:]:
        print(json.dumps(losses(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
    else:
        main()
