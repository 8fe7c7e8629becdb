// The CoroNet walker. A block is { kind, channels, parameters }; how it changes the map and the sample is its kind.

const [SMALLEST, LARGEST] = [71, 299]; // pixels of an image: what Xception takes, and what it was trained on
const PACE = 400; // milliseconds a block, while the image walks
const HEADS = { flatten: "flattened", gap: "averaged" };
const ORDERS = [
  [false, "opens a block"],
  [true, "after the addition"],
];

/** The edge of the map after a block: two windows without padding, or half, rounded up. */
const EDGES = {
  plain: (edge) => Math.floor((edge - 3) / 2) - 1,
  halving: (edge) => Math.ceil(edge / 2),
  same: (edge) => edge,
  last: (edge) => edge,
};

const SAMPLE = [2, -1, 3, 1, -2, 1, -3, 2];

/** A convolution and its batch normalisation, with made-up weights that differ for each `seed`. */
function brick(sample, seed) {
  const weight = (row, column) => ((3 * row + 5 * column + 7 * seed + row * column * (seed + 1)) % 11) - 5;
  const mixed = sample.map((_, row) => sum(sample.map((value, column) => weight(row, column) * value)));
  const mean = sum(mixed) / mixed.length;
  const deviation = Math.sqrt(sum(mixed.map((value) => (value - mean) ** 2)) / mixed.length);
  return mixed.map((value) => (value - mean) / deviation);
}

const relu = (sample) => sample.map((value) => Math.max(0, value));
const added = (one, other) => one.map((value, index) => value + other[index]);

/** What the sample becomes in block `number`; block 2 has no opening ReLU, because block 1 ends with one. */
function afterBlock(sample, kind, number, reluLast) {
  const bricks = count(kind === "same" ? 3 : 2).map((index) => (values) => brick(values, 4 * number + index));
  if (kind === "plain" || kind === "last") return bricks.reduce((values, one) => relu(one(values)), sample);
  const opened = reluLast || number === 2 ? sample : relu(sample);
  const [first, ...others] = bricks;
  const main = others.reduce((values, one) => one(relu(values)), first(opened));
  const sums = added(main, kind === "halving" ? brick(sample, 4 * number + 3) : sample);
  return reluLast ? relu(sums) : sums;
}

/** The sample at the input and after each block. */
function walk(blocks, reluLast) {
  const samples = [SAMPLE];
  blocks.forEach(({ kind }, index) => samples.push(afterBlock(samples.at(-1), kind, index + 1, reluLast)));
  return samples;
}

/** Weights and biases of the head's two dense layers, and how many numbers it reads. */
function headOf(edge, channels, [hidden, classes], head) {
  const inputs = head === "flatten" ? edge ** 2 * channels : channels;
  return { inputs, parameters: (inputs + 1) * hidden + (hidden + 1) * classes };
}

/** Everything that the figure shows, from the model's state. */
function results({ blocks, units, size, head, relu_last: reluLast }) {
  const edges = [size];
  for (const { kind } of blocks) edges.push(EDGES[kind](edges.at(-1)));
  const top = headOf(edges.at(-1), blocks.at(-1).channels, units, head);
  const counts = [...blocks.map(({ parameters }) => parameters), top.parameters];
  const samples = walk(blocks, reluLast);
  const changed = walk(blocks, false).at(-1).filter((value, index) => Math.abs(value - samples.at(-1)[index]) > 1e-9);
  return { edges, inputs: top.inputs, counts, total: sum(counts), samples, changed: changed.length };
}

/** What the colours stand for. */
const KEYS = { xception: "Xception", head: "head", above: "sample above 0", below: "below 0" };

function render({ model, el }) {
  const [blocks, units] = [model.get("blocks"), model.get("units")];
  const table = element("table", { class: "cw-walk" });
  const numbers = numbersFold("Sample numbers after each block");
  const names = [...blocks.map((_, index) => `block ${index + 1}`), "head"];
  const keys = Object.entries(KEYS).map(([kind, text]) => element("span", { class: `cw-key cw-${kind}` }, text));
  const channels = [3, ...blocks.map((block) => block.channels)];

  let reached = 0; // the row that the image has come to; at 0 it has gone all the way
  const step = () => {
    reached = (reached + 1) % (names.length + 1);
    view.redraw();
    return reached > 0;
  };
  const play = player("Send the image through the blocks", step, () => view.redraw(), PACE);

  const compute = (state) => {
    reached = 0;
    return results({ blocks, units, ...state });
  };

  const mapText = (edges, index) => `${edges[index]} × ${edges[index]} × ${countText(channels[index])}`;

  /** A square whose area is the edge of the map: by the edge itself, the later maps would be dots. */
  const square = (edge) =>
    element("span", { class: "cw-square", style: `--edge: ${Math.sqrt(edge / LARGEST)}`, "aria-hidden": true });

  /** The eight numbers as cells: blue above zero, orange below, the paler the smaller. */
  function strip(sample) {
    const largest = Math.max(...sample.map(Math.abs));
    const cell = (value) =>
      element("i", { class: value < 0 ? "cw-below" : "cw-above", style: `opacity: ${Math.abs(value) / largest}` });
    return element("span", { class: "cw-strip", "aria-hidden": true }, ...sample.map(cell));
  }

  function draw({ edges, inputs, counts, samples }) {
    const most = Math.max(...counts);
    const share = (index) => {
      const node = bar(counts[index] / most);
      node.classList.add(index < blocks.length ? "cw-xception" : "cw-head");
      return node;
    };
    const rows = names.map((name, index) => {
      const isHead = index === blocks.length;
      const map = isHead ? `${countText(inputs)} → ${units.at(-1)}` : mapText(edges, index + 1);
      const picture = isHead ? ["", ""] : [square(edges[index + 1]), strip(samples[index + 1])];
      return [name, picture[0], map, countText(counts[index]), share(index), picture[1]];
    });
    const pixels = ["image", square(edges[0]), mapText(edges, 0), "", "", strip(samples[0])];
    fillTable(table, element("span", {}, ...keys), ["", "", "map", "parameters", "", "sample"], [pixels, ...rows]);
    [...table.tBodies[0].rows].forEach((row, index) => {
      row.classList.toggle("cw-ahead", reached > 0 && index > reached);
      row.classList.toggle("cw-here", reached > 0 && index === reached);
    });
  }

  /** One step of the walk in words, or what all of it comes to. */
  function words({ edges, inputs, counts, total, changed }, state) {
    if (reached > 0 && reached <= blocks.length) {
      const [from, to] = [reached - 1, reached].map((index) => mapText(edges, index));
      const kept = from === to ? `${to} stays as it is` : `${from} becomes ${to}`;
      return `Block ${reached}: ${kept}, with ${countText(counts[reached - 1])} parameters.`;
    }
    const top = counts.at(-1);
    const message =
      `${state.size} pixels end as ${mapText(edges, blocks.length)}. The head reads them ${HEADS[state.head]}, ` +
      `${countText(inputs)} numbers, and has ${countText(top)} of ${countText(total)} parameters, ` +
      `${numberText((100 * top) / total, 1)} %.`;
    return state.relu_last
      ? `${message} The wrong ReLU changes no count, but ${changed} of the 8 sample numbers at the end.`
      : message;
  }

  function show(result, state) {
    draw(result);
    const rows = result.samples.map((sample, index) => [
      index ? names[index - 1] : "image",
      ...sample.map((value) => numberText(value, 2)),
    ]);
    numbers.show(["", ...SAMPLE.map((_, index) => `channel ${index}`)], rows);
    return words(result, state);
  }

  const view = figure(
    { model, el },
    {
      label: "CoroNet walker",
      names: ["size", "head", "relu_last"],
      controls: [
        sliderControl("Image, pixels", stops(SMALLEST, LARGEST, LARGEST - SMALLEST), bound(model, "size")),
        selectControl("Head", Object.entries(HEADS), bound(model, "head")),
        selectControl("ReLU", ORDERS, bound(model, "relu_last")),
        play,
      ],
      parts: [table],
      more: [numbers.node],
      compute,
      show,
    },
  );
  return view.close;
}

export default { render };
