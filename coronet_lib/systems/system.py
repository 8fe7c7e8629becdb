"""What the registry knows of a system."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from coronet_lib import paper

MACS = {
    "coronet": 1_937_505_680,
    "coronet-quick": 8_927_056,
    "apostolopoulos-vgg19": 20_432_243_712,
    "apostolopoulos-mobilenetv2": 345_368_296,
    "apostolopoulos-inceptionv3": 2_864_330_784,
    "apostolopoulos-xception": 5_071_173_616,
    "apostolopoulos-inceptionresnetv2": 6_455_388_288,
    "covidnet-stand-in": 2_336_780_736,
    "hemdan-vgg19": 19_508_430_848,
    "hemdan-densenet201": 4_289_453_568,
    "hemdan-resnet50v2": 3_480_215_552,
    "hemdan-inceptionv3": 2_835_881_312,
    "hemdan-inceptionresnetv2": 6_467_431_264,
    "hemdan-xception": 4_550_839_264,
    "hemdan-mobilenetv2": 299_499_392,
    "narin-resnet50": 3_858_026_496,
    "narin-inceptionv3": 2_837_974_368,
    "narin-inceptionresnetv2": 6_469_002_080,
    "sethy-resnet50": 3_855_933_440,
    "svm-xception": 1_924_405_648,
    "svm-coronet": 1_937_505_680,
    "svm-coronet-quick": 8_927_056,
    "darkcovidnet": 290_723_472,
    "chexnet": 2_833_152_000,
    "chestnet": 12_058_270_224,
}
"""Multiply-accumulates of one image, counted from the built networks (and counted again by a test)."""


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
    citation : str
        Key in ``book/references.bib``.
    recipe : Plan or FeatureSVM
        Its own optimizer, rate, batch, epochs and augmentation, on the book's folds.
    preprocessing : str
        See :func:`coronet_lib.models.interface.preprocess`.
    head : str
        What stands on the last feature map, in words.
    classes : tuple of int
        Numbers of classes that it can be built for.
    parameters : mapping
        Number of classes to parameters, counted by us.
    data : mapping
        The images that it was reported on, class to count.
    folds : str
        How its authors tested.
    reported : tuple of Reported
    row : str, optional
        Its row in the paper's Table VII (:data:`coronet_lib.paper.TABLE_VII`).
    note : str
        What the reader of a table must know.
    """

    name: str
    title: str
    citation: str
    recipe: object
    preprocessing: str
    head: str
    parameters: Mapping
    data: Mapping
    folds: str
    classes: tuple = (4, 3, 2)
    reported: tuple = ()
    row: str | None = None
    note: str = ""

    @property
    def size(self):
        """Input edge in pixels."""
        return self.recipe.size

    @property
    def macs(self):
        """Multiply-accumulates of one image, with the first of ``classes``."""
        return MACS[self.name]

    @property
    def claimed(self):
        """Millions of parameters that the paper's Table VII says it has; None where it says nothing."""
        return None if self.row is None else float(paper.TABLE_VII[self.row].parameters)

    def network(self, classes, weights=None):
        """The network, or with features + SVM what computes the features and the margins.

        Parameters
        ----------
        classes : int
            One of ``self.classes``.
        weights : "imagenet", path or None

        Returns
        -------
        keras.Model

        Raises
        ------
        ValueError
            If it cannot take so many classes, before anything is built or downloaded.
        """
        if classes not in self.classes:
            raise ValueError(f"{self.name} takes {', '.join(map(str, self.classes))} classes, not {classes}")
        return self.recipe.but(weights=weights).build(classes)

    def but(self, **changes):
        """This system with some choices of its recipe changed, such as ``epochs`` or ``weights``."""
        return replace(self, recipe=self.recipe.but(**changes))
