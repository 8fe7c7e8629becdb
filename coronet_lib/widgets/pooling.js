// The pooling explorer. Maps are arrays [row][column].

const mapPixels = (map, change) => map.map((row) => row.map(change));
const ACTIVATIONS = { relu: (value) => Math.max(value, 0), none: (value) => value };

/** For each kind: the number that stands for a window, how it is written, and how much of it is each pixel's. */
const POOLS = {
  max: {
    pool: (values) => Math.max(...values),
    text: (values) => `max(${values.join(", ")})`,
    shares: (values) => values.map((value) => Number(value === Math.max(...values))),
  },
  average: {
    pool: (values) => sum(values) / values.length,
    text: (values) => `(${values.join(" + ")}) / ${values.length}`,
    shares: (values) => values.map(() => 1 / values.length),
  },
  l2: {
    pool: (values) => Math.sqrt(sum(values.map((value) => value * value))),
    text: (values) => `√(${values.map((value) => `(${value})²`).join(" + ")})`,
    shares: (values) => {
      const squares = values.map((value) => value * value);
      return squares.map((square) => square / (sum(squares) || 1));
    },
  },
};

/** The map moved to the right, its first column repeated where it came from. */
const moved = (map, shift) => map.map((row) => row.map((_, column) => row[Math.max(column - shift, 0)]));

const stops = (map, { size, stride, padding }) =>
  [map.length, map[0].length].map((length) => windowStops(length, { extent: size, stride, padding }));

/** The pixels that output pixel (row, column) is made of; padded ones take no part. */
function windowAt([row, column], map, settings) {
  const [top, left] = stops(map, settings).map(({ before }, axis) => [row, column][axis] * settings.stride - before);
  const offsets = Array.from({ length: settings.size }, (_, offset) => offset);
  return offsets
    .flatMap((m) => offsets.map((n) => ({ row: top + m, column: left + n })))
    .filter(({ row: r, column: c }) => map[r]?.[c] !== undefined)
    .map((place) => ({ ...place, value: map[place.row][place.column] }));
}

function pooled(map, settings) {
  const [down, across] = stops(map, settings);
  const { pool } = POOLS[settings.kind];
  return Array.from({ length: down.size }, (_, r) =>
    Array.from({ length: across.size }, (_, c) => pool(windowAt([r, c], map, settings).map(({ value }) => value))),
  );
}

/** Mean absolute difference of two maps. */
function meanChange(map, other) {
  const changes = map.flatMap((row, r) => row.map((value, c) => Math.abs(value - other[r][c])));
  return sum(changes) / changes.length;
}

const SETTINGS = ["activation", "kind", "size", "stride", "padding", "shift"];

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Pooling explorer", () => show());
  const selects = [
    boundSelect(model, "activation", "Activation", ["relu", "none"]),
    boundSelect(model, "kind", "Pooling", Object.keys(POOLS)),
    boundSelect(model, "size", "Window", [1, 2, 3, 4]),
    boundSelect(model, "stride", "Stride", [1, 2, 3, 4]),
    boundSelect(model, "padding", "Padding", ["valid", "same"]),
    boundSelect(model, "shift", "Shift", [0, 1, 2, 3, 4]),
  ];
  const input = heatmap({ title: "Input" });
  const active = heatmap({ title: "After the activation" });
  const output = heatmap({ title: "After pooling", onMove: (position) => put(model, { position }) });
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  const numbers = numberDetails("Output");
  root.append(
    element("div", { class: "cw-controls" }, ...selects.map(({ node }) => node)),
    element("div", { class: "cw-maps" }, input.node, active.node, output.node),
    status,
    numbers.node,
  );

  let settings, image, rectified, result, changes;

  /** All maps follow from the model's state; pointing at a pixel changes none of them. */
  function compute() {
    settings = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
    const activate = (map) => mapPixels(map, ACTIVATIONS[settings.activation]);
    const unmoved = model.get("image");
    image = moved(unmoved, settings.shift);
    rectified = activate(image);
    result = pooled(rectified, settings);
    changes = settings.shift && result[0]?.length && [
      meanChange(rectified, activate(unmoved)),
      meanChange(result, pooled(activate(unmoved), settings)),
    ];
    show();
  }

  function show() {
    selects.forEach((select) => select.refresh());
    root.dataset.output = JSON.stringify(result);
    numbers.show(result);
    const size = `${image.length} × ${image[0].length}`;
    const range = greyRange(image);
    input.draw(image, { range, label: `Input, ${size} pixels.`, text: `${size}\n${rangeText(range)}` });
    if (!result.length || !result[0].length) return showNothing(size);

    const clamp = (index, axis) => Math.max(0, Math.min(index, [result, result[0]][axis].length - 1));
    const position = model.get("position").map(clamp);
    const places = windowAt(position, rectified, settings);
    showActive(size, position, places);
    const outputSize = `${result.length} × ${result[0].length}`;
    const outputRange = greyRange(result);
    output.draw(result, {
      range: outputRange,
      label: `After pooling, ${outputSize} pixels. The arrow keys move to another output pixel.`,
      text: `${outputSize}\n${rangeText(outputRange)}`,
      at: position,
      marks: [{ row: position[0], column: position[1], bold: true }],
    });
    const values = places.map(({ value }) => value);
    const total = numberText(result[position[0]][position[1]]);
    const { text } = POOLS[settings.kind];
    status.textContent = `output[${position.join(", ")}] = ${text(values.map((v) => numberText(v)))} = ${total}.`;
    if (changes) {
      const [before, after] = changes.map((change) => numberText(change, 4));
      status.textContent += ` The shift changes a pixel by ${before} on average before pooling, by ${after} after it.`;
    }
  }

  /** The map that is pooled, with its padding, the window, and each pixel tinted by its share of the output. */
  function showActive(size, position, places) {
    const [down, across] = stops(rectified, settings);
    const range = greyRange(rectified);
    const zeros = rectified.flat().filter((value) => value === 0).length / rectified.flat().length;
    const shares = places.length ? POOLS[settings.kind].shares(places.map(({ value }) => value)) : [];
    const marks = places.map(({ row, column }, index) => ({
      row: row + down.before,
      column: column + across.before,
      tint: 0.7 * shares[index],
    }));
    if (position) {
      const [row, column] = position.map((index) => index * settings.stride);
      marks.push({ row, column, height: settings.size, width: settings.size, bold: true });
    }
    active.draw(paddedMap(rectified, down, across), {
      range,
      label: `After the activation, ${size} pixels. Marked is the window that the output pixel sees.`,
      text: `${numberText(100 * zeros, 0)} % zeros\n${rangeText(range)}`,
      marks,
    });
  }

  function showNothing(size) {
    showActive(size, null, []);
    output.draw([], { range: null, label: "No output: the window fits nowhere.", text: "" });
    status.textContent = `A window of ${settings.size} pixels fits nowhere in ${size}. Use a smaller one, or padding.`;
  }

  const ends = [listen(model, SETTINGS, compute), listen(model, ["position"], show), release];
  compute();
  return () => ends.forEach((end) => end());
}

export default { render };
