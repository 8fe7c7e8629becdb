"""Features + SVM: fitted on the training part only, features computed once, what was seen never tested."""

import keras
import numpy as np
import pytest
import small
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from small import OVERWRITING, QUIET, RESUMING

from coronet_lib import runs
from coronet_lib.classes import CLASSES
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs import Split, crossval, load_coronet, one_fold, split_rows
from coronet_lib.runs.predictions import results
from coronet_lib.systems import feature_svm, features
from coronet_lib.systems.feature_svm import FeatureSVM, margins, pipeline
from coronet_lib.training import as_rgb, devices

HALVES = Split(folds=2)
RECIPE = FeatureSVM(
    name="tiny", size=32, architecture="VGG19", preprocessing="symmetric", weights=None, batch_size=16
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(features.CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def tiny(monkeypatch):
    """Puts the means of the four quarters in the place of a network's features; counts its builds."""
    built = []

    def extractor(recipe):
        built.append(recipe.name)
        pixels = keras.Input((recipe.size, recipe.size, 3))
        x = keras.layers.AveragePooling2D(recipe.size // 2)(pixels)
        return keras.Model(pixels, keras.layers.Flatten()(x))

    monkeypatch.setattr(FeatureSVM, "extractor", extractor)
    return built


def quarters(data):
    """What the tiny extractor computes, without Keras."""
    images = as_rgb(data.images).reshape(-1, 2, 16, 2, 16, 3)
    return images.mean(axis=(2, 4)).reshape(len(images), -1)


@pytest.fixture(scope="module")
def data():
    """Four classes by the brightness of the quarters, which is easy; two images a patient."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4).repeat(2), 12)
    images = rng.integers(0, 160, (len(labels), 32, 32, 1), np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(label, 2)
        image[16 * row : 16 * row + 16, 16 * column : 16 * column + 16] += rng.integers(0, 40, dtype=np.uint8)
    files = np.array([f"{i}.png" for i in range(len(labels))])
    patients = np.array([str(i // 2) for i in range(len(labels))])
    return XrayCollection(images, labels, patients=patients, files=files, classes=CLASSES[4])


def run(data, out, recipe=RECIPE, session=QUIET, **options):
    return one_fold.run(data, recipe, out, session=session, **options)


def kept_margins(folder, x):
    """What the kept arrays make of features, without scikit-learn."""
    with np.load(folder / "model.npz", allow_pickle=False) as kept:
        return (x - kept["mean"]) / kept["scale"] @ kept["coefficients"].T + kept["intercepts"]


def test_the_folder_is_that_of_a_run(data, tiny, tmp_path):
    card = run(data, tmp_path / "svm", fold=2, split=Split(folds=3, seed=1))
    assert card == runs.read_card(tmp_path / "svm")
    assert set(runs.Experiment.__annotations__) < set(card) <= set(runs.Card.__annotations__)
    assert (card["status"], card["scores"], card["features"]) == ("finished", "margins", 12)
    assert card["images"] == {"train": 64, "validation": 0, "test": 32}
    table, _ = runs.read_predictions(tmp_path / "svm")
    assert np.trace(card["confusion_matrix"]) == (table["predicted"] == table["true"]).sum() > 16
    *_, test = split_rows(data, RECIPE, fold=2, split=Split(folds=3, seed=1))
    assert set(table["file"]) == set(data.files[test])


def test_the_margins_are_those_of_scikit_learn_by_hand(data, tiny, tmp_path):
    run(data, tmp_path / "svm")
    train, _, test = split_rows(data, RECIPE, fold=1)
    x = quarters(data)
    mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
    svm = LinearSVC(C=1.0, tol=1e-8, max_iter=10**6).fit((x[train] - mean) / sd, data.labels[train])
    wanted = svm.decision_function((x[test] - mean) / sd)
    table, classes = runs.read_predictions(tmp_path / "svm")
    # The recipe's solver stops a little before the optimum.
    np.testing.assert_allclose(table[list(classes)], wanted, atol=0.1)


def test_the_scaler_has_seen_the_training_part_only(data, tiny, tmp_path):
    run(data, tmp_path / "svm")
    train, *_ = split_rows(data, RECIPE, fold=1)
    x = quarters(data)
    mean = np.load(tmp_path / "svm" / "model.npz")["mean"]
    np.testing.assert_allclose(mean, x[train].mean(axis=0), rtol=1e-5)
    assert np.abs(mean - x.mean(axis=0)).max() > 0.1


def test_c_is_the_weight_of_an_error(data):
    x = StandardScaler().fit_transform(quarters(data))
    loose, tight = (pipeline(RECIPE.but(c=c)).fit(x, data.labels)[-1].coef_ for c in (1e-4, 1))
    assert np.linalg.norm(loose) < np.linalg.norm(tight) / 10


@pytest.mark.parametrize(("images", "width"), [(40, 400), (400, 40)])
@pytest.mark.filterwarnings("error")
def test_the_solver_converges_also_where_nothing_separates_the_classes(images, width):
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(images, width)), rng.integers(4, size=images)
    fits = [pipeline(RECIPE, seed=3).fit(x, labels) for _ in range(2)]
    np.testing.assert_array_equal(margins(fits[0], x), margins(fits[1], x))


def test_two_classes_have_two_margins_of_opposite_sign(data, tiny, tmp_path):
    two = data.with_classes(2)
    card = run(two, tmp_path / "svm")
    table, classes = runs.read_predictions(tmp_path / "svm")
    np.testing.assert_array_equal(table["covid19"], -table["normal"])
    assert card["metrics"]["accuracy"] == 1
    *_, test = split_rows(two, RECIPE, fold=1)
    second = kept_margins(tmp_path / "svm", quarters(two)[test])[:, 0] > 0
    np.testing.assert_array_equal(np.array(classes)[second.astype(int)], table["predicted"])


def test_the_same_seed_gives_the_same_predictions(data, tiny, tmp_path):
    first, second = (run(data, tmp_path / name)["predictions_sha256"] for name in "ab")
    assert first == second


def test_folds_of_one_cross_validation_share_the_features(data, tiny, tmp_path):
    card = crossval.run(data, RECIPE, tmp_path / "svm", split=Split(folds=3), session=QUIET)
    assert tiny == ["tiny"]
    assert card["scores"] == "margins"
    assert np.sum(card["confusion_matrix"]) == len(data)


def test_a_finished_run_is_left_alone(data, tiny, tmp_path):
    card = run(data, tmp_path / "svm")
    assert run(data, tmp_path / "svm", session=RESUMING) == card
    with pytest.raises(runs.RunError, match="differs in recipe"):
        run(data, tmp_path / "svm", RECIPE.but(c=2.0), session=RESUMING)
    with pytest.raises(runs.RunError, match="not empty"):
        run(data, tmp_path / "svm")
    run(data, tmp_path / "svm", RECIPE.but(c=2.0), session=OVERWRITING)


def test_images_of_another_size_are_refused_before_anything_is_written(data, tmp_path):
    with pytest.raises(ValueError, match=r"'tiny' wants 71 x 71 images, got 32 x 32; prepare"):
        run(data, tmp_path / "svm", RECIPE.but(size=71))
    assert not (tmp_path / "svm").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "AlexNet"}, "stock networks are VGG19.*got 'AlexNet'"),
        ({"architecture": None}, "got None"),
        ({"architecture": "Xception"}, "at least 71 pixels, got 32"),
        ({"preprocessing": "none"}, "preprocessing must be one of unit, .*got 'none'"),
        ({"c": 0.0}, "must be positive"),
        ({"batch_size": 0}, "must be positive"),
        ({"network": "vgg"}, "network must be one of coronet, coronet-quick, coronet-sprint, got 'vgg'"),
        ({"network": "coronet"}, "tiny takes its features from coronet as that was trained"),
        (
            {"network": "coronet", "architecture": None, "preprocessing": None, "weights": "imagenet"},
            "weights",
        ),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        RECIPE.but(**changes)


# ------------------------------------------------------------------ features


class Network:
    """Counts the batches that it computes, and can break down."""

    def __init__(self, breaks_at=None):
        self.sizes, self.breaks_at = [], breaks_at

    def __call__(self):
        return self

    def predict_on_batch(self, images):
        if len(self.sizes) == self.breaks_at:
            raise KeyboardInterrupt
        self.sizes.append(len(images))
        return images.mean(axis=(1, 2)).astype(np.float64)


def extract(images, network, identity="a", **options):
    return features.extract(images, network, identity, batch_size=40, progress=False, **options)


def test_features_are_computed_once(data):
    first, second = Network(), Network()
    computed = extract(data.images, first)
    assert first.sizes == [40, 40, 16]
    assert computed.dtype == np.float32
    np.testing.assert_allclose(computed, as_rgb(data.images).mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(extract(data.images, second), computed)
    assert second.sizes == []


def test_other_pixels_or_another_network_are_computed(data):
    extract(data.images, Network())
    images = data.images.copy()
    images[50, 0, 0] += 1
    changed, other = Network(), Network()
    extract(images, changed)
    assert changed.sizes == [40]
    extract(data.images, other, identity="b")
    assert other.sizes == [40, 40, 16]


def test_an_interrupted_extraction_goes_on(data):
    with pytest.raises(KeyboardInterrupt):
        extract(data.images, Network(breaks_at=2))
    rest = Network()
    assert len(extract(data.images, rest)) == len(data)
    assert rest.sizes == [16]


@pytest.mark.parametrize("damage", [b"", b"no features", None])
def test_a_damaged_file_is_computed_again_without_a_word(data, tmp_path, damage, caplog, capfd):
    computed = extract(data.images, Network())
    file = next((tmp_path / "cache").rglob("*.npy"))
    file.write_bytes(file.read_bytes()[:-9] if damage is None else damage)
    again = Network()
    np.testing.assert_array_equal(extract(data.images, again), computed)
    assert len(again.sizes) == 1
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")
    after = Network()
    extract(data.images, after)
    assert after.sizes == []


def test_a_folder_that_cannot_be_written_is_named(data, tmp_path):
    (tmp_path / "cache").touch()
    with pytest.raises(OSError, match=r"cannot be kept in .*cache/features; let CORONET_CACHE name another"):
        extract(data.images, Network())


def stock(recipe, seed=0):
    """What :func:`run` takes the features from, and what they are kept as."""
    return feature_svm._stock(recipe, seed, devices.choose())


def test_an_untrained_network_is_that_of_its_seed(data):
    networks = [stock(RECIPE, seed)[0]() for seed in (0, 0, 1)]
    first, same, other = (network.predict_on_batch(as_rgb(data.images[:4])) for network in networks)
    assert first.shape == (4, 512)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0.1 * np.abs(first).max()
    assert stock(RECIPE, 0)[1] == stock(RECIPE, 0)[1] != stock(RECIPE, 1)[1]


def test_weights_are_told_apart_by_content(data, tmp_path):
    keras.utils.set_random_seed(5)
    network = keras.applications.VGG19(include_top=False, weights=None, input_shape=(32, 32, 3))
    path, other_name = tmp_path / "a.weights.h5", tmp_path / "b.weights.h5"
    network.save_weights(path)
    other_name.symlink_to(path)
    build, identity = stock(RECIPE.but(weights=str(path)))
    assert stock(RECIPE.but(weights=str(other_name)))[1] == identity != stock(RECIPE)[1]
    found = build().predict_on_batch(as_rgb(data.images[:4]))
    pooled = network.predict_on_batch(as_rgb(data.images[:4]) / 127.5 - 1).mean(axis=(1, 2))
    np.testing.assert_allclose(found, pooled, rtol=1e-3, atol=1e-4 * pooled.max())
    path.unlink()  # 80 MB


@pytest.mark.parametrize("changes", [{"size": 64}, {"preprocessing": "unit"}, {"architecture": "ResNet50"}])
def test_each_choice_of_the_network_has_features_of_its_own(changes):
    assert stock(RECIPE)[1] != stock(RECIPE.but(**changes))[1]


def test_xception_as_it_is_in_coronet(data, tmp_path):
    large = data.take(np.arange(32))
    large = XrayCollection(
        np.pad(large.images, ((0, 0), (20, 19), (20, 19), (0, 0))),
        large.labels,
        patients=large.patients,
        files=large.files,
        classes=large.classes,
    )
    recipe = RECIPE.but(architecture="Xception", size=71)
    card = run(large, tmp_path / "svm", recipe, split=HALVES)
    assert (card["features"], np.sum(card["confusion_matrix"])) == (2048, 16)


# ------------------------------------------------------------------ saved


def test_a_saved_svm_gives_the_same_margins(data, tiny, tmp_path):
    run(data, tmp_path / "svm")
    *_, test = split_rows(data, RECIPE, fold=1)
    table, classes = runs.read_predictions(tmp_path / "svm")
    found = kept_margins(tmp_path / "svm", quarters(data)[test])
    np.testing.assert_allclose(table[list(classes)], found, atol=1e-5)


# ------------------------------------------------------------------ features of a network trained beside


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A comparison's folder, with one fold of the small network."""
    folder = tmp_path_factory.mktemp("compare")
    recipe = small.RECIPE.but(epochs=2)
    return folder, run(small.xrays(), folder / "small" / "fold-1", recipe, split=HALVES)


@pytest.fixture
def beside(trained, monkeypatch):
    """That folder, and the recipe of an SVM beside the network; its card is mended after the test."""
    monkeypatch.setitem(feature_svm.NETWORKS, "small", small.RECIPE)
    recipe = FeatureSVM(name="svm-small", size=16, network="small", weights=None)
    yield trained[0], recipe
    runs.write_card(trained[0] / "small" / "fold-1", trained[1])


def test_the_features_are_those_of_the_network_that_held_out_the_same_fold(beside, trained, tmp_path):
    folder, recipe = beside
    data = small.xrays()
    card = run(data, folder / "svm-small" / "fold-1", recipe, split=HALVES, needed=folder / "small/fold-1")
    sha256 = trained[1]["predictions_sha256"]
    assert card["base"] == {"classes": 4, "seed": 0, "predictions_sha256": sha256}
    assert card["features"] == 8
    train, *_ = split_rows(data, recipe, fold=1, split=HALVES)
    model = load_coronet(folder / "small" / "fold-1")
    dense = keras.Model(model.input, model.get_layer("head_dense").output)
    mean = dense.predict_on_batch(as_rgb(data.images[train])).mean(axis=0)
    np.testing.assert_allclose(np.load(folder / "svm-small/fold-1/model.npz")["mean"], mean, rtol=1e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "running"}, "no finished run with its model.keras in .*fold-1; run small first"),
        ({"seed": 1}, "differs in seed"),
        ({"fold": 2, "folds": 4}, "differs in folds, fold;"),
        ({"split": "image"}, "differs in split"),
        ({"precision": "mixed_float16"}, "differs in precision"),
        ({"data": {"fingerprint": "0" * 64, "counts": small.xrays().counts()}}, "in data .*run small again"),
    ],
)
def test_a_network_of_another_run_is_refused(beside, trained, changes, message):
    folder, recipe = beside
    runs.write_card(folder / "small" / "fold-1", trained[1] | changes)
    out = folder / "refused" / "fold-1"
    with pytest.raises(runs.RunError, match=message):
        run(small.xrays(), out, recipe, split=HALVES, needed=folder / "small/fold-1")
    assert not out.exists()


def test_a_network_that_is_not_there_is_asked_for(beside):
    folder, recipe = beside
    with pytest.raises(runs.RunError, match="run small first"):
        run(
            small.xrays(),
            folder / "refused" / "fold-2",
            recipe,
            fold=2,
            split=HALVES,
            needed=folder / "small/fold-2",
        )
    model = folder / "small" / "fold-1" / "model.keras"
    model.rename(folder / "away")
    with pytest.raises(runs.RunError, match=r"with its model.keras in .*; run small first"):
        run(small.xrays(), folder / "refused", recipe, split=HALVES, needed=folder / "small/fold-1")
    (folder / "away").rename(model)


def test_a_network_that_was_tested_on_other_images_is_refused(beside, trained):
    folder, recipe = beside
    tested = folder / "small" / "fold-1"
    kept = (tested / "predictions.csv").read_bytes()
    data = small.xrays()
    scores = np.zeros((8, 4))
    runs.write_predictions(tested, data, np.arange(8), 1, scores)
    runs.write_card(
        tested, trained[1] | {"images": {"train": 24, "validation": 8, "test": 8}} | results(tested, 4)
    )
    with pytest.raises(runs.RunError, match="may have learned from those"):
        run(data, folder / "refused", recipe, split=HALVES, needed=folder / "small/fold-1")
    (tested / "predictions.csv").write_bytes(kept)
