"""The map explorer: it colours what it was handed, on the scale that is asked for."""

import json

import numpy as np
import pandas as pd
import pytest
from traitlets import TraitError
from widget_page import OUTPUT, put

from coronet_lib.widgets import MapExplorer

SIZE = 8
MASKS = np.zeros((2, SIZE, SIZE), bool)
MASKS[:, 2:4, 3:6] = True
IMAGES = np.arange(2 * SIZE**2, dtype=np.uint8).reshape(2, SIZE, SIZE, 1)
RNG = np.random.default_rng(0)
SCORES = pd.DataFrame(RNG.random((2, 4)).round(3), columns=["area", "mass", "pointing", "iou"])
EDGES = {"a": 3, "b": 8}
MAPS = {
    network: {name: (weight * RNG.normal(size=(2, h, h)), SCORES) for name, h in EDGES.items()}
    for network, weight in (("trained", 10), ("untrained", 0.5))
}


def explorer(**settings):
    return MapExplorer(IMAGES, MASKS, ["first", "second"], MAPS, **settings)


def test_state_is_plain_json():
    shown = explorer(image=1, network="untrained")
    state = {name: shown.get_state()[name] for name in shown.trait_names(sync=True) if name[0] != "_"}
    assert json.loads(json.dumps(state)) == state
    assert (shown.image, shown.network, shown.method, shown.scale) == (1, "untrained", "a", "own")


@pytest.mark.parametrize("setting", [{"image": 2}, {"network": "c"}, {"method": "c"}, {"scale": "log"}])
def test_refuses_what_it_cannot_show(setting):
    with pytest.raises((TraitError, ValueError), match=next(iter(setting))):
        explorer(**setting)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": IMAGES[..., 0]}, "images want shape"),
        ({"masks": MASKS[:1]}, "as many masks"),
        ({"maps": {"one": MAPS["trained"], "other": {}}}, "the same maps"),
        ({"maps": {"one": {"a": (np.zeros((2, 3, 4)), SCORES)}}}, "square maps"),
        ({"maps": {"one": {"a": (np.full((2, 3, 3), np.nan), SCORES)}}}, "not finite"),
    ],
)
def test_refuses_parts_that_do_not_fit(changes, message):
    parts = {"images": IMAGES, "masks": MASKS, "titles": ["first", "second"], "maps": MAPS} | changes
    with pytest.raises(ValueError, match=message):
        MapExplorer(**parts)


@pytest.mark.browser
def test_colours_follow_the_scale(show):
    page = show(explorer())
    for network, named in MAPS.items():
        for method, (values, _) in named.items():
            for image in (0, 1):
                common = max(np.abs(maps[method][0]).max() for maps in MAPS.values())
                for scale, limit in (("own", values[image].max()), ("common", common), ("signed", common)):
                    state = {"network": network, "method": method, "image": image, "scale": scale}
                    put(page, **state)
                    shown = json.loads(page.evaluate(OUTPUT))
                    step = np.abs(values[image]).max() / 127  # a cell is kept in a byte
                    assert shown["limit"] == pytest.approx(limit, abs=step)
                    assert shown["strongest"] == pytest.approx(values[image].max() / limit, abs=step / limit)
                    assert shown["edge"] == values.shape[1]
                    assert shown["scores"] == SCORES.loc[image, ["mass", "pointing", "iou"]].tolist()


@pytest.mark.browser
def test_the_outline_is_the_masks_and_only_the_second_picture_has_a_map(show):
    page = show(explorer(method="b", scale="signed"))
    pixel = """([view, x, y]) => {
        const context = document.querySelectorAll("canvas")[view].getContext("2d");
        return [...context.getImageData(x, y, 1, 1).data];
    }"""
    assert page.evaluate(pixel, [0, 4 * 3, 4 * 2 + 2])[:3] == [0, 215, 255]  # the mask's left end
    greys = [set(page.evaluate(pixel, [view, 4 * 4 + 2, 4 * 3])[:3]) for view in (0, 1)]
    assert [len(of) > 1 for of in greys] == [False, True]
