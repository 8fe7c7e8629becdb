"""The softmax explorer: from scores to probabilities, loss and gradient (equation 3)."""

import traitlets

from coronet_lib.classes import TITLES, class_names
from coronet_lib.widgets._base import BrowserWidget, finite_array, read


class SoftmaxExplorer(BrowserWidget):
    """Change the scores of an X-ray's classes and read probabilities, cross-entropy and its gradient.

    Parameters
    ----------
    scores : array_like, shape (4,), (3,) or (2,)
        One finite number for each class of the paper's 4-, 3- or 2-class problem.
    temperature : float, 0.1 to 10
        Scores are divided by it before softmax.
    true_class : int
        Index of the class that the loss is computed for.
    as_printed : bool
        Show, beside softmax, what equation (3) gives as the paper prints it.

    Raises
    ------
    ValueError
        If the scores have another shape or are not finite, or the class is none of them.
    traitlets.TraitError
        If another setting is none of those above.
    """

    _esm = read("shared.js", "softmax.js")
    _css = read("shared.css", "softmax.css")

    classes = traitlets.List(read_only=True).tag(sync=True)
    scores = traitlets.Any().tag(sync=True)
    temperature = traitlets.Float(1.0, min=0.1, max=10.0).tag(sync=True)
    true_class = traitlets.Int(0).tag(sync=True)
    as_printed = traitlets.Bool(False).tag(sync=True)

    def __init__(self, scores=(2.0, 1.0, 0.0, -1.0), **settings):
        scores = finite_array("scores", scores, (1,))
        names = [TITLES[name] for name in class_names(len(scores))]
        self.set_trait("classes", names)  # first: they say what true_class may be
        super().__init__(scores=scores, **settings)

    @traitlets.validate("scores")
    def _one_score_a_class(self, proposal):
        scores = finite_array("scores", proposal["value"], (1,))
        if self.classes and len(scores) != len(self.classes):
            raise ValueError(f"scores want shape ({len(self.classes)},), got {scores.shape}")
        return scores.tolist()

    @traitlets.validate("true_class")
    def _one_of_the_classes(self, proposal):
        index = proposal["value"]
        if self.classes and not 0 <= index < len(self.classes):
            raise ValueError(f"true_class wants 0 to {len(self.classes) - 1}, got {index}")
        return index
