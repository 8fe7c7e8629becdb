"""The entries of the registry, one system after another: all that the library knows of it stands here.

What a choice of training means, such as the schedule ``one-cycle``, says :mod:`coronet_lib.systems.recipe`.
"""

from functools import partial

from coronet_lib import paper
from coronet_lib.models.chestnet import chestnet
from coronet_lib.models.chexnet import FINDINGS, chexnet
from coronet_lib.models.covidnet import covidnet_stand_in
from coronet_lib.models.darkcovidnet import darkcovidnet
from coronet_lib.models.transfer import transfer
from coronet_lib.systems.feature_svm import FeatureSVM
from coronet_lib.systems.pixels import PixelRegression
from coronet_lib.systems.recipe import PublishedRecipe
from coronet_lib.systems.system import Reported, System
from coronet_lib.training.augmentation import Augmentation
from coronet_lib.training.coronet_recipes import PAPER, QUICK, SPRINT

# Every system under the book's protocol holds out the same share of the training patients.
VALIDATION = QUICK.validation

# What a note says where the authors' own words could not be read for this book.
UNCHECKED = "Head and training are known from others' accounts only."


def _published(name, *, network, stock=None, training, **facts):
    """An entry whose network and training were published."""
    recipe = PublishedRecipe(name=name, network=network, stock=stock, validation=VALIDATION, **training)
    return System(name=name, recipe=recipe, **facts)


def _transfer(stock, preprocessing, hidden=(), **options):
    """What an entry says of a stock network with a new head."""
    return {
        "network": partial(transfer, stock, preprocessing=preprocessing, hidden=hidden, **options),
        "stock": stock,
        "preprocessing": preprocessing,
        "head": ", ".join(["average pooling", *(f"dense {width} (ReLU)" for width in hidden)]),
    }


def _features(name, *, title, parameters, macs, training, note, **facts):
    """An entry of features + SVM."""
    recipe = FeatureSVM(name=name, **training)
    return System(
        name=name,
        title=title,
        citation="sethy2020",
        recipe=recipe,
        preprocessing=recipe.preprocessing or "that of the network",
        head="linear SVM on standardised features",
        parameters=parameters,
        macs=macs,
        note=note,
        **facts,
    )


def _printed(row, column):
    return float(getattr(paper.TABLE_VII[row], column))


def _hemdan(stock, preprocessing, parameters, macs, row=None):
    """COVIDX-Net: seven networks on fifty images, of which ten were tested."""
    return _published(
        f"hemdan-{stock.lower()}",
        title=f"{stock} (Hemdan)",
        citation="hemdan2020covidxnet",
        **_transfer(stock, preprocessing),
        parameters=parameters,
        macs=macs,
        data={"covid19": 25, "normal": 25},
        folds="one split",
        reported=() if row is None else (Reported(2, _printed(row, "two_class"), 10, 5),),
        row=row,
        note=f"{UNCHECKED} The head here is the smallest: average pooling and softmax.",
        training={"size": 224, "epochs": 50, "batch_size": 7, "learning_rate": 1e-3, "optimizer": "sgd"},
    )


def _narin(stock, parameters, macs, accuracy, row=None):
    """Everything here is in the authors' public code, which divides by 255 where ImageNet's weights want
    something else, and keeps the weights of the last epoch."""
    return _published(
        f"narin-{stock.lower()}",
        title=f"{stock} (Narin)",
        citation="narin2020",
        **_transfer(stock, "unit", (1024,)),
        parameters=parameters,
        macs=macs,
        data={"covid19": 50, "normal": 50},
        folds="5 folds, the tested fold also the validation data",
        reported=(Reported(2, accuracy, 100, 50),),
        row=row,
        note="Their 50 COVID-19 files are in colour and their 50 normal files in grey.",
        training={
            "size": 224,
            "epochs": 30,
            "batch_size": 2,
            "learning_rate": 1e-5,
            "augmentation": Augmentation(zoom=0.1, horizontal_flip=True),
        },
    )


def _apostolopoulos(stock, hidden, parameters, macs, frozen, row=None):
    """Five networks, of which the two in the paper's Table VII are quoted there.  The authors' images are
    200 x 266 pixels, with black borders where an X-ray has another shape."""
    return _published(
        f"apostolopoulos-{stock.lower()}",
        title=f"{stock} (Apostolopoulos)",
        citation="apostolopoulos2020",
        **_transfer(stock, "unit", hidden, widened_to=266, dropout=0.5 if len(hidden) == 2 else 0.0),
        parameters=parameters,
        macs=macs,
        data={"covid19": 224, "pneumonia_bacterial": 700, "normal": 504},
        folds="10 folds",
        reported=() if row is None else _in_table_vii(row, 1428, 224),
        row=row,
        note=f"{UNCHECKED} A square X-ray gets black borders: 200 x 266 pixels.",
        training={"size": 200, "epochs": 10, "batch_size": 64, "learning_rate": 1e-3, "frozen": frozen},
    )


def _in_table_vii(row, tested, covid_tested):
    """Both accuracies of a row of the paper's Table VII, with the images behind them."""
    columns = {3: "three_class", 2: "two_class"}
    return tuple(Reported(k, _printed(row, column), tested, covid_tested) for k, column in columns.items())


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
        parameters=_counts(33_969_964, 256),
        macs=1_937_505_680,
        data=paper.TABLE_I,
        folds="4 folds, most likely by image; 3 and 2 classes one split",
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
        parameters=_counts(485_875, 128),
        macs=8_927_056,
        folds="none of its own: the book's network for small machines",
    ),
    System(
        name="coronet-sprint",
        title="CoroNet, sprint",
        citation="khan2020coronet",
        recipe=SPRINT,
        preprocessing=SPRINT.scaling,
        head="average pooling, dense 256 (ReLU)",
        parameters=_counts(21_387_052, 256),
        macs=1_924_922_768,
        folds="none of its own: the paper's Xception, trained with care in eight epochs",
    ),
    _apostolopoulos("VGG19", (1024,), _counts(20_553_796, 1024), 20_432_243_712, 18, "apostolopoulos_vgg19"),
    _apostolopoulos("MobileNetV2", (1000, 750), _counts(4_292_738, 750), 345_368_296, 10),
    _apostolopoulos("InceptionV3", (1000,), _counts(23_855_788, 1000), 2_864_330_784, 249),
    _apostolopoulos(
        "Xception", (1000, 750), _counts(23_664_234, 750), 5_071_173_616, 120, "apostolopoulos_xception"
    ),
    _apostolopoulos("InceptionResNetV2", (), _counts(54_342_884, 1536), 6_455_388_288, 730),
    _published(
        "covidnet-stand-in",
        title="COVID-Net (stand-in)",
        citation="wang2020covidnet_arxiv",
        network=covidnet_stand_in,
        preprocessing="unit",
        head="flatten, dense 1024 (ReLU), dense 256 (ReLU)",
        parameters=_counts(116_612_636, 256),
        macs=2_336_780_736,
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
        training={
            "size": 224,
            "epochs": 100,
            "batch_size": 8,
            "learning_rate": 2e-5,
            "optimizer": "amsgrad",
            "decay": "plateau",
            "plateau_factor": 0.7,
            "plateau_patience": 5,
        },
    ),
    _hemdan("VGG19", "caffe", _counts(20_026_436, 512), 19_508_430_848, "hemdan_vgg19"),
    _hemdan("DenseNet201", "torch", _counts(18_329_668, 1920), 4_289_453_568),
    _hemdan("ResNet50V2", "symmetric", _counts(23_572_996, 2048), 3_480_215_552),
    _hemdan("InceptionV3", "symmetric", _counts(21_810_980, 2048), 2_835_881_312),
    _hemdan("InceptionResNetV2", "symmetric", _counts(54_342_884, 1536), 6_467_431_264),
    _hemdan("Xception", "symmetric", _counts(20_869_676, 2048), 4_550_839_264),
    _hemdan("MobileNetV2", "symmetric", _counts(2_263_108, 1280), 299_499_392),
    _narin(
        "ResNet50",
        _counts(25_689_988, 1024),
        3_858_026_496,
        _printed("narin_resnet50", "two_class"),
        "narin_resnet50",
    ),
    _narin(
        "InceptionV3",
        _counts(23_905_060, 1024),
        2_837_974_368,
        _printed("narin_inceptionv3", "two_class"),
        "narin_inceptionv3",
    ),
    _narin("InceptionResNetV2", _counts(55_914_724, 1024), 6_469_002_080, 87.0),
    _features(
        "sethy-resnet50",
        title="ResNet50 features + SVM (Sethy)",
        parameters=_counts(23_595_908, 2048),
        macs=3_855_933_440,
        data={"covid19": 25, "normal": 25},
        folds="repeated splits",
        reported=(Reported(2, _printed("sethy_resnet50", "two_class"), 50, 25),),
        row="sethy_resnet50",
        note=f"{UNCHECKED} The number of images is, too.",
        training={"size": 224, "architecture": "ResNet50", "preprocessing": "caffe"},
    ),
    _features(
        "svm-xception",
        title="Xception features + SVM",
        parameters=_counts(20_869_676, 2048),
        macs=1_924_405_648,
        note="Sethy and Behera's method on the network inside CoroNet, before CoroNet is trained.",
        training={"size": 150, "architecture": "Xception", "preprocessing": "symmetric"},
    ),
    _features(
        "svm-coronet",
        title="CoroNet's features + SVM",
        parameters=_counts(33_969_964, 256),
        macs=1_937_505_680,
        note="The features that CoroNet's last but one layer learned, fold by fold.",
        training={"size": PAPER.size, "network": "coronet", "weights": None},
    ),
    _features(
        "svm-coronet-quick",
        title="Narrow CoroNet's features + SVM",
        parameters=_counts(485_875, 128),
        macs=8_927_056,
        note="The features that the narrow CoroNet's last but one layer learned, fold by fold.",
        training={"size": QUICK.size, "network": "coronet-quick", "weights": None},
    ),
    _features(
        "svm-coronet-sprint",
        title="CoroNet sprint's features + SVM",
        parameters=_counts(21_387_052, 256),
        macs=1_924_922_768,
        note="The features that the sprint's last but one layer learned, fold by fold.",
        training={"size": SPRINT.size, "network": "coronet-sprint", "weights": None},
    ),
    _published(
        "darkcovidnet",
        title="DarkCovidNet",
        citation="ozturk2020darkcovidnet",
        network=darkcovidnet,
        preprocessing="unit",
        head="flatten",
        parameters={4: 1_174_300, 3: 1_170_808, 2: 1_167_654},
        macs=290_723_472,
        data={"covid19": 125, "normal": 500, "pneumonia": 500},
        folds="5 folds",
        reported=(
            Reported(3, _printed("ozturk_darknet", "three_class"), 1125, 125),
            Reported(2, _printed("ozturk_darknet", "two_class"), 625, 125),
        ),
        row="ozturk_darknet",
        note="Of fastai's random changes the warp is left out, and Adam's first moment does not cycle.",
        training={
            "size": 256,
            "epochs": 100,
            "batch_size": 32,
            "learning_rate": 3e-3,
            "optimizer": "adamw",
            "beta_2": 0.99,
            "weight_decay": 0.01,
            "decay": "one-cycle",
            "augmentation": Augmentation(rotation=10, zoom=0.1, brightness=25, horizontal_flip=True),
        },
    ),
    _published(
        "chexnet",
        title="CheXNet",
        citation="rajpurkar2017chexnet",
        network=chexnet,
        stock="DenseNet121",
        preprocessing="torch",
        head="average pooling",
        classes=(FINDINGS, 4, 3, 2),
        parameters={FINDINGS: 7_051_854} | _counts(7_041_604, 1024),
        macs=2_833_152_000,
        data={"ChestX-ray14": 112_120},
        folds="one split by patient",
        note="Made for fourteen findings, not for COVID-19. " + UNCHECKED,
        training={
            "size": 224,
            "epochs": 20,
            "batch_size": 16,
            "learning_rate": 1e-3,
            "decay": "plateau",
            "plateau_factor": 0.1,
            "augmentation": Augmentation(horizontal_flip=True),
        },
    ),
    _published(
        "chestnet",
        title="ChestNet",
        citation="wang2018chestnet",
        network=chestnet,
        stock="ResNet152",
        preprocessing="caffe",
        head="average pooling, beside an attention branch",
        classes=(FINDINGS, 4, 3, 2),
        parameters={FINDINGS: 62_450_798, 4: 62_419_868, 3: 62_416_786, 2: 62_413_706},
        macs=12_058_270_224,
        data={"ChestX-ray14": 112_120},
        folds="one split by patient",
        note="Made for fourteen findings, not for COVID-19. How its branches join is our guess; its training "
        "is not described where we could read it.",
        training={"size": 224, "epochs": 20, "batch_size": 16, "learning_rate": 1e-4},
    ),
    System(
        name="logistic-pixels",
        title="Logistic regression on pixels",
        recipe=PixelRegression(name="logistic-pixels", size=32),
        preprocessing="each pixel standardised",
        head="softmax of 1,024 pixels",
        parameters=_counts(4_100, 1024),
        macs=4_096,
        folds="none of its own: the floor under every other row",
        note="It knows no edges or shapes: what it gets right follows from brightness and framing.",
    ),
)
