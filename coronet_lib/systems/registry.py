"""The entries of the registry, one system after another."""

from types import MappingProxyType

from coronet_lib import paper
from coronet_lib.models.chexnet import FINDINGS
from coronet_lib.systems.feature_svm import FeatureSVM
from coronet_lib.systems.networks import PUBLISHED
from coronet_lib.systems.recipe import SystemRecipe
from coronet_lib.systems.system import Reported, System
from coronet_lib.training.augmentation import Augmentation
from coronet_lib.training.coronet_recipes import PAPER, QUICK

# Every system under the book's protocol holds out the same share of the training patients.
VALIDATION = QUICK.validation

# What a note says where the authors' own words could not be read for this book.
UNCHECKED = "Head and training are known from others' accounts only."


def _system(
    name,
    *,
    title,
    citation,
    parameters,
    data,
    folds,
    classes=(4, 3, 2),
    reported=(),
    row=None,
    note="",
    **choices,
):
    """An entry whose network is of the same name in :data:`PUBLISHED`."""
    network = PUBLISHED[name]
    recipe = SystemRecipe(name=name, architecture=name, validation=VALIDATION, **choices)
    return System(
        name=name,
        title=title,
        citation=citation,
        recipe=recipe,
        preprocessing=network.preprocessing,
        head=network.head,
        classes=classes,
        parameters=MappingProxyType(parameters),
        data=MappingProxyType(data),
        folds=folds,
        reported=reported,
        row=row,
        note=note,
    )


def _features(
    name, *, title, parameters, note, data=None, folds="none of its own", reported=(), row=None, **choices
):
    """An entry of features + SVM."""
    recipe = FeatureSVM(name=name, **choices)
    return System(
        name=name,
        title=title,
        citation="sethy2020",
        recipe=recipe,
        preprocessing=recipe.preprocessing if recipe.network is None else "that of the network",
        head="linear SVM on standardised features",
        parameters=MappingProxyType(parameters),
        data=MappingProxyType(data or {}),
        folds=folds,
        reported=reported,
        row=row,
        note=note,
    )


def _printed(row, column):
    return float(getattr(paper.TABLE_VII[row], column))


def _hemdan(stock, title, parameters, *, accuracy=None, row=None):
    """COVIDX-Net: seven networks on fifty images, of which ten were tested."""
    return _system(
        f"hemdan-{stock.lower()}",
        title=f"{title} (Hemdan)",
        citation="hemdan2020covidxnet",
        parameters=parameters,
        data={"covid19": 25, "normal": 25},
        folds="one split",
        reported=() if accuracy is None else (Reported(2, accuracy, 10, 5),),
        row=row,
        note=f"{UNCHECKED} The head here is the smallest: average pooling and softmax.",
        size=224,
        epochs=50,
        published_epochs=50,
        batch_size=7,
        learning_rate=1e-3,
        optimizer="sgd",
    )


def _narin(stock, title, parameters, accuracy, row=None):
    """Everything here is in the authors' public code, which keeps the weights of the last epoch."""
    return _system(
        f"narin-{stock.lower()}",
        title=f"{title} (Narin)",
        citation="narin2020",
        parameters=parameters,
        data={"covid19": 50, "normal": 50},
        folds="5 folds, the tested fold also the validation data",
        reported=(Reported(2, accuracy, 100, 50),),
        row=row,
        note="Their 50 COVID-19 files are in colour and their 50 normal files in grey.",
        size=224,
        epochs=30,
        published_epochs=30,
        batch_size=2,
        learning_rate=1e-5,
        augmentation=Augmentation(zoom=0.1, horizontal_flip=True),
    )


def _apostolopoulos(stock, title, parameters, frozen, *, reported=(), row=None):
    """Five networks, of which the two in the paper's Table VII are quoted there."""
    return _system(
        f"apostolopoulos-{stock.lower()}",
        title=f"{title} (Apostolopoulos)",
        citation="apostolopoulos2020",
        parameters=parameters,
        data={"covid19": 224, "pneumonia_bacterial": 700, "normal": 504},
        folds="10 folds",
        reported=reported,
        row=row,
        note=f"{UNCHECKED} A square X-ray gets black borders: 200 x 266 pixels.",
        size=200,
        epochs=10,
        published_epochs=10,
        batch_size=64,
        learning_rate=1e-3,
        frozen=frozen,
    )


def _in_table_vii(row, tested, covid_tested):
    """Both accuracies of a row of the paper's Table VII, with the images behind them."""
    columns = {3: "three_class", 2: "two_class"}
    return tuple(
        Reported(classes, _printed(row, column), tested, covid_tested)
        for classes, column in columns.items()
        if getattr(paper.TABLE_VII[row], column) is not None
    )


def _counts(four, features):
    """Parameters for 4, 3 and 2 classes: each class costs one weight a feature, and a bias."""
    return {classes: four - (4 - classes) * (features + 1) for classes in (4, 3, 2)}


ENTRIES = (
    System(
        name="coronet",
        title="CoroNet",
        citation="khan2020coronet",
        recipe=PAPER.but(validation=VALIDATION),
        preprocessing=PAPER.scaling,
        head="flatten, dense 256 (ReLU)",
        parameters=MappingProxyType(_counts(33_969_964, 256)),
        data=paper.TABLE_I,
        folds="4 folds by image; 3 and 2 classes one split",
        reported=(
            Reported(4, float(paper.TABLE_V[4].accuracy), 1251, 284),
            Reported(3, float(paper.TABLE_V[3].accuracy), 221, 29),
            Reported(2, float(paper.TABLE_V[2].accuracy), 101, 29),
        ),
        row="coronet",
    ),
    System(
        name="coronet-quick",
        title="Narrow CoroNet",
        citation="khan2020coronet",
        recipe=QUICK,
        preprocessing=QUICK.scaling,
        head="flatten, dense 128 (ReLU)",
        parameters=MappingProxyType(_counts(485_875, 128)),
        data={},
        folds="none of its own: the book's network for small machines",
    ),
    _apostolopoulos(
        "VGG19",
        "VGG19",
        _counts(20_553_796, 1024),
        18,
        reported=_in_table_vii("apostolopoulos_vgg19", 1428, 224),
        row="apostolopoulos_vgg19",
    ),
    _apostolopoulos("MobileNetV2", "MobileNetV2", _counts(4_292_738, 750), 10),
    _apostolopoulos("InceptionV3", "InceptionV3", _counts(23_855_788, 1000), 249),
    _apostolopoulos(
        "Xception",
        "Xception",
        _counts(23_664_234, 750),
        120,
        reported=_in_table_vii("apostolopoulos_xception", 1428, 224),
        row="apostolopoulos_xception",
    ),
    _apostolopoulos("InceptionResNetV2", "InceptionResNetV2", _counts(54_342_884, 1536), 730),
    _system(
        "covidnet-stand-in",
        title="COVID-Net (stand-in)",
        citation="wang2020covidnet_arxiv",
        parameters=_counts(116_612_636, 256),
        # Its first preprint, which Table VIII quotes; the images are those of its test set.
        data={"normal": 234, "pneumonia_bacterial": 246, "pneumonia_viral": 149, "covid19": 8},
        folds="one split; Table VII quotes a later one, with 10 COVID-19 images tested",
        reported=(
            Reported(4, float(paper.TABLE_VIII_SYSTEMS["covid_net"].accuracy), 637, 8),
            # Table VII prints it in the column of two classes (audit, A26).
            Reported(3, _printed("covid_net", "two_class"), 210, 10),
        ),
        row="covid_net",
        note="The widths of COVID-Net were never published: a network of its kind, with as many parameters.",
        size=224,
        epochs=100,
        published_epochs=100,
        batch_size=8,
        learning_rate=2e-5,
        optimizer="amsgrad",
        decay="plateau",
        plateau_factor=0.7,
        plateau_patience=5,
    ),
    _hemdan(
        "VGG19",
        "VGG19",
        _counts(20_026_436, 512),
        accuracy=_printed("hemdan_vgg19", "two_class"),
        row="hemdan_vgg19",
    ),
    _hemdan("DenseNet201", "DenseNet201", _counts(18_329_668, 1920)),
    _hemdan("ResNet50V2", "ResNet50V2", _counts(23_572_996, 2048)),
    _hemdan("InceptionV3", "InceptionV3", _counts(21_810_980, 2048)),
    _hemdan("InceptionResNetV2", "InceptionResNetV2", _counts(54_342_884, 1536)),
    _hemdan("Xception", "Xception", _counts(20_869_676, 2048)),
    _hemdan("MobileNetV2", "MobileNetV2", _counts(2_263_108, 1280)),
    _narin(
        "ResNet50",
        "ResNet50",
        _counts(25_689_988, 1024),
        _printed("narin_resnet50", "two_class"),
        "narin_resnet50",
    ),
    _narin(
        "InceptionV3",
        "InceptionV3",
        _counts(23_905_060, 1024),
        _printed("narin_inceptionv3", "two_class"),
        "narin_inceptionv3",
    ),
    _narin("InceptionResNetV2", "InceptionResNetV2", _counts(55_914_724, 1024), 87.0),
    _features(
        "sethy-resnet50",
        title="ResNet50 features + SVM (Sethy)",
        parameters=_counts(23_595_908, 2048),
        size=224,
        architecture="ResNet50",
        preprocessing="caffe",
        data={"covid19": 25, "normal": 25},
        folds="repeated splits",
        reported=(Reported(2, _printed("sethy_resnet50", "two_class"), 50, 25),),
        row="sethy_resnet50",
        note=f"{UNCHECKED} The number of images is, too.",
    ),
    _features(
        "svm-xception",
        title="Xception features + SVM",
        parameters=_counts(20_869_676, 2048),
        size=150,
        architecture="Xception",
        preprocessing="symmetric",
        note="Sethy and Behera's method on the network inside CoroNet, before CoroNet is trained.",
    ),
    _features(
        "svm-coronet",
        title="CoroNet's features + SVM",
        parameters=_counts(33_969_964, 256),
        size=PAPER.size,
        network="coronet",
        weights=None,
        note="The features that CoroNet's last but one layer learned, fold by fold.",
    ),
    _features(
        "svm-coronet-quick",
        title="Narrow CoroNet's features + SVM",
        parameters=_counts(485_875, 128),
        size=QUICK.size,
        network="coronet-quick",
        weights=None,
        note="The features that the narrow CoroNet's last but one layer learned, fold by fold.",
    ),
    _system(
        "darkcovidnet",
        title="DarkCovidNet",
        citation="ozturk2020darkcovidnet",
        parameters={4: 1_174_300, 3: 1_170_808, 2: 1_167_654},
        data={"covid19": 125, "normal": 500, "pneumonia": 500},
        folds="5 folds",
        reported=(
            Reported(3, _printed("ozturk_darknet", "three_class"), 1125, 125),
            Reported(2, _printed("ozturk_darknet", "two_class"), 625, 125),
        ),
        row="ozturk_darknet",
        note="Of fastai's random changes the warp is left out, and Adam's first moment does not cycle.",
        size=256,
        epochs=100,
        published_epochs=100,
        batch_size=32,
        learning_rate=3e-3,
        optimizer="adamw",
        beta_2=0.99,
        weight_decay=0.01,
        decay="one-cycle",
        augmentation=Augmentation(rotation=10, zoom=0.1, brightness=25, horizontal_flip=True),
    ),
    _system(
        "chexnet",
        title="CheXNet",
        citation="rajpurkar2017chexnet",
        classes=(FINDINGS, 4, 3, 2),
        parameters={FINDINGS: 7_051_854} | _counts(7_041_604, 1024),
        data={"ChestX-ray14": 112_120},
        folds="one split by patient",
        note="Made for fourteen findings, not for COVID-19. " + UNCHECKED,
        size=224,
        epochs=20,
        batch_size=16,
        learning_rate=1e-3,
        decay="plateau",
        plateau_factor=0.1,
        augmentation=Augmentation(horizontal_flip=True),
    ),
    _system(
        "chestnet",
        title="ChestNet",
        citation="wang2018chestnet",
        classes=(FINDINGS, 4, 3, 2),
        parameters={FINDINGS: 62_450_798, 4: 62_419_868, 3: 62_416_786, 2: 62_413_706},
        data={"ChestX-ray14": 112_120},
        folds="one split by patient",
        note="Made for fourteen findings, not for COVID-19. How its branches join is our guess; its training "
        "is not described where we could read it.",
        size=224,
        epochs=20,
        batch_size=16,
        learning_rate=1e-4,
    ),
)
