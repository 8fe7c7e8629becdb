// The pooling explorer. Maps are arrays [row][column].

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

const stopsOf = (map, { size, ...settings }) =>
  [map.length, map[0].length].map((length) => windowStops(length, size, settings));

/** The pixels that output pixel (row, column) is made of; padded ones take no part. */
function windowAt([row, column], map, settings) {
  const [top, left] = stopsOf(map, settings).map(({ before }, axis) => [row, column][axis] * settings.stride - before);
  const offsets = count(settings.size);
  return offsets
    .flatMap((m) => offsets.map((n) => ({ row: top + m, column: left + n })))
    .filter(({ row: r, column: c }) => map[r]?.[c] !== undefined)
    .map((place) => ({ ...place, value: map[place.row][place.column] }));
}

function pooled(map, settings) {
  const [down, across] = stopsOf(map, settings);
  const { pool } = POOLS[settings.kind];
  const pixel = (position) => pool(windowAt(position, map, settings).map(({ value }) => value));
  return count(down.size).map((r) => count(across.size).map((c) => pixel([r, c])));
}

/** Mean difference of two maps, as a share of the mean size of the first one's pixels. */
function change(map, other) {
  const differences = map.flatMap((row, r) => row.map((value, c) => Math.abs(value - other[r][c])));
  return sum(differences) / (sum(map.flat().map(Math.abs)) || 1);
}

/** The map as it is and as it was before the shift, each before and after pooling. */
function results(unmoved, { activation, shift, ...settings }) {
  const image = moved(unmoved, shift);
  const [active, before] = [image, unmoved].map((map) => map.map((row) => row.map(ACTIVATIONS[activation])));
  const output = pooled(active, settings);
  const changes = shift && output[0]?.length ? [change(before, active), change(pooled(before, settings), output)] : [];
  return { image, active, output, changes };
}

function render({ model, el }) {
  const input = heatmap("Input");
  const activated = heatmap("Activated");
  const pooling = windowMap(model, "Pooled", () => view.redraw());
  const numbers = numbersFold("Output as numbers");

  function show({ image, active, output, changes }, settings) {
    const size = sizeOf(image);
    numbers.show(...mapRows(output));
    input.draw(image, { label: `Input, ${size} pixels.`, text: size });
    if (!output[0]?.length) {
      showActive(active, settings, []);
      pooling.drawNothing("");
      return `A window of ${settings.size} pixels fits nowhere in ${size}. Use a smaller one, or padding.`;
    }
    const position = pooling.at(output);
    const places = windowAt(position, active, settings);
    showActive(active, settings, places, position);
    pooling.draw(output, sizeOf(output));
    const values = places.map(({ value }) => numberText(value, digitsOf(active.flat())));
    const total = numberText(output[position[0]][position[1]], digitsOf(output.flat()));
    const [before, after] = changes.map((share) => numberText(100 * share, 1));
    const shifted = ` The shift changes the map by ${before} % of its mean before pooling, by ${after} % after it.`;
    const found = `output[${position.join(", ")}] = ${POOLS[settings.kind].text(values)} = ${total}.`;
    return changes.length ? found + shifted : found;
  }

  /** The map that is pooled, with its padding, the window, and each pixel tinted by its share of the output. */
  function showActive(map, settings, places, position) {
    const [down, across] = stopsOf(map, settings);
    const zeros = map.flat().filter((value) => value === 0).length / map.flat().length;
    const shares = POOLS[settings.kind].shares(places.map(({ value }) => value));
    const marks = places.map(({ row, column }, index) => ({
      row: row + down.before,
      column: column + across.before,
      tint: 0.7 * shares[index],
    }));
    if (position) {
      const [row, column] = position.map((index) => index * settings.stride);
      marks.push({ row, column, height: settings.size, width: settings.size, bold: true });
    }
    activated.draw(paddedMap(map, down, across), {
      label: `Activated, ${sizeOf(map)} pixels. Marked is the window that the output pixel sees.`,
      text: `${numberText(100 * zeros, 0)} % zeros`,
      marks,
    });
  }

  const select = (name, label, values) => selectControl(label, values, bound(model, name));
  const view = figure(
    { model, el },
    {
      label: "Pooling explorer",
      names: ["activation", "kind", "size", "stride", "padding", "shift"],
      looks: ["position", "pinned"],
      controls: [
        select("activation", "Activation", ["relu", "none"]),
        select("kind", "Pooling", Object.keys(POOLS)),
        select("size", "Window", [1, 2, 3, 4]),
        select("stride", "Stride", [1, 2, 3, 4]),
        select("padding", "Padding", ["valid", "same"]),
        select("shift", "Shift", [0, 1, 2, 3, 4]),
        ...pooling.controls,
      ],
      parts: [element("div", { class: "cw-maps" }, input.node, activated.node, pooling.node)],
      more: [numbers.node],
      compute: (state) => results(model.get("image"), state),
      show,
    },
  );
  return view.close;
}

export default { render };
