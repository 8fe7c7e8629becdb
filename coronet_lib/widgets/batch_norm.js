// The batch norm explorer: one channel of a fresh layer is trained, batch by batch.

const EPSILON = 1e-3; // Keras's
const MOMENTA = [0, 0.5, 0.9, 0.99, 0.999];
const SOURCES = { training: "training: last batch", inference: "inference: moving", all: "all X-rays, for comparison" };

/** Mean and variance; it divides by the number of values, and not by one fewer. */
function statistics(values) {
  const mean = sum(values) / values.length;
  return { mean, variance: sum(values.map((value) => (value - mean) ** 2)) / values.length };
}

const normalised = (value, { mean, variance }) => (value - mean) / Math.sqrt(variance + EPSILON);

/** The numbers of one step: the next ones, from the beginning again after the last. */
const batchOf = (numbers, size, step) => count(size).map((index) => numbers[(step * size + index) % numbers.length]);

/** A step of a moving average. */
const mixed = (old, fresh, momentum) => momentum * old + (1 - momentum) * fresh;

/** Statistics of every batch, the moving averages before and after, and the value's fate in either mode. */
function results({ numbers, value, batch_size: size, momentum, steps }) {
  const batches = count(steps).map((step) => batchOf(numbers, size, step));
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
  const sources = { training: ofBatches.at(-1), inference: moving.at(-1), all: statistics(numbers) };
  const rows = Object.entries(sources).map(([name, source]) => [
    name,
    { ...source, output: normalised(value, source) },
  ]);
  return { ...Object.fromEntries(rows), ofBatches, moving, left: momentum ** steps };
}

function render({ model, el }) {
  const numbers = model.get("numbers");
  const [low, high] = [Math.floor(Math.min(...numbers)), Math.ceil(Math.max(...numbers))];
  const reach = stops(low, high, 10 * (high - low), { digits: 1 });
  const plot = chart(42);
  const table = element("table", { class: "cw-norms" });

  /** The batches' means, the moving mean with its band, and the mean of all; every one of them is in the frame. */
  function draw({ ofBatches, moving, all }, value) {
    const edge = (sign) => moving.map(({ mean, variance }) => mean + sign * Math.sqrt(variance));
    const shown = [0, value, ...numbers, ...edge(1), ...edge(-1)];
    const frame = { x: ofBatches.length, y: [Math.min(...shown), Math.max(...shown)], title: "training steps" };
    plot.draw(frame, ({ x, y, write }) => {
      const line = (heights) => heights.map((height, step) => [x(step), y(height)].join());
      const truth = { x1: plot.left, x2: plot.right, y1: y(all.mean), y2: y(all.mean), class: "cw-all" };
      return [
        drawn("polygon", { points: [...line(edge(1)), ...line(edge(-1)).reverse()].join(" ") }),
        drawn("line", truth),
        ...ofBatches.map(({ mean }, index) =>
          drawn("circle", { cx: x(index + 1), cy: y(mean), r: 2.2, class: "cw-batch" }),
        ),
        drawn("polyline", { points: line(edge(0)).join(" ") }),
        write(plot.left, 14, "start", "● mean of each batch", "cw-batch"),
        write(plot.right, 14, "end", "┄ mean of all X-rays"),
        write(plot.left, 31, "start", "━ moving mean ± moving deviation", "cw-moving"),
      ];
    });
  }

  function show(result, state) {
    draw(result, state.value);
    const rows = Object.entries(SOURCES).map(([name, title]) => {
      const { mean, variance, output } = result[name];
      return [title, ...[mean, Math.sqrt(variance), output].map((number) => numberText(number))];
    });
    fillTable(table, "", ["statistics", "mean", "deviation", "the value becomes"], rows);
    const message =
      `After ${state.steps} steps of ${state.batch_size}, ${numberText(100 * result.left, 1)} % of the moving ` +
      `averages are still what they began as. The value ${numberText(state.value, digitsOf([state.value]))} becomes ` +
      `${numberText(result.training.output, 2)} in training and ${numberText(result.inference.output, 2)} in inference.`;
    plot.name(message);
    return message;
  }

  return figure(
    { model, el },
    {
      label: "Batch normalisation explorer",
      names: ["value", "batch_size", "momentum", "steps"],
      controls: [
        sliderControl("Batch size", stops(1, 64, 48, { grow: true }), bound(model, "batch_size")),
        sliderControl("Training steps", stops(1, 300, 299), bound(model, "steps")),
        sliderControl("One X-ray's value", reach, bound(model, "value"), { digits: 1, free: true }),
        selectControl("Momentum", MOMENTA, bound(model, "momentum")),
      ],
      parts: [plot.node, table],
      compute: (state) => results({ numbers, ...state }),
      show,
    },
  ).close;
}

export default { render };
