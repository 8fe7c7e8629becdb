// The separable cost explorer. A layer is four whole numbers; what it costs follows from them.

const STEPS = {
  conv2d: "full convolution",
  depthwise_conv2d: "depthwise step",
  pointwise_conv2d: "pointwise step",
  separable_conv2d: "separable: both steps",
};
const SHARES = {
  ratio: "counted",
  formula: "1/k + 1/n²",
  claim: "1/k, the paper's claim",
};
const OWN = "own numbers";

/** Everything that the figure shows; each weight is used once for every output pixel. */
function costs({ channels_in, channels_out, kernel_size, output_size }) {
  const taps = kernel_size ** 2;
  const [depthwise, pointwise] = [taps * channels_in, channels_in * channels_out];
  const parameters = {
    conv2d: taps * channels_in * channels_out,
    depthwise_conv2d: depthwise,
    pointwise_conv2d: pointwise,
    separable_conv2d: depthwise + pointwise,
  };
  const perPixel = Object.entries(parameters);
  return {
    parameters,
    macs: Object.fromEntries(perPixel.map(([step, weights]) => [step, weights * output_size ** 2])),
    ratio: parameters.separable_conv2d / parameters.conv2d,
    formula: 1 / channels_out + 1 / taps,
    claim: 1 / channels_out,
  };
}

function render({ model, el }) {
  const layers = new Map(model.get("layers"));
  const names = ["channels_in", "channels_out", "kernel_size", "output_size"];
  const sizes = () => names.map((name) => model.get(name));
  const setSizes = (all) => put(model, Object.fromEntries(all.map((size, index) => [names[index], size])));

  const preset = selectControl("Layer of CoroNet", [...layers.keys(), OWN], {
    get: () => [...layers.keys()].find((layer) => String(layers.get(layer)) === String(sizes())) ?? OWN,
    set: (layer) => setSizes(layers.get(layer)),
  });
  preset.input.lastChild.disabled = true; // shown when the numbers are no layer's, not to be chosen
  // CoroNet's own sizes are on the slider, too.
  const few = [...stops(1, 2048, 88, { grow: true }), ...[...layers.values()].flatMap(([into, out]) => [into, out])];
  const channels = [...new Set(few)].sort((a, b) => a - b);
  const [cost, shares] = [1, 2].map(() => element("table", { class: "cw-cost" }));

  function show(result, { channels_out: k }) {
    const { parameters, macs, ratio } = result;
    const dearest = Math.max(...Object.values(parameters));
    fillTable(
      cost,
      "What the layer costs",
      ["step", "parameters", "multiplications", ""],
      Object.entries(STEPS).map(([step, title]) => [
        title,
        countText(parameters[step]),
        countText(macs[step]),
        bar(parameters[step] / dearest, step === "separable_conv2d"),
      ]),
    );
    fillTable(
      shares,
      "Separable, as a share of full",
      ["by", "share", ""],
      Object.entries(SHARES).map(([share, title]) => [
        title,
        numberText(result[share], 4),
        bar(result[share] / Math.max(1, ratio), share === "claim"),
      ]),
    );
    return ratio < 1
      ? `The separable layer makes ${numberText(1 / ratio, 2)} times fewer multiplications; ` +
          `by the paper's 1/k it would be ${countText(k)} times.`
      : `Here the separable layer costs more: ${numberText(ratio, 4)} times as many multiplications as the full one.`;
  }

  return figure(
    { model, el },
    {
      label: "Separable cost explorer",
      names,
      controls: [
        preset,
        sliderControl("Channels in", channels, bound(model, "channels_in")),
        sliderControl("Channels out, k", channels, bound(model, "channels_out")),
        sliderControl("Kernel size, n", stops(1, 11, 10), bound(model, "kernel_size")),
        sliderControl("Output size", stops(1, 150, 149), bound(model, "output_size")),
      ],
      parts: [cost, shares],
      compute: costs,
      show,
    },
  ).close;
}

export default { render };
