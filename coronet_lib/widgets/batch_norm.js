// The batch norm explorer: one channel of a fresh layer is trained, batch by batch.

const EPSILON = 1e-3; // Keras's
const MOMENTA = [0, 0.5, 0.9, 0.99, 0.999];
const LIMITS = { batch_size: 64, steps: 300 };
const CHART = { width: 440, height: 260, left: 40, right: 10, top: 42, bottom: 38 };
const TICK_GAP = 14; // closer to zero than this, the end of the axis would cover it

/** Mean and variance; it divides by the number of values, and not by one fewer. */
function statistics(values) {
  const mean = sum(values) / values.length;
  return { mean, variance: sum(values.map((value) => (value - mean) ** 2)) / values.length };
}

const normalised = (value, { mean, variance }) => (value - mean) / Math.sqrt(variance + EPSILON);

/** The numbers of one step: the next ones, from the beginning again after the last. */
function batchOf(numbers, size, step) {
  return Array.from({ length: size }, (_, index) => numbers[(step * size + index) % numbers.length]);
}

/** A step of a moving average. */
const mixed = (old, fresh, momentum) => momentum * old + (1 - momentum) * fresh;

/** Statistics of every batch, the moving averages before and after, and the value's fate in either mode. */
function results({ numbers, value, batch_size: size, momentum, steps }) {
  const batches = Array.from({ length: steps }, (_, step) => batchOf(numbers, size, step));
  batches.at(-1)[0] = value;
  const ofBatches = batches.map(statistics);
  const moving = [{ mean: 0, variance: 1 }];
  for (const { mean, variance } of ofBatches) {
    const before = moving.at(-1);
    moving.push({
      mean: mixed(before.mean, mean, momentum),
      variance: mixed(before.variance, variance, momentum),
    });
  }
  const all = statistics(numbers);
  const sources = { training: ofBatches.at(-1), inference: moving.at(-1), all };
  const rows = Object.entries(sources).map(([name, source]) => [
    name,
    { ...source, output: normalised(value, source) },
  ]);
  return { ...Object.fromEntries(rows), ofBatches, moving, left: momentum ** steps };
}

/** Where steps and values lie in the chart; it holds every dot, the band and zero. */
function chartFrame({ ofBatches, moving }, numbers, value) {
  const edges = moving.flatMap(({ mean, variance }) => [mean - Math.sqrt(variance), mean + Math.sqrt(variance)]);
  const shown = [0, value, ...numbers, ...edges];
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const across = (CHART.width - CHART.left - CHART.right) / ofBatches.length;
  const down = (CHART.height - CHART.top - CHART.bottom) / (high - low || 1);
  return { low, high, x: (step) => CHART.left + across * step, y: (at) => CHART.top + down * (high - at) };
}

const text = (x, y, anchor, words, kind = "") => drawn("text", { x, y, "text-anchor": anchor, class: kind }, words);

function axes({ low, high, x, y }, steps) {
  const [left, right] = [CHART.left, CHART.width - CHART.right];
  const ends = [low, high].filter((at) => Math.abs(y(at) - y(0)) > TICK_GAP);
  const marks = [0, ...ends].map((at) => [
    drawn("line", { x1: left, x2: right, y1: y(at), y2: y(at) }),
    text(left - 5, y(at) + 4, "end", numberText(at, 1)),
  ]);
  const under = CHART.height - CHART.bottom + 16;
  return [
    ...marks.flat(),
    text(x(0), under, "middle", "0"),
    text(x(steps), under, "end", String(steps)),
    text((left + right) / 2, CHART.height - 4, "middle", "training steps"),
    text(left, 14, "start", "● mean of each batch", "cw-batch"),
    text(right, 14, "end", "┄ mean of all X-rays"),
    text(left, 31, "start", "━ moving mean ± moving deviation", "cw-moving"),
  ];
}

function curves({ ofBatches, moving, all }, { x, y }) {
  const line = (sign) =>
    moving.map(({ mean, variance }, step) => [x(step), y(mean + sign * Math.sqrt(variance))].join(","));
  const truth = { x1: x(0), x2: x(ofBatches.length), y1: y(all.mean), y2: y(all.mean), class: "cw-all" };
  const dots = ofBatches.map(({ mean }, index) =>
    drawn("circle", { cx: x(index + 1), cy: y(mean), r: 2.2, class: "cw-batch" }),
  );
  return [
    drawn("polygon", { points: [...line(1), ...line(-1).reverse()].join(" ") }),
    drawn("line", truth),
    ...dots,
    drawn("polyline", { points: line(0).join(" ") }),
  ];
}

/** A labelled slider over the whole numbers from 1. */
function wholeSlider(model, name, title) {
  const slider = element("input", { type: "range", min: 1, max: LIMITS[name], step: 1 });
  slider.addEventListener("input", () => put(model, { [name]: Number(slider.value) }));
  const label = element("span");
  const show = () => {
    slider.value = String(model.get(name));
    label.textContent = `${title}: ${model.get(name)}`;
  };
  return { node: element("label", { class: "cw-control" }, label, slider), show };
}

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Batch normalization explorer", () => show());
  const numbers = model.get("numbers");
  const batchSize = wholeSlider(model, "batch_size", "Batch size");
  const steps = wholeSlider(model, "steps", "Training steps");
  const momentum = boundSelect(model, "momentum", "Momentum", MOMENTA);
  const reach = { min: Math.floor(Math.min(...numbers)), max: Math.ceil(Math.max(...numbers)), step: 0.1 };
  const value = sliderControl("One X-ray's value", reach, (chosen) => put(model, { value: chosen }));
  const heading = element("span", { "aria-hidden": "true" }, "One X-ray's value");

  const chart = drawn("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: "img", class: "cw-chart" });
  const titles = { training: "training: last batch", inference: "inference: moving", all: "all X-rays, for comparison" };
  const cells = Object.fromEntries(
    Object.keys(titles).map((name) => [name, Array.from({ length: 3 }, () => element("td"))]),
  );
  const column = (words) => element("th", { scope: "col" }, words);
  const heads = ["statistics", "mean", "deviation", "the value becomes"].map(column);
  const body = Object.entries(titles).map(([name, title]) =>
    element("tr", {}, element("th", { scope: "row" }, title), ...cells[name]),
  );
  const table = element(
    "table",
    { class: "cw-norms" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...body),
  );
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  const followed = element("div", { class: "cw-control" }, heading, value.node);
  root.append(
    element("div", { class: "cw-controls" }, batchSize.node, momentum.node, steps.node, followed),
    chart,
    table,
    status,
  );

  function show() {
    const names = ["value", "batch_size", "momentum", "steps"];
    const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const result = results({ numbers, ...state });
    root.dataset.output = JSON.stringify(result);

    [batchSize, steps].forEach((slider) => slider.show());
    momentum.refresh();
    value.show(state.value);
    const frame = chartFrame(result, numbers, state.value);
    chart.replaceChildren(...axes(frame, state.steps), ...curves(result, frame));
    for (const [name, [mean, deviation, output]] of Object.entries(cells)) {
      mean.textContent = numberText(result[name].mean);
      deviation.textContent = numberText(Math.sqrt(result[name].variance));
      output.textContent = numberText(result[name].output);
    }
    const message =
      `After ${state.steps} steps of ${state.batch_size}, ${numberText(100 * result.left, 1)} % of the moving ` +
      `averages are still what they began as. The value ${numberText(state.value)} becomes ` +
      `${numberText(result.training.output, 2)} in training and ${numberText(result.inference.output, 2)} in inference.`;
    chart.setAttribute("aria-label", message);
    status.textContent = message;
  }

  const stop = listen(model, ["value", "batch_size", "momentum", "steps"], show);
  show();
  return () => [stop, release].forEach((end) => end());
}

export default { render };
