"""What the registry knows of a system."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from coronet_lib import paper


class Reported(NamedTuple):
    """One accuracy that was published."""

    classes: int
    accuracy: float
    """Percent."""
    tested: int
    """Images behind it, over all folds."""
    covid_tested: int
    """COVID-19 images among them."""


@dataclass(frozen=True, kw_only=True)
class System:
    """One entry of the registry.

    Parameters
    ----------
    name : str
        Lower case; also the name of its run folder.
    title : str
        As a table or a figure shows it.
    citation : str, optional
        Key in ``book/references.bib``; None for what nobody published.
    recipe : Recipe
        Its own optimizer, rate, batch, epochs and augmentation, on the book's folds.
    preprocessing : str
        See :func:`coronet_lib.models.interface.preprocess`.
    head : str
        What stands on the last feature map, in words.
    parameters : mapping
        Number of classes to parameters, counted by us.
    macs : int
        Multiply-accumulates of one image with the first of ``classes``, counted from the network that was
        built (and counted again by a test).
    data : mapping
        The images that it was reported on, class to count.
    folds : str
        How its authors tested.
    classes : tuple of int
        Numbers of classes that it can be built for.
    reported : tuple of Reported
    row : str, optional
        Its row in the paper's Table VII (:data:`coronet_lib.paper.TABLE_VII`).
    note : str
        What the reader of a table must know.
    """

    name: str
    title: str
    citation: str | None = None
    recipe: object
    preprocessing: str
    head: str
    parameters: Mapping
    macs: int
    data: Mapping = field(default_factory=dict)
    folds: str = "none of its own"
    classes: tuple = (4, 3, 2)
    reported: tuple = ()
    row: str | None = None
    note: str = ""

    @property
    def size(self):
        """Input edge in pixels."""
        return self.recipe.size

    @property
    def claimed(self):
        """Millions of parameters that the paper's Table VII says it has; None where it says nothing."""
        return None if self.row is None else float(paper.TABLE_VII[self.row].parameters)

    def network(self, classes, weights=None):
        """The network, or whatever the recipe learns with, written as one.

        Parameters
        ----------
        classes : int
            One of ``self.classes``.
        weights : "imagenet", path or None
            None for a network that begins at random.

        Returns
        -------
        keras.Model

        Raises
        ------
        ValueError
            If it cannot take so many classes, before anything is built or downloaded.
        """
        self.check(classes)
        recipe = self.recipe if self.recipe.weights == weights else self.recipe.but(weights=weights)
        return recipe.build(classes)

    def check(self, classes):
        """Refuse, with a ValueError, a number of classes that it cannot be built for."""
        if classes not in self.classes:
            raise ValueError(
                f"{self.name} takes {' or '.join(map(str, self.classes))} classes, not {classes}"
            )

    def but(self, **changes):
        """This system with some choices of its recipe changed, such as ``epochs`` or ``weights``."""
        return replace(self, recipe=self.recipe.but(**changes))
