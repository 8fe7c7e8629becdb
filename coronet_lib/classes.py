"""The class names, in the order that every array, table and plot of the project uses."""

CLASSES = {
    4: ("covid19", "normal", "pneumonia_bacterial", "pneumonia_viral"),
    3: ("covid19", "normal", "pneumonia"),
    2: ("covid19", "normal"),
}
"""Number of classes to their names, for each of the paper's three problems."""

TITLES = {
    "covid19": "COVID-19",
    "normal": "Normal",
    "pneumonia": "Pneumonia",
    "pneumonia_bacterial": "Bacterial pneumonia",
    "pneumonia_viral": "Viral pneumonia",
}
"""Class to the words that a figure or a table shows."""


def class_names(classes):
    """Names of the 4-, 3- or 2-class problem.

    Parameters
    ----------
    classes : {4, 3, 2}

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If the paper has no problem with that many classes.
    """
    if classes not in CLASSES:
        raise ValueError(f"the paper has 4-, 3- and 2-class problems, not {classes!r} classes")
    return CLASSES[classes]
