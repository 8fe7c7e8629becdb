// The gradient flow explorer: measured gradient sizes on a logarithmic scale, from a stack's input to its output.

const CHART = { width: 440, height: 300, left: 46, right: 12, top: 22, bottom: 40 };
const MOST_TICKS = 7;
const KINDS = [
  { name: "plain", title: "plain", mark: "circle", labelBelow: true },
  { name: "shortcuts", title: "with shortcuts", mark: "square", labelBelow: false },
];

const superscript = (exponent) => String(exponent).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);

/** Three digits; very large and very small numbers with a power of ten. */
function sizeText(value) {
  if (value >= 0.01 && value < 10000) return String(Number(value.toPrecision(3)));
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits} × 10${superscript(Number(exponent))}`;
}

/** Where layers and sizes lie in the chart; one frame serves all depths, so that curves can be compared. */
function chartFrame(runs) {
  const sizes = runs.flatMap((run) => KINDS.flatMap(({ name }) => run[name]));
  const low = Math.floor(Math.log10(Math.min(...sizes)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...sizes))), low + 1);
  const deepest = Math.max(...runs.map((run) => run.depth));
  const across = (CHART.width - CHART.left - CHART.right) / deepest;
  const down = (CHART.height - CHART.top - CHART.bottom) / (high - low);
  return {
    low,
    high,
    deepest,
    x: (layer) => CHART.left + across * layer,
    y: (exponent) => CHART.top + down * (high - exponent),
  };
}

/** Whole numbers from `low` to `high` in equal steps (1, 2, 5, 10, …), few enough to be read. */
function ticks(low, high) {
  const least = (high - low) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least));
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
}

function axes({ low, high, deepest, x, y }) {
  const parts = [];
  for (const exponent of ticks(low, high)) {
    const line = { x1: x(0), x2: CHART.width - CHART.right, y1: y(exponent), y2: y(exponent), class: "cw-grid" };
    const label = { x: x(0) - 6, y: y(exponent) + 4, "text-anchor": "end", "data-exponent": exponent };
    parts.push(drawn("line", line), drawn("text", label, `10${superscript(exponent)}`));
  }
  for (const layer of ticks(0, deepest)) {
    const label = { x: x(layer), y: CHART.height - CHART.bottom + 16, "text-anchor": "middle" };
    parts.push(drawn("text", label, String(layer)));
  }
  const middle = (x(0) + x(deepest)) / 2;
  return [
    ...parts,
    drawn("text", { x: middle, y: CHART.height - 6, "text-anchor": "middle" }, "after layer (0: the input)"),
    drawn("text", { x: 2, y: 12 }, "size of the gradient"),
  ];
}

function curve({ name, title, mark, labelBelow }, sizes, { x, y }) {
  const points = sizes.map((size, layer) => [x(layer), y(Math.log10(size))]);
  const marks = points.map(([cx, cy]) =>
    mark === "circle"
      ? drawn("circle", { cx, cy, r: 2.6 })
      : drawn("rect", { x: cx - 2.3, y: cy - 2.3, width: 4.6, height: 4.6 }),
  );
  const label = { x: points[0][0] + 8, y: points[0][1] + (labelBelow ? 16 : -8) };
  return drawn(
    "g",
    { class: `cw-curve cw-${name}` },
    drawn("polyline", { points: points.map((point) => point.join(",")).join(" ") }),
    ...marks,
    drawn("text", label, title),
  );
}

function sizeTable(run) {
  const column = (text) => element("th", { scope: "col" }, text);
  const rows = run.plain.map((_, layer) => {
    const cells = KINDS.map(({ name }) => element("td", {}, sizeText(run[name][layer])));
    return element("tr", {}, element("th", { scope: "row" }, String(layer)), ...cells);
  });
  return element(
    "table",
    { class: "cw-numbers" },
    element("caption", {}, "Size of the gradient after each layer"),
    element("thead", {}, element("tr", {}, column("layer"), ...KINDS.map(({ title }) => column(title)))),
    element("tbody", {}, ...rows),
  );
}

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Gradient flow explorer", () => show());
  const runs = model.get("runs");
  const scales = [...new Set(runs.map((run) => run.scale))];
  const depths = [...new Set(runs.map((run) => run.depth))].sort((a, b) => a - b);

  // The slider runs over the depths that were measured, whatever their distances.
  const slider = element("input", { type: "range", min: 0, max: depths.length - 1, step: 1 });
  slider.addEventListener("input", () => put(model, { depth: depths[Number(slider.value)] }));
  const depthLabel = element("span");
  const options = scales.map((scale, index) => [index, numberText(scale, 2)]);
  const scale = selectControl("Scale of the first weights", options, (index) =>
    put(model, { scale: scales[Number(index)] }),
  );
  const chart = drawn("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: "img", class: "cw-chart" });
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  const scroll = element("div", {
    class: "cw-scroll",
    tabindex: "0",
    role: "region",
    "aria-label": "The curves as numbers",
  });
  root.append(
    element(
      "div",
      { class: "cw-controls" },
      element("label", { class: "cw-control" }, depthLabel, slider),
      scale.node,
    ),
    chart,
    status,
    element("details", {}, element("summary", {}, "The curves as numbers"), scroll),
  );

  function show() {
    const [depth, chosen] = [model.get("depth"), model.get("scale")];
    const peers = runs.filter((run) => run.scale === chosen);
    const run = peers.find((one) => one.depth === depth);
    const ratios = Object.fromEntries(KINDS.map(({ name }) => [name, run[name][0] / run[name].at(-1)]));
    root.dataset.output = JSON.stringify({ ...run, ratios });

    depthLabel.textContent = `Depth: ${depth} layers`;
    slider.value = String(depths.indexOf(depth));
    slider.setAttribute("aria-valuetext", `${depth} layers`);
    scale.input.value = String(scales.indexOf(chosen));
    const frame = chartFrame(peers);
    chart.replaceChildren(...axes(frame), ...KINDS.map((kind) => curve(kind, run[kind.name], frame)));
    const message =
      `Through ${depth} layers to the input, the gradient is multiplied by ` +
      `${sizeText(ratios.plain)} in the plain stack and by ${sizeText(ratios.shortcuts)} with shortcuts.`;
    chart.setAttribute("aria-label", message);
    status.textContent = message;
    scroll.replaceChildren(sizeTable(run));
  }

  const stop = listen(model, ["depth", "scale"], show);
  show();
  return () => [stop, release].forEach((end) => end());
}

export default { render };
