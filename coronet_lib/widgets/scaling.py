"""The scaling explorer: what more workers, a faster network and a larger batch do to one training."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, read

FACTS = ("images", "rate", "gradient_bytes", "norm_bytes", "messages", "latency", "knee", "smallest_batch")
MOST_WORKERS = 64


class ScalingExplorer(BrowserWidget):
    """Share one training between workers, and read when it is done and how much of them is wasted.

    The facts of the training are handed over; with those of :mod:`coronet_lib.training.plan` a step takes
    what :func:`coronet_lib.training.plan.step` says.

    Parameters
    ----------
    facts : dict of str to float
        ``images`` that the training looks at with the smallest batch, all epochs together, ``rate`` of one
        worker in images a second, ``gradient_bytes`` and ``norm_bytes`` that are added up in a step, the
        latter in so many ``messages``, ``latency`` of any message in seconds, ``smallest_batch``, and
        ``knee``: the batch that takes twice as many images to the same accuracy as a very small one.
    workers : int, 1 to 64
    gigabits : float, 0.1 to 1000
        A second, of the slowest link.
    batch : int, 1 to 8192
        Images of all workers together.

    Raises
    ------
    ValueError
        If a fact is missing, unknown or not positive.
    traitlets.TraitError
        If another setting is none of those above.
    """

    _esm = read("shared.js", "charts.js", "scaling.js")
    _css = read("shared.css", "charts.css", "two_curves.css")

    facts = traitlets.Dict(read_only=True).tag(sync=True)
    workers = traitlets.Int(8, min=1, max=MOST_WORKERS).tag(sync=True)
    gigabits = traitlets.Float(10.0, min=0.1, max=1000.0).tag(sync=True)
    batch = traitlets.Int(10, min=1, max=8192).tag(sync=True)

    def __init__(self, facts, **settings):
        if set(facts) != set(FACTS):
            raise ValueError(f"facts want {', '.join(FACTS)}, got {', '.join(facts)}")
        for name, value in facts.items():
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} wants a positive number, got {value}")
        self.set_trait("facts", {name: float(value) for name, value in facts.items()})
        super().__init__(**settings)
