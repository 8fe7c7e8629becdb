// The gradient flow explorer: measured gradient sizes on a logarithmic scale, from a stack's input to its output.

const KINDS = [
  { name: "plain", title: "plain", mark: "circle", labelBelow: true },
  { name: "shortcuts", title: "with shortcuts", mark: "square", labelBelow: false },
];
const PACE = 120; // milliseconds a layer, while the gradient runs back

const superscript = (exponent) => String(exponent).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);

/** Three digits; very large and very small numbers with a power of ten. */
function sizeText(value) {
  if (value >= 0.01 && value < 10000) return numberText(value, Math.max(0, 2 - Math.floor(Math.log10(value))));
  const [digits, exponent] = value.toExponential(2).split("e");
  return `${digits} × 10${superscript(Number(exponent))}`;
}

const pointsOf = (sizes, { x, y }) => sizes.map((size, layer) => [x(layer), y(Math.log10(size))]);

const faint = (name, sizes, places) =>
  drawn("polyline", { class: `cw-faint cw-${name}`, points: pointsOf(sizes, places).join(" ") });

/** A curve over its layers, as far back from the output as the layer `reached`. */
function curve({ name, title, mark, labelBelow }, sizes, reached, places) {
  const points = pointsOf(sizes, places).slice(reached);
  const shape = ([x, y], r) =>
    mark === "circle"
      ? drawn("circle", { cx: x, cy: y, r })
      : drawn("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  const [tip] = points;
  const early = reached < sizes.length / 2; // the label stays inside the chart
  return drawn(
    "g",
    { class: `cw-curve cw-${name}` },
    drawn("polyline", { points: points.join(" ") }),
    ...points.map((point) => shape(point, 2.4)),
    shape(tip, 5),
    places.write(tip[0] + (early ? 10 : -10), tip[1] + (labelBelow ? 16 : -8), early ? "start" : "end", title),
  );
}

function render({ model, el }) {
  const runs = model.get("runs");
  const scales = [...new Set(runs.map((run) => run.scale))];
  const depths = [...new Set(runs.map((run) => run.depth))].sort((a, b) => a - b);
  const depth = bound(model, "depth");
  const plot = chart(26);
  const numbers = numbersFold("Size of the gradient after each layer");

  let reached = 0; // the layer to which the gradient has come back; at 0, the input, it has gone all the way
  const step = () => {
    reached = (reached || depth.get()) - 1;
    view.redraw();
    return reached > 0;
  };
  const play = player("Send the gradient from the output back to the input", step, () => view.redraw(), PACE);

  /** The run to show, what the way back multiplies its gradients by, and all runs that share its axes. */
  function chosen(state) {
    reached = 0;
    const peers = runs.filter((run) => run.scale === state.scale);
    const run = peers.find((one) => one.depth === state.depth);
    const ratios = Object.fromEntries(KINDS.map(({ name }) => [name, run[name][0] / run[name].at(-1)]));
    return { peers, output: { ...run, ratios } };
  }

  function show({ peers, output: { ratios, ...run } }) {
    const exponents = peers.flatMap((peer) => KINDS.flatMap(({ name }) => peer[name])).map(Math.log10);
    const [low, high] = [Math.min(...exponents), Math.max(...exponents)];
    const room = Math.max(0.12 * (high - low), 0.5); // for the names of the curves
    const frame = {
      x: depths.at(-1),
      y: [low - room, high + room],
      least: 1,
      text: (exponent) => `10${superscript(exponent)}`,
      title: "after layer (0: the input)",
    };
    plot.draw(frame, (places) => [
      places.write(2, 14, "start", "size of the gradient"),
      ...peers.flatMap((peer) => KINDS.map(({ name }) => faint(name, peer[name], places))),
      ...KINDS.map((kind) => curve(kind, run[kind.name], reached, places)),
    ]);
    numbers.show(
      ["layer", ...KINDS.map(({ title }) => title)],
      run.plain.map((_, layer) => [String(layer), ...KINDS.map(({ name }) => sizeText(run[name][layer]))]),
    );
    const message = reached
      ? `Back after layer ${reached} of ${run.depth}, the gradient is ${sizeText(run.plain[reached])} ` +
        `in the plain stack and ${sizeText(run.shortcuts[reached])} with shortcuts.`
      : `Through ${run.depth} layers to the input, the gradient is multiplied by ` +
        `${sizeText(ratios.plain)} in the plain stack and by ${sizeText(ratios.shortcuts)} with shortcuts.`;
    plot.name(message);
    return message;
  }

  const view = figure(
    { model, el },
    {
      label: "Gradient flow explorer",
      names: ["depth", "scale"],
      controls: [
        sliderControl("Depth", depths, depth, { unit: "layers" }),
        selectControl("Scale of the first weights", scales, bound(model, "scale")),
        play,
      ],
      parts: [plot.node],
      more: [numbers.node],
      compute: chosen,
      show,
    },
  );
  return view.close;
}

export default { render };
