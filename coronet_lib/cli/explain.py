"""``coronet explain``: maps of where the answers of a trained network come from."""

import json
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from coronet_lib.classes import TITLES
from coronet_lib.cli.options import WARNING, Json, Overwrite, out_console, read_xrays
from coronet_lib.text import plain

Method = Literal["gradcam", "hirescam", "saliency", "integrated-gradients", "occlusion"]
LONGEST = 200
"""Bytes of an X-ray's name that the name of its picture keeps: most file systems take 255 in all."""


def explain(
    run: Annotated[Path, typer.Argument(help="A run folder that holds a network, or its model.keras.")],
    images: Annotated[list[Path], typer.Argument(help="X-ray image files.", metavar="IMAGE...")],
    out: Annotated[Path, typer.Option(help="Folder to write.", show_default=False)],
    method: Annotated[Method, typer.Option(help="How to make the maps.")] = "hirescam",
    layer: Annotated[
        str | None, typer.Option(help="Whose map gradcam and hirescam weigh; by default a fine one.")
    ] = None,
    of: Annotated[
        str | None, typer.Option("--class", help="Explain this class, in place of each X-ray's answer.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Show what in X-rays speaks for an answer and against it, in the network's arithmetic.

    Leaves the maps over their X-rays (1-NAME.png …), all as numbers (maps.json), and the scores (scores.png).
    """
    from coronet_lib.runs import load_coronet, read_card

    if (run / "card.json").is_file() and read_card(run)["recipe"]["epochs"] is None:
        raise ValueError(
            f"{run} holds a linear model and no network: what can be explained there are the coefficients, "
            "one for each feature or pixel, in the model.npz of a fold; its features' network has its own run"
        )
    if files := [path for path in (out, *out.parents) if path.is_file()]:
        raise FileExistsError(f"{files[0]} is a file; --out wants a folder")
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise FileExistsError(f"{out} is not empty; choose another --out, or say --overwrite")

    import numpy as np
    from matplotlib import rc_context
    from scipy.special import softmax

    from coronet_lib import figures
    from coronet_lib.explain import OpenNetwork, attribution
    from coronet_lib.files import put

    network = OpenNetwork(load_coronet(run))
    if of is not None and of not in network.classes:
        raise ValueError(f"the network knows no class {of!r}; there are {', '.join(network.classes)}")
    read, refused = read_xrays(images, network.size)
    if not read:
        raise SystemExit(1)
    pixels = np.stack(list(read.values()))
    logits = network.logits(pixels)
    scores, answers = softmax(logits, axis=1), logits.argmax(axis=1)
    target = answers if of is None else np.full(len(pixels), network.classes.index(of))
    options = {} if layer is None else {"layer": layer}
    maps = attribution(network, pixels, method, target, progress=not as_json, **options)
    found = [
        {
            "file": file,
            "class": network.classes[target[i]],
            "logit": float(logits[i, target[i]]),
            "scores": dict(zip(network.classes, scores[i].tolist(), strict=True)),
            "map": maps[i].round(6).tolist(),
        }
        for i, file in enumerate(read)
    ]
    card = {"run": str(run), "method": method, "layer": layer, "maps": found, "refused": refused}
    for path in _pictures(out):
        path.unlink(missing_ok=True)  # before maps.json, which names them
    put(out / "maps.json", json.dumps(card).encode())
    with rc_context():  # whoever calls this from Python keeps their own style
        figures.use_style()
        for i, file in enumerate(read):
            picture = figures.show_xrays(pixels[[i]], [TITLES[found[i]["class"]]], maps=maps[[i]])
            _draw(out / _name(i, file), picture)
        _draw(out / "scores.png", figures.class_scores(pixels, scores, None, network.classes))
    if as_json:
        print(json.dumps(card))
    else:
        said = f"Wrote {len(read) + 1} pictures and maps.json to {plain(out)}; orange speaks for the class"
        out_console.print(f"{said}, purple against it. {WARNING}", soft_wrap=True)
    if refused:
        raise SystemExit(1)


def _name(place, file):
    """The picture of the X-ray at a place, counted from 0; what is too long for a file's name is cut off."""
    stem = Path(file).stem
    if len(os.fsencode(stem)) > LONGEST:
        stem = os.fsencode(stem)[:LONGEST].decode(errors="ignore")
    return f"{place + 1}-{stem}.png"


def _pictures(out):
    """The pictures that an earlier call left with its ``maps.json``; none where that cannot be read."""
    try:
        maps = json.loads((out / "maps.json").read_bytes())["maps"]
        return [out / "scores.png", *(out / _name(place, one["file"]) for place, one in enumerate(maps))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _draw(path, figure):
    from matplotlib import pyplot as plt

    from coronet_lib.files import atomic

    with atomic(path) as part:
        figure.savefig(part, dpi=200)
    plt.close(figure)  # a hundred X-rays are a hundred figures
