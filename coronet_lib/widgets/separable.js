// The separable cost explorer. A layer is four whole numbers; what it costs follows from them.

/** What the reader may set: the name in the model's state, the label, the range of slider and field. */
const SIZES = [
  ["channels_in", "Channels in", { min: 1, max: 2048, step: 1 }],
  ["channels_out", "Channels out, k", { min: 1, max: 2048, step: 1 }],
  ["kernel_size", "Kernel size, n", { min: 1, max: 11, step: 1 }],
  ["output_size", "Output size", { min: 1, max: 150, step: 1 }],
];
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

const countText = (count) => count.toLocaleString("en-GB");

/** A row with a bar and, before it, as many numbers as the table has columns for. */
function barRow(title, columns) {
  const cells = Array.from({ length: columns }, () => element("td"));
  const bar = element("span", { class: "cw-cost-bar", "aria-hidden": "true" });
  const node = element("tr", {}, element("th", { scope: "row" }, title), ...cells, element("td", {}, bar));
  const show = (texts, share) => {
    cells.forEach((cell, index) => (cell.textContent = texts[index]));
    bar.style.width = `${100 * share}%`;
  };
  return { node, show };
}

/** A table of bar rows, one for each entry of `titles`. */
function barTable(caption, heads, titles) {
  const rows = Object.fromEntries(
    Object.entries(titles).map(([key, title]) => [key, barRow(title, heads.length - 1)]),
  );
  const columns = [...heads, ""].map((head) => element(head ? "th" : "td", head ? { scope: "col" } : {}, head));
  const node = element(
    "table",
    { class: "cw-cost" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...columns)),
    element("tbody", {}, ...Object.values(rows).map((row) => row.node)),
  );
  return { node, rows };
}

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Separable cost explorer", () => show());
  const layers = model.get("layers");
  const names = SIZES.map(([name]) => name);

  const preset = selectControl("Layer of CoroNet", [...Object.keys(layers), OWN].map((name) => [name, name]), (name) =>
    name === OWN ? show() : put(model, layers[name]),
  );
  const controls = SIZES.map(([name, label, range]) => {
    const change = (value) => {
      put(model, { [name]: Math.round(value) }); // there is no half a channel
      show(); // a number that was rounded to the old one would stand in its field
    };
    return { label, ...sliderControl(label, range, change, { strict: true }) };
  });
  const counted = barTable("What the layer costs", ["step", "parameters", "multiplications"], STEPS);
  const shares = barTable("Separable, as a share of full", ["by", "share"], SHARES);
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  const titled = ({ label, node }) =>
    element("div", { class: "cw-control" }, element("span", { "aria-hidden": "true" }, label), node);
  root.append(
    element("div", { class: "cw-controls cw-sizes" }, preset.node, ...controls.map(titled)),
    counted.node,
    shares.node,
    status,
  );

  function show() {
    const sizes = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const result = costs(sizes);
    root.dataset.output = JSON.stringify(result);

    const same = (layer) => names.every((name) => layer[name] === sizes[name]);
    preset.input.value = Object.keys(layers).find((layer) => same(layers[layer])) ?? OWN;
    controls.forEach((control, index) => control.show(sizes[names[index]]));
    const { parameters, macs, ratio } = result;
    const dearer = Math.max(parameters.conv2d, parameters.separable_conv2d);
    for (const step of Object.keys(STEPS)) {
      counted.rows[step].show([parameters, macs].map((all) => countText(all[step])), parameters[step] / dearer);
    }
    const largest = Math.max(1, ratio);
    for (const share of Object.keys(SHARES)) {
      shares.rows[share].show([numberText(result[share], 4)], result[share] / largest);
    }
    status.textContent =
      ratio < 1
        ? `The separable layer makes ${numberText(1 / ratio, 1)} times fewer multiplications; ` +
          `by the paper's 1/k it would be ${countText(sizes.channels_out)} times.`
        : "Here the separable layer saves nothing: it makes " +
          `${numberText(ratio, 2)} times as many multiplications as the full one.`;
  }

  const stop = listen(model, names, show);
  show();
  return () => [stop, release].forEach((end) => end());
}

export default { render };
