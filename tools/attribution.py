"""Measure chapter 15's maps: how well they find what was drawn, and whether they fail where they should.

usage: CORONET_REAL_DATA=upstream python tools/attribution.py

Trains what is not committed, into runs/attribution, and goes on where it was interrupted: the quick network
on phantoms with permuted labels, and on real X-rays with two seeds.  Then writes data/attribution.csv, of
phantoms, and data/attribution_real.csv, of real X-rays if there are any.  Half an hour on two cores.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from repository import ROOT
from scipy.ndimage import gaussian_gradient_magnitude
from scipy.special import softmax

from coronet_lib import explain, runs
from coronet_lib.datasets import phantom, store
from coronet_lib.datasets.upstream import prepare
from coronet_lib.evaluation import patient_bootstrap
from coronet_lib.files import atomic, data_path
from coronet_lib.paper import TABLE_I
from coronet_lib.training import QUICK, Task, choose

WORK = ROOT / "runs" / "attribution"
OTHERS = 15
"""Seed of the phantoms on which maps are measured, whom no network has seen, and of random weights."""
EACH = 100
"""Of each class that has something to point at."""
COUNTS = {name: EACH for name in TABLE_I if name != "normal"} | {"normal": 0}
LAST = "block14_sepconv2_act"
LAYERS = ("block2_add", "block3_add", "block6_add", "block13_add", LAST)
METHODS = [(method, layer) for layer in LAYERS for method in ("gradcam", "hirescam")]
METHODS += [("saliency", ""), ("integrated-gradients", ""), ("occlusion", ""), ("occlusion, dark", "")]
METHODS_ELSEWHERE = [("hirescam", "block3_add"), ("gradcam", LAST), ("saliency", "")]
DARK = 40
"""Grey level of clear lung; the mean of an X-ray, occlusion's own, is nearer to that of lesions."""
SETTINGS = {
    "integrated-gradients": {"steps": 24},
    "occlusion": {"stride": 12},
    "occlusion, dark": {"method": "occlusion", "stride": 12, "fill": DARK},
}
DRAWS = (1, 2, 3, 4, 5)
"""Seeds of other random weights: an interval that draws patients knows of one draw of weights only."""
FEW = 60
"""Phantoms for what takes a network's answer to many pictures."""
SEEDS = (0, 1)
FRAME = 0.1
"""Of the picture's edge, on each side."""
BOX = np.s_[:, 14:82, 10:86]
"""Rows and columns, of 96, in which lungs mostly lie: no mask of a real X-ray is known."""


def trained(name, xrays, seed, shuffle=False):
    """The quick network and the rows of fold 1, held out; ``shuffle`` deals the labels it learns anew."""
    train, validation, test = runs.split_rows(xrays, QUICK, fold=1)
    folder = WORK / name
    if not (folder / "model.keras").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if shuffle:
            xrays = permuted(xrays, np.concatenate([train, validation]), seed)
        task = Task(
            data=xrays,
            train=train,
            validation=validation,
            test=test,
            seed=seed,
            compute=choose(),
            folder=folder,
        )
        QUICK.learn(task).save(folder)
    return runs.load_coronet(folder / "model.keras"), test


def permuted(xrays, rows, seed):
    """The X-rays with the labels of ``rows`` dealt anew among them."""
    labels = xrays.labels.copy()
    labels[rows] = np.random.default_rng(seed).permutation(labels[rows])
    return replace(xrays, labels=labels, drawn_by=None)


def with_interval(values, patients, **said):
    """One row of a table: the mean, and its interval when patients are drawn."""
    low, high = patient_bootstrap(values, values, patients, lambda drawn, _: drawn.mean())
    return said | {"n": len(values), "value": np.mean(values), "low": low, "high": high}


def baselines(images, prior, seed=0):
    """Maps that a method should beat, for none has asked a network; ``prior`` is the same for each X-ray."""
    grey = images.astype(np.float32).mean(axis=-1)
    down, across = np.meshgrid(*(np.linspace(-1, 1, edge) for edge in grey.shape[1:]), indexing="ij")
    return {
        "area": np.zeros_like(grey),
        "random": np.random.default_rng(seed).random(grey.shape),
        "centre": np.broadcast_to(np.exp(-(down**2) - across**2), grey.shape),
        "prior": np.broadcast_to(prior, grey.shape),
        "edges": np.stack([gaussian_gradient_magnitude(xray, 1.5) for xray in grey]),
    }


def against_masks(maps, xrays, **said):
    """Rows for :func:`explain.localisation` of maps: of all X-rays, and class by class."""
    scores = explain.localisation(maps, xrays.masks)
    names = np.array(xrays.classes)[xrays.labels]
    parts = {"all": np.full(len(names), True)} | {name: names == name for name in np.unique(names)}
    return [
        with_interval(scores[measure].to_numpy()[rows], xrays.patients[rows], **said, of=of, measure=measure)
        for of, rows in parts.items()
        for measure in scores
        if measure != "area" or said["method"] == "area"
    ]


def frame_share(maps, frame=FRAME):
    """What share of all above zero lies in the outer frame, map by map."""
    edge = round(frame * maps.shape[1])
    above = np.maximum(maps, 0) + 1e-12
    return 1 - above[:, edge:-edge, edge:-edge].sum(axis=(1, 2)) / above.sum(axis=(1, 2))


def how(method, layer):
    """What :func:`explain.attribution` is asked for a row of the table."""
    return {"method": method} | ({"layer": layer} if layer else SETTINGS.get(method, {}))


def on_phantoms():
    """Write the table of phantoms."""
    model = runs.load_coronet(data_path("runs", "quick-phantom"))
    known = phantom.generate(size=QUICK.size, workers=2)
    train, _, _ = runs.split_rows(known, QUICK, fold=1)
    prior = known.masks[train].mean(axis=0)
    ill = phantom.generate(COUNTS, size=QUICK.size, seed=OTHERS, workers=2)
    networks = {
        "trained": explain.OpenNetwork(model),
        "permuted labels": explain.OpenNetwork(trained("permuted-0", known, 0, shuffle=True)[0]),
    }
    for seed in (OTHERS, *DRAWS):
        name = "untrained" if seed == OTHERS else f"untrained, seed {seed}"
        networks[name] = explain.OpenNetwork(explain.randomised(model, "block1_conv1", seed=seed))
    rows, kept = [], {}
    for method, maps in baselines(ill.images, prior).items():
        rows += against_masks(maps, ill, network="none", method=method, layer="")
        kept[method] = maps
    for name, network in networks.items():
        for method, layer in METHODS if name == "trained" else METHODS_ELSEWHERE:
            options = {"target": ill.labels, "progress": True} | how(method, layer)
            maps = explain.attribution(network, ill.images, **options)
            rows += against_masks(maps, ill, network=name, method=method, layer=layer)
            kept[name, method, layer] = maps
    rows += doubts(model, networks["trained"], ill, kept)
    write(rows, "attribution.csv")


def doubts(model, network, xrays, kept):
    """Rows for randomisation from the top, layer by layer, and for deletion and insertion."""
    at = np.random.default_rng(0).permutation(len(xrays))[:FEW]
    few = xrays.take(at)
    maps = {key: found[at] for key, found in kept.items()}
    return forgetting(model, few, maps) + following(network, few, maps)


def forgetting(model, few, maps):
    """Rows for how alike a method's maps are before and after weights are drawn anew from the top."""
    rows = []
    for method, layer in METHODS_ELSEWHERE:
        for down_to in ("head_softmax", "head_dense", "block14_sepconv1", "block4_sepconv1", "block1_conv1"):
            other = explain.OpenNetwork(explain.randomised(model, down_to, seed=OTHERS))
            after = explain.attribution(other, few.images, target=few.labels, **how(method, layer))
            alike = np.nan_to_num(explain.similarity(maps["trained", method, layer], after))
            said = {"network": f"random from {down_to}", "method": method, "layer": layer, "of": "all"}
            rows.append(with_interval(alike, few.patients, **said, measure="similarity"))
    return rows


def following(network, few, maps):
    """Rows for deletion and insertion, also less what noise gets on the same X-rays."""
    grey = np.broadcast_to(few.images.mean(axis=(1, 2, 3), keepdims=True), few.images.shape)
    asked = [("trained", method, layer) for method, layer in METHODS_ELSEWHERE]
    asked = ["random", "prior", *asked, ("trained", "occlusion", "")]
    rows = []
    for measure, start, end in (("deletion", few.images, grey), ("insertion", grey, few.images)):
        areas = {}
        for key in asked:
            chance = replacing(network, start, end, maps[key])
            areas[key] = chance[np.arange(FEW), :, few.labels].mean(axis=1)
            name, method, layer = key if isinstance(key, tuple) else ("none", key, "")
            said = {"network": name, "method": method, "layer": layer, "of": "all"}
            rows.append(with_interval(areas[key], few.patients, **said, measure=measure))
            beyond = areas[key] - areas["random"]
            rows.append(with_interval(beyond, few.patients, **said, measure=f"{measure} less noise"))
    return rows


def replacing(network, images, others, maps, steps=10):
    """Scores while images become others, a map's largest pixels first; shape (n, steps + 1, k)."""
    order = np.argsort(-maps.reshape(len(maps), -1), axis=1, kind="stable")
    rank = np.argsort(order, axis=1).reshape(*maps.shape, 1) / maps[0].size
    pictures = [np.where(rank < share, others, images) for share in np.linspace(0, 1, steps + 1)]
    return np.stack([softmax(network.logits(one), axis=1) for one in pictures], axis=1)


def on_real(source):
    """Write the table of real X-rays, whose upstream folders lie in ``source``."""
    prepared = WORK / "dataset1"
    if not (prepared / "card.json").is_file():
        prepare.dataset1(source, prepared, size=QUICK.size, counts=TABLE_I)
    xrays = store.load(prepared)
    rows = []
    for seed in SEEDS:
        model, held_out = trained(f"real-{seed}", xrays, seed)
        network, test = explain.OpenNetwork(model), xrays.take(held_out)
        answer = network.logits(test.images).argmax(axis=1)
        for method in ("hirescam", "saliency"):
            share = frame_share(explain.attribution(network, test.images, method, answer, progress=True))
            rows += by_class(share, test, seed=seed, method=method, measure="mass in the frame")
        for what, pictures in blackened(test.images).items():
            again = network.logits(pictures).argmax(axis=1)
            rows += by_class(again == test.labels, test, seed=seed, method=what, measure="right")
            rows += by_class(again == answer, test, seed=seed, method=what, measure="answer kept")
    write(rows, "attribution_real.csv")


def blackened(images):
    """The X-rays as they are, with the box of the lungs black, and with all but that box black."""
    inside, outside = images.copy(), np.zeros_like(images)
    inside[BOX] = 0
    outside[BOX] = images[BOX]
    return {"whole": images, "lungs black": inside, "all but lungs black": outside}


def by_class(values, xrays, **said):
    """One row for all X-rays, and one for each class."""
    values = np.asarray(values, float)
    parts = {"all": np.full(len(values), True)}
    parts |= {name: xrays.labels == label for label, name in enumerate(xrays.classes)}
    return [with_interval(values[rows], xrays.patients[rows], **said, of=of) for of, rows in parts.items()]


def write(rows, name):
    """Put rows into ``data/``, four digits of each number."""
    with atomic(ROOT / "data" / name) as part:
        pd.DataFrame(rows).round(4).to_csv(part, index=False)


if __name__ == "__main__":
    on_phantoms()
    if source := os.environ.get("CORONET_REAL_DATA"):
        on_real(Path(source))
