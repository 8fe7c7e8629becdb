// The convolution explorer. Maps are arrays [row][column][channel]; the kernel is [row][column][channel].

const EDGE = 3; // the kernel's
const OFFSETS = [0, 1, 2];
const CUSTOM = "custom";

const geometry = (size, settings) => windowStops(size, (EDGE - 1) * settings.dilation + 1, settings);

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
  const pixel = (position) => sum(channelSums(products(map, windowAt(position, shape, kernel, settings))));
  return count(height).map((r) => count(width).map((c) => [pixel([r, c])]));
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

/** All maps from the image to the output, and the kernels between them; deeper layers use the first slice. */
function results(image, settings) {
  const first = settings.kernel.map((row) => row.map(([weight]) => [weight]));
  const kernels = count(settings.layers).map((depth) => (depth ? first : settings.kernel));
  const maps = [image];
  for (const kernel of kernels) maps.push(layer(maps.at(-1), kernel, settings));
  return { maps, kernels, output: maps.at(-1).map((row) => row.map(([value]) => value)) };
}

function render({ model, el }) {
  const image = model.get("image");
  const presets = new Map(model.get("presets"));
  const [channels, channel] = [image[0][0].length, () => model.get("channel")];
  const slice = () => model.get("kernel").map((row) => row.map((weights) => weights[channel()]));
  const setSlice = (weight) => {
    const row = (weights, m) => weights.map((all, n) => all.with(channel(), weight(m, n, all[channel()])));
    put(model, { kernel: model.get("kernel").map(row) });
  };
  const named = [...presets.keys()].map((name) => [name, name.replace("_", " ")]);
  const preset = selectControl("Preset", [...named, [CUSTOM, "your own"]], {
    get: () => [...presets.keys()].find((name) => String(presets.get(name)) === String(slice())) ?? CUSTOM,
    set: (name) => setSlice((m, n) => presets.get(name)[m][n]),
  });
  preset.input.lastChild.disabled = true; // shown when the weights are no preset, not to be chosen
  const weights = OFFSETS.flatMap((m) =>
    OFFSETS.map((n) =>
      numberControl(`Weight in row ${m}, column ${n}`, {
        get: () => slice()[m][n],
        set: (value) => setSlice((row, column, old) => (row === m && column === n ? value : old)),
      }),
    ),
  );
  const input = heatmap("Input");
  const output = windowMap(model, "Output", () => view.redraw());
  const numbers = numbersFold("Output as numbers");
  const legend = element("legend");
  const grid = element("div", { class: "cw-kernel" }, ...weights.map(({ node }) => node));
  const table = element("table", { class: "cw-products" });
  const middle = element("div", { class: "cw-middle" }, element("fieldset", {}, legend, grid), table);

  function show({ maps, kernels, output: result }, settings) {
    weights.forEach((field) => field.show());
    legend.textContent = channels > 1 ? `Kernel, channel ${channel()}` : "Kernel";
    numbers.show(...mapRows(result));
    const sizes = maps.map(sizeOf).join(" → ");
    if (!result[0]?.length) {
      showInput([], settings);
      output.drawNothing(sizes);
      table.replaceChildren();
      return `The window fits nowhere any more: ${sizes}. Use fewer layers, a smaller stride, or padding.`;
    }
    const position = output.at(result);
    const source = maps.at(-2);
    const places = windowAt(position, shapeOf(source), kernels.at(-1), settings);
    const terms = products(source, places);
    const field = receptiveField(position, maps, kernels, settings);
    showInput(settings.layers > 1 ? field : places, settings);
    output.draw(result, sizes);
    showProducts(source, terms, settings);

    const digits = digitsOf(result.flat());
    const parts = channelSums(terms).map((part, index) => `${numberText(part, digits)} (channel ${index})`);
    const box = boundingBox(field);
    return (
      `output[${position.join(", ")}] = ${numberText(result[position[0]][position[1]], digits)}, ` +
      `${terms.length > 1 ? parts.join(" + ") : "the sum of the nine products"}. ` +
      `It sees ${field.length} input pixels within ${box.height} × ${box.width}.`
    );
  }

  /** The input with its padding; of the places `seen`, those with a number of paths are tinted by it. */
  function showInput(seen, settings) {
    const map = image.map((row) => row.map((pixel) => pixel[channel()]));
    const [down, across] = shapeOf(map).map((size) => geometry(size, settings));
    const most = Math.max(...seen.map(({ paths }) => paths));
    const tint = (paths) => paths && 0.15 + (0.6 * paths) / most;
    const pixels = seen.map(({ row, column, paths }) => ({ row, column, tint: tint(paths) }));
    const boxes = seen.length ? [...pixels, { ...boundingBox(seen), bold: true }] : [];
    const text = `${sizeOf(map)}${channels > 1 ? `, channel ${channel()}` : ""}`;
    input.draw(paddedMap(map, down, across), {
      label: `Input, ${text}, in pixels. Marked are those that the output pixel sees.`,
      text,
      marks: boxes.map((box) => ({ ...box, row: box.row + down.before, column: box.column + across.before })),
    });
  }

  /** Pixel, weight and product of each place, for one channel of the layer that makes the output. */
  function showProducts(source, terms, { layers }) {
    const shown = terms.length > 1 ? channel() : 0;
    const digits = {
      pixel: digitsOf(source.flat(2)),
      weight: digitsOf(model.get("kernel").flat(2), 4),
      product: digitsOf(terms.flat().map(({ product }) => product)),
    };
    const text = (term, name) => numberText(term[name], digits[name]);
    const cell = (term) =>
      element(
        "td",
        {},
        element("span", {}, text(term, "pixel")),
        element("span", {}, `×\u200a${text(term, "weight")}`),
        element("strong", {}, text(term, "product")),
      );
    const which = [terms.length > 1 && `, channel ${shown}`, layers > 1 && `, layer ${layers}`].filter(Boolean);
    const rows = OFFSETS.map((m) => element("tr", {}, ...terms[shown].slice(m * EDGE, (m + 1) * EDGE).map(cell)));
    table.replaceChildren(element("caption", {}, "Products", ...which), element("tbody", {}, ...rows));
  }

  const select = (name, label, values) => selectControl(label, values, bound(model, name));
  const view = figure(
    { model, el },
    {
      label: "Convolution explorer",
      names: ["kernel", "stride", "padding", "dilation", "operation", "layers"],
      looks: ["position", "pinned", "channel"],
      controls: [
        preset,
        select("stride", "Stride", [1, 2, 3]),
        select("padding", "Padding", ["valid", "same"]),
        select("dilation", "Dilation", [1, 2]),
        select("operation", "Operation", ["correlation", "convolution"]),
        select("layers", "Layers", [1, 2, 3]),
        ...(channels > 1 ? [select("channel", "Channel", count(channels))] : []),
        ...output.controls,
      ],
      parts: [element("div", { class: "cw-convolution" }, input.node, middle, output.node)],
      more: [numbers.node],
      compute: (state) => results(image, state),
      show,
    },
  );
  return view.close;
}

export default { render };
