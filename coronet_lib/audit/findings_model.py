"""Findings about the network: Table II, its input, its layers, its cost, the equations."""

from functools import cache
from math import prod

import numpy as np

from coronet_lib import paper
from coronet_lib.audit import evidence
from coronet_lib.audit.finding import Recomputed, Verdict, finding, judge, skeleton, worst

IMAGENET_SIZE = 224  # pixels, at which the other networks are commonly used
KERAS_NAMES = {
    "VGG19": "VGG19",
    "ResNet-50": "ResNet50",
    "InceptionV3": "InceptionV3",
    "Xception": "Xception",
}
"""Table VII's names of networks, and Keras's."""


@cache
def _coronet(size, head="flatten"):
    from coronet_lib.models.coronet import coronet

    return skeleton(coronet, classes=4, size=size, head=head)


def _map_edge(size):
    """Height of the feature map that Xception hands to the head."""
    return _coronet(size).get_layer("block14_sepconv2_act").output.shape[1]


@finding(
    "A1",
    title="Table II's totals",
    where="Table II",
    claim="{:,} parameters, {:,} trainable and {:,} not".format(*paper.TABLE_II_PARAMETERS),
    verdict=Verdict.HOLDS,
    needs_model=True,
)
def table_ii_totals():
    from coronet_lib.models.counting import parameters

    total, trainable = parameters(_coronet(evidence.NOTEBOOK_IMAGE_SIZE))
    built = paper.Parameters(total, trainable, total - trainable)
    summed = sum(layer.parameters for layer in paper.TABLE_II.values())
    holds = built == paper.TABLE_II_PARAMETERS and summed == built.total
    return Recomputed(
        built._asdict(),
        Verdict.HOLDS if holds else Verdict.WRONG,
        f"The rows add up to {summed:,}; the network, built at {evidence.NOTEBOOK_IMAGE_SIZE} pixels, has "
        f"{built.total:,} parameters, {built.trainable:,} trainable and {built.non_trainable:,} not.",
    )


@finding(
    "A2",
    title="Trainable parameters in the prose",
    where="Text about Table II",
    claim=f"“{paper.PARAMETERS_TEXT.total:,} … out of which {paper.PARAMETERS_TEXT.trainable:,} trainable "
    f"and {paper.PARAMETERS_TEXT.non_trainable} non-trainable”",
    verdict=Verdict.WRONG,
)
def trainable_in_the_prose():
    total, trainable, frozen = paper.PARAMETERS_TEXT
    left = total - frozen
    table = paper.TABLE_II_PARAMETERS
    return Recomputed(
        left,
        Verdict.HOLDS if trainable == left == table.trainable else Verdict.WRONG,
        f"{total:,} less {frozen:,} leaves {left:,} trainable parameters, as Table II says "
        f"({table.trainable:,}); the sentence repeats the total.",
    )


@finding(
    "A3",
    title="The size of the network's input",
    where="Data section and Table II",
    claim=f"“we resized all the images to {paper.RECIPE.dataset_pixels} x {paper.RECIPE.dataset_pixels}”; "
    "Xception's output is " + " × ".join(map(str, paper.TABLE_II["xception"].shape)),
    verdict=Verdict.NOT_REPRODUCIBLE,
    needs_model=True,
    source=evidence.NOTEBOOK,
)
def input_size():
    stored, stated, seen = paper.RECIPE.dataset_pixels, paper.RECIPE.input_size, evidence.NOTEBOOK_IMAGE_SIZE
    edge = paper.TABLE_II["xception"].shape[0]
    fitting = [size for size in range(71, 300) if _xception_edge(size) == edge]
    at_stored = _map_edge(stored)
    if stated is None:  # one size left would be as good as a printed one
        verdict = Verdict.HOLDS if len(fitting) == 1 else Verdict.NOT_REPRODUCIBLE
    else:
        verdict = Verdict.HOLDS if _map_edge(stated) == edge else Verdict.INCONSISTENT
    return Recomputed(
        {"edge at the data set's size": at_stored, "sizes that fit": [fitting[0], fitting[-1]]},
        verdict,
        f"The sentence is about the data set; the size of the network's input is stated nowhere. A {edge} × "
        f"{edge} map needs {fitting[0]} to {fitting[-1]} pixels. Both hold if the images were made smaller "
        f"once more on their way in, as the authors' notebook does: to {seen}. Anyone who feeds it {stored} "
        f"pixels gets a {at_stored} × {at_stored} map and {_coronet(stored).count_params():,} parameters.",
    )


def _xception_edge(size):
    """The same edge by arithmetic: two unpadded 3 × 3 convolutions, then four halvings that round up."""
    size = (size - 3) // 2 + 1 - 2
    for _ in range(4):
        size = -(-size // 2)
    return size


@finding(
    "A4",
    title="Xception's depth",
    where="Model section",
    claim=f"Xception is {paper.XCEPTION_DEPTH_TEXT} layers deep",
    verdict=Verdict.HOLDS,
    inference=True,
    needs_model=True,
)
def depth():
    layers = _coronet(evidence.NOTEBOOK_IMAGE_SIZE).layers
    separable = sum(type(layer).__name__ == "SeparableConv2D" for layer in layers)
    plain = sum(type(layer).__name__ == "Conv2D" and "shortcut" not in layer.name for layer in layers)
    counted = 2 * separable + plain + 1
    return Recomputed(
        counted,
        Verdict.HOLDS if counted == paper.XCEPTION_DEPTH_TEXT else Verdict.WRONG,
        f"{separable} separable convolutions of two steps each, {plain} plain ones and the ImageNet "
        f"classifier make {counted}; shortcuts are left out. Chollet counts {separable + plain} "
        "convolutional layers, so say which counting you use.",
    )


@finding(
    "A5",
    title="Computationally less expensive",
    where="Conclusion",
    claim="“CoroNet is computationally less expensive”",
    verdict=Verdict.NOT_REPRODUCIBLE,
    needs_model=True,
    source=f"{evidence.COVID_NET}; {evidence.DARKCOVIDNET}",
)
def cost():
    from keras import applications

    from coronet_lib.models.counting import macs
    from coronet_lib.models.darkcovidnet import darkcovidnet

    ours, large = (macs(_coronet(size)) / 1e9 for size in (evidence.NOTEBOOK_IMAGE_SIZE, IMAGENET_SIZE))
    darknet = macs(skeleton(darkcovidnet)) / 1e9
    costs = {"Covid-Net (residual arch)": evidence.COVID_NET_GMAC, "DarkNet": darknet}
    shape = (IMAGENET_SIZE, IMAGENET_SIZE, 3)
    for architecture, name in KERAS_NAMES.items():
        network = skeleton(getattr(applications, name), weights=None, include_top=False, input_shape=shape)
        costs[architecture] = macs(network) / 1e9
    listed = [row.architecture for key, row in paper.TABLE_VII.items() if key != "coronet"]
    dearer = sum(costs[architecture] > ours for architecture in listed)
    verdict = {0: Verdict.WRONG, len(listed): Verdict.HOLDS}.get(dearer, Verdict.NOT_REPRODUCIBLE)
    return Recomputed(
        {"CoroNet": round(ours, 2), **{name: round(value, 2) for name, value in costs.items()}},
        verdict,
        "The sentence does not say than what. In billions of multiply–adds an image CoroNet takes "
        f"{ours:.2f}, less than {dearer} of the {len(listed)} rows of Table VII ("
        + ", ".join(f"{name} {value:.2f}" for name, value in costs.items())
        + f"; ImageNet's networks at {IMAGENET_SIZE} pixels). Part of the saving is the smaller input: at "
        f"{IMAGENET_SIZE} pixels CoroNet would take {large:.2f}.",
    )


@finding(
    "A6",
    title="33 million parameters against 116",
    where="Tables VII and VIII",
    claim=f"{paper.TABLE_VIII_SYSTEMS['coronet'].parameters} million parameters against COVID-Net's "
    f"{paper.TABLE_VIII_SYSTEMS['covid_net'].parameters} million",
    verdict=Verdict.ROUNDING,
    needs_model=True,
    source=evidence.COVID_NET,
)
def parameters_of_the_heads():
    model = _coronet(evidence.NOTEBOOK_IMAGE_SIZE)
    total, dense = model.count_params() / 1e6, model.get_layer("head_dense").count_params() / 1e6
    pooled = _coronet(evidence.NOTEBOOK_IMAGE_SIZE, head="gap").count_params() / 1e6
    theirs = (evidence.COVID_NET_FLATTEN + 1) * evidence.COVID_NET_DENSE / 1e6
    systems, table = paper.TABLE_VIII_SYSTEMS, paper.TABLE_VII
    printed = [(total, systems["coronet"].parameters), (total, table["coronet"].parameters)]
    printed += [
        (evidence.COVID_NET_MILLIONS, row.parameters) for row in (systems["covid_net"], table["covid_net"])
    ]
    return Recomputed(
        {"CoroNet": round(total, 2), "with average pooling": round(pooled, 2)},
        worst(judge(value, number) for value, number in printed),
        f"{total:.2f} and {evidence.COVID_NET_MILLIONS} million, both cut off. They mostly compare "
        f"flattened heads: the first dense layer holds {100 * dense / total:.0f} % of CoroNet and "
        f"{100 * theirs / evidence.COVID_NET_MILLIONS:.0f} % of COVID-Net; with average pooling CoroNet "
        f"would have {pooled:.1f} million.",
    )


@finding(
    "A7",
    title="What a separable convolution saves",
    where="Model section",
    claim=f"A separable convolution ({' then '.join(paper.SEPARABLE_ORDER_TEXT)}) cuts the operations “by a "
    f"factor proportional to {paper.SEPARABLE_FACTOR_TEXT}”",
    verdict=Verdict.WRONG,
)
def separable_cost():
    kernel, channels = 3, 728  # a layer of Xception's middle flow
    depthwise, pointwise = channels * kernel**2, channels * channels  # in either order, in and out alike
    ratio = (depthwise + pointwise) / (channels * channels * kernel**2)
    claimed = {"1/k": 1 / channels, "1/k + 1/n²": 1 / channels + 1 / kernel**2}[paper.SEPARABLE_FACTOR_TEXT]
    return Recomputed(
        {"ratio": round(ratio, 4), "claimed": round(claimed, 4)},
        Verdict.HOLDS if np.isclose(ratio, claimed) else Verdict.WRONG,
        f"If k is the number of channels out, the cost shrinks to 1/k + 1/n²: with k = {channels} and an "
        f"n = {kernel} kernel to {ratio:.4f}, where 1/k would be {claimed:.4f}. The order is no error: "
        "it is that of Chollet's “extreme” Inception module, and he calls the difference unimportant. "
        "Xception as released filters each channel first and mixes them second.",
    )


@finding(
    "A8",
    title="Where the activation stands",
    where="Figure 3",
    claim=f"A residual connection ends in an {paper.FIGURE_3_ORDER[0]}, then an {paper.FIGURE_3_ORDER[1]}",
    verdict=Verdict.INCONSISTENT,
    needs_model=True,
)
def residual_order():
    model = _coronet(evidence.NOTEBOOK_IMAGE_SIZE)
    users = {}
    for layer in model.layers:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        for tensor in inputs:
            users.setdefault(id(tensor), []).append(type(layer).__name__)
    additions = [layer for layer in model.layers if type(layer).__name__ == "Add"]
    activated = sum(users[id(layer.output)] == ["ReLU"] for layer in additions)
    projected = sum(layer.name.endswith("_shortcut") for layer in model.layers)
    holds = (activated == len(additions)) == (paper.FIGURE_3_ORDER == ("addition", "activation"))
    return Recomputed(
        {"additions": len(additions), "only into an activation": activated},
        Verdict.HOLDS if holds else Verdict.INCONSISTENT,
        "The figure shows the first ResNet's block, and that rightly; the network of Table II is built of "
        f"others. Xception adds {len(additions)} times and {activated or 'none'} of the sums goes straight "
        "into an activation and nowhere else: the ReLU opens the next branch, and the shortcut passes it by. "
        f"{projected} shortcuts are strided 1 × 1 convolutions.",
    )


@finding(
    "A9",
    title="Convolution or correlation",
    where="Equation (1)",
    claim="What is called convolution is Σ I(i+m, j+n) K(m, n)",
    verdict=Verdict.HOLDS,
)
def convolution_equation():
    from scipy.signal import convolve2d, correlate2d

    image, kernel = np.arange(25.0).reshape(5, 5) ** 2, np.arange(9.0).reshape(3, 3)
    sign = 1 if "I(i+m" in paper.EQUATIONS[1] else -1
    centre = sum(
        image[2 + sign * m, 2 + sign * n] * kernel[1 + m, 1 + n] for m in (-1, 0, 1) for n in (-1, 0, 1)
    )
    correlation = correlate2d(image, kernel, mode="valid")[1, 1]
    convolution = convolve2d(image, kernel, mode="valid")[1, 1]
    return Recomputed(
        {"equation": float(centre), "correlation": float(correlation), "convolution": float(convolution)},
        Verdict.HOLDS if np.isclose(centre, correlation) else Verdict.INCONSISTENT,  # with the network
        "With the squares of 0 to 24 as an image of 5 × 5 and 0 to 8 as the kernel, the equation gives "
        f"{centre:g}, as cross-correlation does ({correlation:g}); convolution in the strict sense flips the "
        f"kernel and gives {convolution:g}. Deep-learning libraries compute what is printed and use the name "
        "just as loosely.",
    )


@finding(
    "A10",
    title="Softmax",
    where="Equation (3)",
    claim="Softmax divides by the sum of exp(xₙ) over i = 1 … n; “the sum of all outputs (Z) equals to 1”",
    verdict=Verdict.WRONG,
)
def softmax_equation():
    x = np.array([1.0, 2.0, 3.0])
    slipped = r"\sum_{i=1}^{n} e^{x_n}" in paper.EQUATIONS[3]
    total = np.sum(np.exp(x) / (len(x) * np.exp(x[-1]) if slipped else np.exp(x).sum()))
    return Recomputed(
        round(float(total), 4),
        Verdict.HOLDS if np.isclose(total, 1) else Verdict.WRONG,
        f"With the index n in the sum, x = (1, 2, 3) gives outputs that add up to {total:.3f}. The sum must "
        "run over i in the exponent too.",
    )


@finding(
    "A11",
    title="Which layers see local features",
    where="Section on convolutional networks",
    claim="“local features … at higher layers” are combined “into more complex features at the lower layers”",
    verdict=Verdict.INCONSISTENT,
    inference=True,
    needs_model=True,
)
def receptive_fields():
    fields, field, step = [], 1, 1
    for layer in _coronet(evidence.NOTEBOOK_IMAGE_SIZE).layers:
        window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
        if window and "shortcut" not in layer.name:
            field, step = field + (window[0] - 1) * step, step * layer.strides[0]
            fields.append(field)
    return Recomputed(
        {"first layer": fields[0], "last layer": fields[-1]},
        Verdict.INCONSISTENT if fields == sorted(fields) else Verdict.HOLDS,
        f"A value of Xception's first layer sees {fields[0]} × {fields[0]} pixels, one of its last "
        f"{fields[-1]} × {fields[-1]}, all of them: the layers next to the image are the local ones. It "
        "holds only if “higher” means nearer to the input.",
    )


@finding(
    "B21",
    title="The dense layers of Table II",
    where="Table II",
    claim=f"Flatten {paper.TABLE_II['flatten'].shape[0]:,}, dense {paper.TABLE_II['dense'].parameters:,}, "
    f"softmax {paper.TABLE_II['dense_1'].parameters:,} parameters",
    verdict=Verdict.HOLDS,
)
def dense_layers():
    rows = paper.TABLE_II
    features = prod(rows["xception"].shape)
    hidden, classes = rows["dense"].shape[0], rows["dense_1"].shape[0]
    first, second = (features + 1) * hidden, (hidden + 1) * classes
    shapes = rows["flatten"].shape == rows["dropout"].shape == (features,)
    counts = [row.parameters for row in rows.values()]
    holds = shapes and counts[1:] == [0, 0, first, second] and sum(counts) == paper.TABLE_II_PARAMETERS.total
    return Recomputed(
        {"features": features, "dense": first, "dense_1": second},
        Verdict.HOLDS if holds else Verdict.WRONG,
        f"{features:,} features into {hidden} units are {first:,} parameters with their biases, {hidden} "
        f"into {classes} are {second:,}. Flattening puts {100 * first / sum(counts):.1f} % of the network "
        "into one layer and ties it to one input size.",
    )
