"""The habit explorer: a marker's share in a training, and what networks then say with it and without."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, read

_CELLS = ("covid19_on", "covid19_off", "normal_on", "normal_off")


class HabitExplorer(BrowserWidget):
    """Move the share of COVID-19 X-rays that have a marker, and read two tests of the networks trained so.

    The trainings are handed over; what the two tests give follows from the four cells, in the browser.

    Parameters
    ----------
    trainings : pandas.DataFrame
        One row a training: ``share``, 0 to 1, of COVID-19 with a marker (the rest of the time it is on the
        others), ``remedy``, and what is right in each cell, 0 to 1: ``covid19_on``, ``covid19_off``,
        ``normal_on``, ``normal_off``.
    share : int
        In percent; one of those that were trained.
    remedy : str, optional
        The first unless said otherwise.

    Raises
    ------
    ValueError
        If a column is missing, a remedy was not tried with every share, or what is to be shown was not
        trained.
    """

    _esm = read("shared.js", "habit.js")
    _css = read("shared.css", "habit.css")

    shares = traitlets.List(read_only=True).tag(sync=True)
    """In percent."""
    remedies = traitlets.List(read_only=True).tag(sync=True)
    cells = traitlets.List(read_only=True).tag(sync=True)
    """For each remedy and share the trainings, each with four numbers."""
    share = traitlets.Int(90).tag(sync=True)
    remedy = traitlets.Unicode().tag(sync=True)

    def __init__(self, trainings, share=90, remedy=None, **settings):
        wanted = ["share", "remedy", *_CELLS]
        if missing := [name for name in wanted if name not in trainings]:
            raise ValueError(f"trainings want the columns {wanted}, and lack {missing}")
        percent = (100 * trainings["share"]).round().astype(int)
        shares, remedies = sorted(set(percent.tolist())), list(dict.fromkeys(trainings["remedy"]))
        trained = trainings[list(_CELLS)].to_numpy()
        cells = [
            [trained[(trainings["remedy"] == name) & (percent == at)].tolist() for at in shares]
            for name in remedies
        ]
        if not all(seeds for of_remedy in cells for seeds in of_remedy):
            raise ValueError(f"each remedy of {remedies} wants a training for each share of {shares} percent")
        self.set_trait("shares", shares)
        self.set_trait("remedies", remedies)
        self.set_trait("cells", cells)
        super().__init__(share=share, remedy=remedy or remedies[0], **settings)

    @traitlets.validate("share", "remedy")
    def _one_that_was_trained(self, proposal):
        name = proposal["trait"].name
        known = self.shares if name == "share" else self.remedies
        if proposal["value"] not in known:
            raise ValueError(f"{name} wants one of {known}, got {proposal['value']!r}")
        return proposal["value"]
