// The convolution explorer. Maps are arrays [row][column][channel]; the kernel is [row][column][channel].

const EDGE = 3; // the kernel's
const OFFSETS = [0, 1, 2];

const geometry = (size, { stride, dilation, padding }) =>
  windowStops(size, { extent: (EDGE - 1) * dilation + 1, stride, padding });

/** The nine places that output pixel (row, column) reads: input row and column, and the weights used. */
function windowAt([row, column], shape, kernel, settings) {
  const { stride, dilation, operation } = settings;
  const [top, left] = shape.map((size) => geometry(size, settings).before);
  return OFFSETS.flatMap((m) =>
    OFFSETS.map((n) => ({
      row: row * stride + m * dilation - top,
      column: column * stride + n * dilation - left,
      weights: operation === "convolution" ? kernel[EDGE - 1 - m][EDGE - 1 - n] : kernel[m][n],
    })),
  );
}

const shapeOf = (map) => [map.length, map[0]?.length ?? 0];
const pixelAt = (map, { row, column }, channel) => map[row]?.[column]?.[channel] ?? 0; // padding is zero

/** Weight times pixel for each of the nine places, one list per channel. */
function products(map, places) {
  return places[0].weights.map((_, channel) =>
    places.map((place) => {
      const [pixel, weight] = [pixelAt(map, place, channel), place.weights[channel]];
      return { pixel, weight, product: pixel * weight };
    }),
  );
}

const channelSums = (terms) => terms.map((slice) => sum(slice.map(({ product }) => product)));

/** One layer: every output pixel is the sum of its products over all channels. */
function layer(map, kernel, settings) {
  const shape = shapeOf(map);
  const [height, width] = shape.map((size) => geometry(size, settings).size);
  const pixel = (row, column) =>
    sum(channelSums(products(map, windowAt([row, column], shape, kernel, settings))));
  return Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) => [pixel(r, c)]));
}

/** How many paths lead from each input pixel to the output pixel, through all layers. */
function receptiveField(position, maps, kernels, settings) {
  let counts = new Map([[String(position), 1]]);
  for (let depth = kernels.length - 1; depth >= 0; depth -= 1) {
    const [height, width] = shapeOf(maps[depth]);
    const seen = new Map();
    for (const [key, paths] of counts) {
      const places = windowAt(key.split(",").map(Number), [height, width], kernels[depth], settings);
      for (const { row, column } of places) {
        if (row < 0 || column < 0 || row >= height || column >= width) continue;
        const place = String([row, column]);
        seen.set(place, (seen.get(place) ?? 0) + paths);
      }
    }
    counts = seen;
  }
  return [...counts].map(([key, paths]) => {
    const [row, column] = key.split(",").map(Number);
    return { row, column, paths };
  });
}

function boundingBox(places) {
  const [rows, columns] = [places.map(({ row }) => row), places.map(({ column }) => column)];
  const [row, column] = [Math.min(...rows), Math.min(...columns)];
  return { row, column, height: Math.max(...rows) - row + 1, width: Math.max(...columns) - column + 1 };
}

function productRows(terms) {
  const cell = ({ pixel, weight, product }) =>
    element(
      "td",
      {},
      element("span", {}, numberText(pixel)),
      element("span", {}, `× ${numberText(weight)}`),
      element("strong", {}, numberText(product)),
    );
  return OFFSETS.map((m) => element("tr", {}, ...terms.slice(m * EDGE, (m + 1) * EDGE).map(cell)));
}

const SETTINGS = ["stride", "padding", "dilation", "operation", "layers"];
const CUSTOM = "custom";

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Convolution explorer", () => show());
  const channels = model.get("image")[0][0].length;
  let channel = 0;

  const presets = Object.keys(model.get("presets")).map((name) => [name, name.replace("_", " ")]);
  const preset = selectControl("Preset", [...presets, [CUSTOM, "your own"]], (name) => {
    const chosen = model.get("presets")[name];
    if (chosen) setSlice((m, n) => chosen[m][n]);
  });
  preset.input.lastChild.disabled = true; // shown when the weights are no preset, not to be chosen
  const selects = [
    boundSelect(model, "stride", "Stride", [1, 2, 3]),
    boundSelect(model, "padding", "Padding", ["valid", "same"]),
    boundSelect(model, "dilation", "Dilation", [1, 2]),
    boundSelect(model, "operation", "Operation", ["correlation", "convolution"]),
    boundSelect(model, "layers", "Layers", [1, 2, 3]),
  ];
  const indices = Array.from({ length: channels }, (_, index) => [index, index]);
  const channelSelect = selectControl("Channel", indices, (index) => {
    channel = Number(index);
    show();
  });
  const chooser = channels > 1 ? [channelSelect.node] : [];
  const fields = OFFSETS.map((m) =>
    OFFSETS.map((n) =>
      numberControl(`Weight in row ${m}, column ${n}`, (value) =>
        setSlice((row, column, old) => (row === m && column === n ? value : old)),
      ),
    ),
  );

  const input = heatmap({ title: "Input" });
  const output = heatmap({ title: "Output", onMove: (position) => put(model, { position }) });
  const legend = element("legend", {}, "Kernel");
  const grid = element("div", { class: "cw-kernel" }, ...fields.flat().map(({ node }) => node));
  const table = element("table", { class: "cw-products" });
  const middle = element("div", { class: "cw-middle" }, element("fieldset", {}, legend, grid), table);
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  const numbers = numberDetails("Output");
  root.append(
    element("div", { class: "cw-controls" }, preset.node, ...selects.map(({ node }) => node), ...chooser),
    element("div", { class: "cw-convolution" }, input.node, middle, output.node),
    status,
    numbers.node,
  );

  function setSlice(weight) {
    const kernel = model.get("kernel").map((row, m) =>
      row.map((weights, n) => weights.map((old, index) => (index === channel ? weight(m, n, old) : old))),
    );
    put(model, { kernel });
  }

  let settings, kernels, maps;

  /** All maps follow from the model's state; pointing at a pixel changes none of them. */
  function compute() {
    settings = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
    const kernel = model.get("kernel");
    const first = kernel.map((row) => row.map(([weight]) => [weight]));
    kernels = Array.from({ length: settings.layers }, (_, depth) => (depth ? first : kernel));
    maps = [model.get("image")];
    for (const weights of kernels) maps.push(layer(maps.at(-1), weights, settings));
    show();
  }

  function show() {
    showControls(kernels[0]);
    const shapes = maps.map(shapeOf);
    const result = maps.at(-1).map((row) => row.map(([value]) => value));
    root.dataset.output = JSON.stringify(result);
    numbers.show(result);
    const sizes = shapes.map(([height, width]) => `${height} × ${width}`);
    if (!result.length || !result[0].length) return showNothing(sizes);

    const clamp = (index, axis) => Math.max(0, Math.min(index, shapes.at(-1)[axis] - 1));
    const position = model.get("position").map(clamp);
    const range = greyRange(result);
    const source = maps.at(-2);
    const places = windowAt(position, shapeOf(source), kernels.at(-1), settings);
    const terms = products(source, places);
    const field = receptiveField(position, maps, kernels, settings);
    showInput(settings.layers > 1 ? field : places);
    output.draw(result, {
      range,
      label: `Output, ${sizes.at(-1)} pixels. The arrow keys move to another output pixel.`,
      text: `${sizes.join(" → ")}\n${rangeText(range)}`,
      at: position,
      marks: [{ row: position[0], column: position[1], bold: true }],
    });
    const slice = terms.length > 1 ? channel : 0;
    const which = [terms.length > 1 && `, channel ${slice}`, settings.layers > 1 && `, layer ${settings.layers}`];
    table.replaceChildren(
      element("caption", {}, "Products", ...which.filter(Boolean)),
      element("tbody", {}, ...productRows(terms[slice])),
    );
    const total = result[position[0]][position[1]];
    const parts = channelSums(terms).map((part, index) => `${numberText(part)} (channel ${index})`);
    const reason = terms.length > 1 ? `${parts.join(" + ")}.` : "the sum of the nine products.";
    const box = boundingBox(field);
    status.textContent =
      `output[${position.join(", ")}] = ${numberText(total)}, ${reason} ` +
      `It sees ${field.length} input pixels within ${box.height} × ${box.width}.`;
  }

  function showControls(kernel) {
    selects.forEach((select) => select.refresh());
    fields.forEach((row, m) => row.forEach((field, n) => field.show(kernel[m][n][channel])));
    const slice = kernel.map((row) => row.map((weights) => weights[channel]));
    const same = ([, weights]) => String(weights) === String(slice);
    preset.input.value = Object.entries(model.get("presets")).find(same)?.[0] ?? CUSTOM;
    legend.textContent = channels > 1 ? `Kernel, channel ${channel}` : "Kernel";
  }

  /** The input with its padding; of the places `seen`, those with a number of paths are tinted by it. */
  function showInput(seen) {
    const image = model.get("image").map((row) => row.map((pixel) => pixel[channel]));
    const [down, across] = shapeOf(image).map((size) => geometry(size, settings));
    const most = Math.max(...seen.map(({ paths }) => paths));
    const tint = (paths) => paths && 0.15 + (0.6 * paths) / most;
    const pixels = seen.map(({ row, column, paths }) => ({ row, column, tint: tint(paths) }));
    const boxes = seen.length ? [...pixels, { ...boundingBox(seen), bold: true }] : [];
    const name = channels > 1 ? `, channel ${channel}` : "";
    const size = shapeOf(image).join(" × ");
    const range = greyRange(image);
    input.draw(paddedMap(image, down, across), {
      range,
      label: `Input${name}, ${size} pixels. Marked are those that the output pixel sees.`,
      text: `${size}${name}\n${rangeText(range)}`,
      marks: boxes.map((box) => ({ ...box, row: box.row + down.before, column: box.column + across.before })),
    });
  }

  function showNothing(sizes) {
    showInput([]);
    output.draw([], { range: null, label: "No output: the window fits nowhere.", text: sizes.join(" → ") });
    table.replaceChildren();
    status.textContent =
      `The window fits nowhere any more: ${sizes.join(" → ")}. ` +
      "Use fewer layers, a smaller stride, or padding.";
  }

  const stops = [listen(model, ["kernel", ...SETTINGS], compute), listen(model, ["position"], show), release];
  compute();
  return () => stops.forEach((stop) => stop());
}

export default { render };
