"""Bring the cards of runs up to the version that the library reads.

usage: python tools/cards.py FOLDER …

Rewrites each card.json of a run under the folders that has an older version, the folds of
cross-validations included; other files of that name are passed over.
"""

import json
import sys
from pathlib import Path

from coronet_lib import runs
from coronet_lib.runs.card import vouch

# What cards of version 1 did not say: the whole trainings of the recipes that had names.
EPOCHS = {"quick": 18, "paper": 80, "corrected": 40}


def from_1_to_2(card, folder):
    """Every key that was optional stands there, and the recipe says how long a whole training is."""
    card = dict(card)
    recipe = dict(card.pop("recipe"))
    features = "epochs" not in recipe
    recipe.setdefault("epochs", None)
    whole = EPOCHS.get(recipe["name"], recipe["epochs"])
    recipe["published_epochs"] = recipe.get("published_epochs") or whole
    weights = recipe.setdefault("weights", None)
    start = "random" if features else "scratch"
    if weights is not None:
        start = "pretrained" if weights.startswith("sha256:") else weights
    if "base" in card and not features:
        start = "base"
    if features:
        start = recipe.get("network") or start
        card.setdefault("scores", "margins")
        if "images" in card:
            card["images"].setdefault("validation", 0)
    else:
        recipe.pop("architecture", None)  # which the name tells
    new = {"version": 2, "recipe": recipe} | card
    lacking = {"precision": "float32", "split_seed": card.get("seed"), "base": None, "start": start}
    return new | lacking | {"scores": "probabilities"} | new


def from_2_to_3(card, folder):
    """History and model are those that the card describes; the seal comes when the card is written."""
    new = card | {"version": 3}
    if card.get("status") == "finished":
        new |= {key: digest for key, digest in vouch(folder).items() if key != "predictions_sha256"}
    return new


STEPS = {1: from_1_to_2, 2: from_2_to_3}
"""Version to what makes the next of it."""


def migrate(card, folder):
    """The card in the newest version."""
    while step := STEPS.get(card.get("version", 1)):
        card = step(card, folder)
    return card


def main(folders):
    """Rewrite what is old under the folders, and say which files."""
    if not folders or not all(Path(folder).is_dir() for folder in folders):
        raise SystemExit(__doc__)
    for path in sorted(path for folder in folders for path in Path(folder).rglob("card.json")):
        try:
            card = json.loads(path.read_text())
        except ValueError:
            continue  # the library says what is wrong with it
        if isinstance(card, dict) and "recipe" in card and (new := migrate(card, path.parent)) != card:
            try:
                runs.write_card(path.parent, new)
            except ValueError as error:
                raise SystemExit(f"{path}: {error}") from None
            print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
