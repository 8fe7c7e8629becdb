"""One sound file of each kind that the library reads, how it is read, and what may happen to it.

What a file says is what comes of reading it: pixels, labels, patients, numbers of a report.  A lone image,
or a lone network, has nothing that says what its pixels or weights must be; of those only size and type are
held against the original.
"""

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import mutations
import numpy as np
from dicom_file import dicom_file
from PIL import Image
from pydicom import dcmread
from pydicom.uid import RLELossless

from coronet_lib import runs
from coronet_lib.datasets import phantom, store
from coronet_lib.datasets.images import read_xray
from coronet_lib.datasets.upstream import fetch, manifests, sources
from coronet_lib.files import data_path
from coronet_lib.runs import report
from coronet_lib.runs.card import vouch

NOWHERE = "http://127.0.0.1:9"  # where no server is: what an archive lacks cannot be had


@dataclass(frozen=True)
class Original:
    """A sound file.

    Parameters
    ----------
    file : pathlib.Path
    damage : callable
        From bytes and a ``random.Random`` to what was done, in words, and other bytes.
    read : callable
        What the file says, to compare by ``==``.
    """

    file: Path
    damage: Callable
    read: Callable


def originals(folder):
    """Write the sound files into an empty folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        What a table calls each, to an :class:`Original`.
    """
    return {
        **_image(folder),
        **_dicom(folder),
        **_prepared(folder / "prepared"),
        **_runs(folder),
        **_upstream(folder),
    }


def _image(folder):
    """A file that is an image in one of several formats."""
    path, sound = folder / "x-ray", []
    for kind, mode, options in (
        ("PNG", "L", {}),
        ("PNG", "I;16", {}),
        ("PNG", "P", {"transparency": 0}),
        ("PNG", "RGBA", {}),
        ("JPEG", "L", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("TIFF", "L", {}),
        ("TIFF", "I;16", {"compression": "tiff_lzw"}),
        ("WEBP", "RGB", {}),
    ):
        depth, numbers = (65_535, np.uint16) if mode == "I;16" else (255, np.uint8)
        image = Image.fromarray(np.random.default_rng(0).integers(0, depth, (9, 12)).astype(numbers))
        (image if mode == "I;16" else image.convert(mode)).save(path, kind, **options)
        sound.append(path.read_bytes())

    def damage(_, random):
        return mutations.in_bytes(random.choice(sound), random)

    def read():
        grey, colour = read_xray(path, 8), read_xray(path, 8, grey=False)
        return grey.shape, grey.dtype, colour.shape, colour.dtype

    return {"image": Original(path, damage, read)}


def _dicom(folder):
    """A DICOM file: with a window, turned round, or compressed."""
    path, sound = folder / "x-ray.dcm", []
    pixels = np.random.default_rng(0).integers(0, 4096, (9, 12)).astype(np.uint16)
    for header in (
        {"WindowCenter": 2000, "WindowWidth": 3000},
        {"PhotometricInterpretation": "MONOCHROME1", "RescaleSlope": 2, "RescaleIntercept": -100},
    ):
        sound.append(dicom_file(path, pixels, **header).read_bytes())
    said = dcmread(path)
    said.compress(RLELossless)
    said.save_as(path)
    sound.append(path.read_bytes())

    def damage(_, random):
        return mutations.in_bytes(random.choice(sound), random)

    def read():
        pixels = read_xray(path)
        return pixels.shape, pixels.dtype

    return {"DICOM file": Original(path, damage, read)}


def _prepared(folder):
    """A prepared folder, as of real X-rays: of phantoms more is known."""
    drawn = phantom.generate(3, size=32, seed=0)
    table = drawn.table.assign(source="cohen", view="PA")
    store.export(replace(drawn, drawn_by=None, masks=None, table=table), folder, progress=False)

    def read():
        collection = store.load(folder)
        return collection.fingerprint(), collection.table.to_csv()

    image = next((folder / "images").glob("*/*.png"))
    return {
        "manifest.csv of a prepared folder": Original(folder / store.MANIFEST, mutations.in_csv, read),
        "card.json of a prepared folder": Original(folder / store.CARD, mutations.in_json, read),
        "image of a prepared folder": Original(image, mutations.in_bytes, read),
    }


def _runs(folder):
    """A committed run and a committed cross-validation."""
    run, cv = folder / "run", folder / "cv"
    shutil.copytree(data_path("runs", "quick-phantom"), run)
    shutil.copytree(data_path("runs", "quick-dataset1-patient-cv"), cv)

    def read():
        return runs.read_card(run), report.summary(run), runs.read_history(run).to_csv()

    def read_cv():
        return runs.read_card(cv), report.summary(cv)

    return {
        "card.json of a run": Original(run / "card.json", mutations.in_json, read),
        "predictions.csv of a run": Original(run / "predictions.csv", mutations.in_csv, read),
        "history.csv of a run": Original(run / "history.csv", mutations.in_csv, read),
        "card.json of a cross-validation": Original(cv / "card.json", mutations.in_json, read_cv),
    }


def _upstream(folder):
    """Cohen's table with a few images, in a folder and in an archive, and a manifest that lists these."""
    collection = manifests.COLLECTIONS["cohen"]
    table = "patientid,offset,sex,age,finding,view,modality,filename,license\n" + "".join(
        f"{n // 2},{n},F,5{n},Pneumonia/Viral/COVID-19,{'PA' if n % 3 else 'AP'},X-ray,{n}.png,CC BY\n"
        for n in range(12)
    )
    files = {"metadata.csv": table.encode()}
    files |= {f"images/{n}.png": np.random.default_rng(n).bytes(200) for n in range(12)}
    lines = (f"{path},{manifests.blob_sha1(io.BytesIO(data), len(data))}" for path, data in files.items())
    (folder / "manifests").mkdir()
    (folder / "manifests/cohen.csv").write_text("\n".join(["path,git_blob_sha1", *lines]) + "\n")
    archive = folder / "cohen.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, data in files.items():
            packed.writestr(f"{collection.folder}/{path}", data)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "upstream")

    def read():
        with mock.patch.object(manifests, "data_path", folder.joinpath):
            rows, left_out = sources.cohen(folder / "upstream")
        return rows.to_csv(), left_out

    def unpack():
        options = {"mirror": f"{NOWHERE}/{archive}", "attempts": 1, "progress": False}
        with (
            mock.patch.object(manifests, "data_path", folder.joinpath),
            tempfile.TemporaryDirectory(dir=folder) as root,
        ):
            fetch.fetch("cohen", root, given=archive, **options)
            return {path.name: path.read_bytes() for path in Path(root).rglob("*") if path.is_file()}

    listing = folder / "upstream" / collection.folder / "metadata.csv"
    return {
        "metadata.csv of Cohen": Original(listing, mutations.in_csv, read),
        "archive of Cohen": Original(archive, mutations.in_zip, unpack),
    }


def learned(folder):
    """As :func:`originals`, of what was learned or computed by a network; this brings Keras."""
    return {**_networks(folder), **_linear(folder / "svm"), **_features(folder / "features")}


def _networks(folder):
    import keras

    from coronet_lib.models.coronet import coronet
    from coronet_lib.runs import load_coronet

    alone, run, weights = folder / "alone.keras", folder / "run", folder / "weights"
    pixels = keras.Input((80, 80, 3))
    maps = keras.layers.Conv2D(2, 3)(pixels)
    scores = keras.layers.Dense(4, activation="softmax")(keras.layers.GlobalAveragePooling2D()(maps))
    keras.Model(pixels, scores).save(alone)

    shutil.copytree(data_path("runs", "quick-phantom"), run)
    shutil.copy(alone, run / "model.keras")
    card = runs.read_card(run)
    runs.write_card(run, card | vouch(run))

    small = {"size": 72, "middle_blocks": 0, "hidden": 8}
    shutil.copytree(data_path("runs", "quick-phantom"), weights)
    coronet(4, width=card["recipe"]["width"], **small).save_weights(weights / "model.weights.h5")
    del card["model_sha256"]
    runs.write_card(weights, card | {"recipe": card["recipe"] | small})

    def shapes(path):
        network = load_coronet(path)
        return network.input_shape, network.output_shape

    def numbers():
        return [weight.tolist() for weight in load_coronet(run).get_weights()]

    return {
        "model.keras": Original(alone, mutations.in_zip, lambda: shapes(alone)),
        "model.keras of a run": Original(run / "model.keras", mutations.in_zip, numbers),
        "model.weights.h5": Original(
            weights / "model.weights.h5", mutations.in_bytes, lambda: shapes(weights)
        ),
    }


def _linear(folder):
    """A linear classifier, as the systems without a network leave it."""
    from sklearn.svm import LinearSVC

    from coronet_lib.systems import linear

    random = np.random.default_rng(0)
    features, labels = random.normal(size=(40, 6)), np.arange(40) % 4
    shutil.copytree(data_path("runs", "quick-dataset1-patient-cv"), folder)
    linear.save(linear.standardised(LinearSVC()).fit(features, labels), folder)
    runs.write_card(folder, runs.read_card(folder) | vouch(folder))

    def read():
        return linear.load(folder, LinearSVC()).decision_function(features).tolist()

    return {"model.npz of an SVM": Original(folder / "model.npz", mutations.in_zip, read)}


def _features(folder):
    """Features that are kept between runs; what is damaged of them is computed again."""
    from coronet_lib.systems.features import CACHE_VARIABLE, extract

    class Network:
        def predict_on_batch(self, images):
            return images.mean(axis=(1, 2))

    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8)

    def read():
        with mock.patch.dict(os.environ, {CACHE_VARIABLE: str(folder)}):
            return extract(images, Network, "a network", progress=False).tolist()

    read()
    (kept,) = folder.rglob("*.npy")
    return {"features of X-rays": Original(kept, mutations.in_bytes, read)}
