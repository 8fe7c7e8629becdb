// What every interactive figure of the book shares: elements, labelled controls, heat maps with a
// keyboard cursor, number tables, the page's theme. Python puts this file in front of a figure's own.

/** An element with attributes, `on…` listeners and children. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** An element of an SVG drawing, with attributes and children. */
function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** At most `digits` decimals, no trailing zeros, a true minus sign. */
function numberText(value, digits = 3) {
  const rounded = Number(value.toFixed(digits));
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}

/** Set several values of the model's state and save them with the page. */
function put(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** Call `listener` when one of the values changes; returns the function that stops it. */
function listen(model, names, listener) {
  const events = names.map((name) => `change:${name}`);
  events.forEach((event) => model.on(event, listener));
  return () => events.forEach((event) => model.off(event, listener));
}

/** A labelled drop-down list; `options` holds [value, text] pairs. */
function selectControl(label, options, onChange) {
  const select = element("select", { onchange: () => onChange(select.value) });
  select.append(...options.map(([value, text]) => element("option", { value }, text)));
  return { node: element("label", { class: "cw-control" }, label, select), input: select };
}

/** A drop-down list of the values that one part of the model's state may have. */
function boundSelect(model, name, label, values) {
  const typed = new Map(values.map((value) => [String(value), value]));
  const control = selectControl(label, [...typed], (chosen) => put(model, { [name]: typed.get(chosen) }));
  return { node: control.node, refresh: () => (control.input.value = String(model.get(name))) };
}

/** A number field whose label is for screen readers only: its place in a grid says it to the eye. */
function numberControl(label, onChange) {
  const input = element("input", { type: "number", step: "any", inputmode: "decimal" });
  const read = () => (input.value.trim() === "" ? NaN : Number(input.value));
  input.addEventListener("input", () => {
    const valid = Number.isFinite(read());
    input.setAttribute("aria-invalid", String(!valid));
    if (valid) onChange(read());
  });
  const show = (value) => {
    input.setAttribute("aria-invalid", "false");
    // What is being typed ("-", "1.") must not be overwritten by its own value.
    if (read() !== value) input.value = String(value);
  };
  const hidden = element("span", { class: "cw-hidden" }, label);
  return { node: element("label", {}, hidden, input), input, show };
}

/** A slider and a number field for one value; with `strict`, the field keeps to the slider's range too. */
function sliderControl(label, range, onChange, { strict = false } = {}) {
  const accepts = (value) => !strict || (value >= range.min && value <= range.max);
  const slider = element("input", { type: "range", "aria-label": `${label}, slider`, ...range });
  slider.addEventListener("input", () => onChange(Number(slider.value)));
  const field = numberControl(label, (value) => {
    field.input.setAttribute("aria-invalid", String(!accepts(value)));
    if (accepts(value)) onChange(value);
  });
  const show = (value) => {
    slider.value = String(value);
    field.show(value);
  };
  return { node: element("div", { class: "cw-slider" }, slider, field.node), show };
}

/** A table of numbers with row and column indices, counted from 0 as NumPy does. */
function numberTable(caption, rows) {
  const indices = (rows[0] ?? []).map((_, column) => element("th", { scope: "col" }, String(column)));
  const body = rows.map((row, index) => {
    const cells = row.map((value) => element("td", {}, numberText(value)));
    return element("tr", {}, element("th", { scope: "row" }, String(index)), ...cells);
  });
  return element(
    "table",
    { class: "cw-numbers" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("td"), ...indices)),
    element("tbody", {}, ...body),
  );
}

/** A fold-out table for readers who cannot see the map; `show(rows)` keeps it up to date. */
function numberDetails(caption) {
  const label = `${caption} as numbers`;
  const scroll = element("div", { class: "cw-scroll", tabindex: "0", role: "region", "aria-label": label });
  let rows = [];
  const fill = () => node.open && scroll.replaceChildren(numberTable(caption, rows));
  const node = element("details", { ontoggle: fill }, element("summary", {}, label), scroll);
  const show = (latest) => {
    rows = latest;
    fill();
  };
  return { node, show };
}

/** What black and white stand for: least and greatest, or as far below as above zero if there are signs. */
function greyRange(rows) {
  const low = Math.min(...rows.flat());
  const high = Math.max(...rows.flat());
  const reach = Math.max(-low, high);
  return low < 0 ? { low: -reach, high: reach } : { low, high: high > low ? high : low + 1 };
}

/** The range in words, for the line under a map. */
function rangeText({ low, high }) {
  const middle = low < 0 ? " · mid-grey 0" : "";
  return `black ${numberText(low)}${middle} · white ${numberText(high)}`;
}

/** Stops along one axis of a window over `extent` pixels, and the pixels added before and after, as Keras pads. */
function windowStops(size, { extent, stride, padding }) {
  if (padding === "valid") {
    return { size: Math.max(Math.floor((size - extent) / stride) + 1, 0), before: 0, after: 0 };
  }
  const steps = Math.ceil(size / stride);
  const added = Math.max((steps - 1) * stride + extent - size, 0);
  return { size: steps, before: Math.floor(added / 2), after: added - Math.floor(added / 2) };
}

/** A map with null wherever the stops `down` and `across` add a pixel. */
function paddedMap(rows, down, across) {
  const blank = (count) => Array(count).fill(null);
  const width = across.before + rows[0].length + across.after;
  return [
    ...Array.from({ length: down.before }, () => blank(width)),
    ...rows.map((row) => [...blank(across.before), ...row, ...blank(across.after)]),
    ...Array.from({ length: down.after }, () => blank(width)),
  ];
}

const HEATMAP_EDGE = 640; // drawing pixels along the longer side; CSS scales them to the column
const CURSOR_KEYS = {
  ArrowUp: ([row, column]) => [row - 1, column],
  ArrowDown: ([row, column]) => [row + 1, column],
  ArrowLeft: ([row, column]) => [row, column - 1],
  ArrowRight: ([row, column]) => [row, column + 1],
  Home: ([row]) => [row, 0],
  End: ([row]) => [row, Infinity],
  PageUp: ([, column]) => [0, column],
  PageDown: ([, column]) => [Infinity, column],
};

/**
 * A grey map on a canvas with a title above and a note below.
 * With `onMove([row, column])` it has a cursor that follows the pointer and the arrow keys.
 */
function heatmap({ title, onMove }) {
  const canvas = element("canvas", { role: "img", width: HEATMAP_EDGE, height: HEATMAP_EDGE });
  const heading = element("span", { class: "cw-title" }, title);
  const note = element("span", { class: "cw-note" });
  const node = element("figure", { class: "cw-map" }, element("figcaption", {}, heading), canvas, note);
  let shape = [0, 0];
  let cursor = [0, 0];

  const move = ([row, column]) => {
    const inside = [row, column].map((index, axis) => Math.max(0, Math.min(index, shape[axis] - 1)));
    if (shape[0] && String(inside) !== String(cursor)) onMove(inside);
  };
  if (onMove) {
    canvas.setAttribute("role", "application");
    canvas.setAttribute("tabindex", "0");
    canvas.addEventListener("keydown", (event) => {
      const step = CURSOR_KEYS[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      move(step(cursor));
    });
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const along = (position, start, length, count) => Math.floor(((position - start) / length) * count);
      move([
        along(event.clientY, box.top, box.height, shape[0]),
        along(event.clientX, box.left, box.width, shape[1]),
      ]);
    };
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointermove", point);
  }

  /**
   * Draw `rows` (null marks padding) and, over them, `marks`: boxes {row, column, height, width}
   * that are outlined, and tinted as strongly as `tint` (0 to 1) says.
   */
  const draw = (rows, { range, label, text = "", at = [0, 0], marks = [] }) => {
    shape = [rows.length, rows[0]?.length ?? 0];
    cursor = at;
    canvas.setAttribute("aria-label", label);
    note.textContent = text;
    const cell = Math.floor(HEATMAP_EDGE / Math.max(...shape, 1));
    canvas.width = cell * Math.max(shape[1], 1);
    canvas.height = cell * Math.max(shape[0], 1);
    const context = canvas.getContext("2d");
    const styles = getComputedStyle(node);
    rows.forEach((row, r) =>
      row.forEach((value, c) => {
        if (value === null) return paintPadding(context, styles, c * cell, r * cell, cell);
        const grey = Math.round((255 * (value - range.low)) / (range.high - range.low));
        context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
        context.fillRect(c * cell, r * cell, cell, cell);
      }),
    );
    marks.forEach((mark) => paintMark(context, styles, mark, cell));
  };
  return { node, canvas, draw };
}

function paintPadding(context, styles, x, y, edge) {
  context.fillStyle = styles.getPropertyValue("--cw-padding");
  context.fillRect(x, y, edge, edge);
  context.strokeStyle = styles.getPropertyValue("--cw-border");
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x + edge * 0.2, y + edge * 0.8);
  context.lineTo(x + edge * 0.8, y + edge * 0.2);
  context.stroke();
}

function paintMark(context, styles, { row, column, height = 1, width = 1, tint = 0, bold = false }, cell) {
  const box = [column * cell, row * cell, width * cell, height * cell];
  if (tint) {
    context.globalAlpha = tint;
    context.fillStyle = styles.getPropertyValue("--cw-mark");
    context.fillRect(...box);
    context.globalAlpha = 1;
  }
  const lines = bold ? [["--cw-halo", 16], ["--cw-mark", 9]] : [["--cw-mark", 3]];
  for (const [colour, line] of lines) { // a dark line under the bright one is seen on every grey
    context.strokeStyle = styles.getPropertyValue(colour);
    context.lineWidth = line;
    context.strokeRect(...box);
  }
}

/** Whether the page around a figure is dark, whichever of the hosts it is shown in. */
function pageIsDark() {
  const page = document.documentElement;
  const stated =
    page.dataset.theme ?? // the built book
    page.getAttribute("theme") ?? // Colab
    { true: "light", false: "dark" }[document.body.dataset.jpThemeLight]; // JupyterLab
  if (stated === "dark" || stated === "light") return stated === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The root of a figure; `redraw` is called when it enters the page and when the page's theme changes. */
function figureRoot(el, label, redraw) {
  const root = element("div", { class: "coronet-widget", role: "group", "aria-label": label });
  // Keys pressed in a figure are the figure's: JupyterLab would move between cells, the book turn the page.
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const theme = () => (root.dataset.scheme = pageIsDark() ? "dark" : "light");
  const follow = () => {
    theme();
    redraw();
  };
  theme();
  el.append(root);
  const observer = new MutationObserver(follow);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributeFilter: ["data-theme", "theme", "data-jp-theme-light"] });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", follow);
  // Colours have no value before the figure is in the page, and some hosts put it there after it is drawn.
  const arrival = new ResizeObserver(() => {
    arrival.disconnect();
    redraw();
  });
  arrival.observe(root);
  const release = () => {
    observer.disconnect();
    arrival.disconnect();
    preference.removeEventListener("change", follow);
  };
  return { root, release };
}
