// Grey maps, for the figures in which a window slides over one. A map is an array [row][column].

/** What black and white stand for: least and greatest, or as far below as above zero if there are signs. */
function greyRange(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const reach = Math.max(-low, high);
  return low < 0 ? [-reach, reach] : [low, high > low ? high : low + 1];
}

/** Stops along one axis of a window over `extent` pixels, and the pixels added before and after, as Keras pads. */
function windowStops(size, extent, { stride, padding }) {
  if (padding === "valid") {
    return { size: Math.max(Math.floor((size - extent) / stride) + 1, 0), before: 0, after: 0 };
  }
  const steps = Math.ceil(size / stride);
  const added = Math.max((steps - 1) * stride + extent - size, 0);
  return { size: steps, before: Math.floor(added / 2), after: added - Math.floor(added / 2) };
}

/** A map with null wherever the stops `down` and `across` add a pixel. */
function paddedMap(rows, down, across) {
  const blank = (size) => Array(size).fill(null);
  const width = across.before + rows[0].length + across.after;
  return [
    ...count(down.before).map(() => blank(width)),
    ...rows.map((row) => [...blank(across.before), ...row, ...blank(across.after)]),
    ...count(down.after).map(() => blank(width)),
  ];
}

const sizeOf = (map) => `${map.length} × ${map[0]?.length ?? 0}`;

/** A map for a table of numbers, with row and column indices, counted from 0 as NumPy does. */
function mapRows(map) {
  const digits = digitsOf(map.flat());
  const rows = map.map((row, index) => [String(index), ...row.map((value) => numberText(value, digits))]);
  return [["", ...count(map[0]?.length ?? 0).map(String)], rows];
}

const HEATMAP_EDGE = 640; // drawing pixels along the longer side; CSS scales them to the column

/** A grey map on a canvas with a title above and a note below. */
function heatmap(title) {
  const canvas = element("canvas", { role: "img" });
  const note = element("span", { class: "cw-note" });
  const node = element("figure", { class: "cw-map" }, element("figcaption", {}, title), canvas, note);

  /**
   * Draw `rows` (null marks padding), as many pixels of them as `seen` says, and over them `marks`: boxes
   * {row, column, height, width} that are outlined, and tinted as strongly as `tint` (0 to 1) says.
   */
  const draw = (rows, { label, text, marks = [], seen = Infinity }) => {
    const numbers = rows.flat().filter((value) => value !== null);
    const [low, high] = greyRange(numbers);
    const [black, white] = [low, high].map((value) => numberText(value, digitsOf(numbers)));
    canvas.setAttribute("aria-label", label);
    note.textContent = numbers.length
      ? `${text}\nblack ${black}${low < 0 ? " · mid-grey 0" : ""} · white ${white}`
      : text;
    const width = rows[0]?.length ?? 0;
    const cell = Math.floor(HEATMAP_EDGE / Math.max(rows.length, width, 1));
    canvas.width = cell * Math.max(width, 1);
    canvas.height = cell * Math.max(rows.length, 1);
    const context = canvas.getContext("2d");
    const styles = getComputedStyle(node);
    const colour = (name) => styles.getPropertyValue(`--cw-${name}`);
    rows.flat().slice(0, seen).forEach((value, index) => {
      const [x, y] = [(index % width) * cell, Math.floor(index / width) * cell];
      const grey = Math.round((255 * (value - low)) / (high - low));
      context.fillStyle = value === null ? colour("padding") : `rgb(${grey}, ${grey}, ${grey})`;
      context.fillRect(x, y, cell, cell);
      if (value === null) paintStroke(context, colour("border"), x, y, cell);
    });
    marks.forEach((mark) => paintMark(context, colour, mark, cell));
  };
  return { node, canvas, draw };
}

/** The stroke through a pixel that padding adds. */
function paintStroke(context, colour, x, y, edge) {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x + edge * 0.2, y + edge * 0.8);
  context.lineTo(x + edge * 0.8, y + edge * 0.2);
  context.stroke();
}

function paintMark(context, colour, { row, column, height = 1, width = 1, tint = 0, bold = false }, cell) {
  const box = [column * cell, row * cell, width * cell, height * cell];
  context.globalAlpha = tint;
  context.fillStyle = colour("mark");
  context.fillRect(...box);
  context.globalAlpha = 1;
  // A dark line under the bright one is seen on every grey.
  for (const [name, line] of bold ? [["halo", 16], ["mark", 9]] : [["mark", 3]]) {
    context.strokeStyle = colour(name);
    context.lineWidth = line;
    context.strokeRect(...box);
  }
}

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
const PACE = 100; // milliseconds a pixel, while the window plays

/**
 * The map that a sliding window makes. Its cursor is the model's `position`: it follows the pointer, unless
 * `pinned` holds it, and the arrow keys; and a play moves it through all pixels, in the order of reading.
 */
function windowMap(model, title, redraw) {
  const { node, canvas, draw } = heatmap(title);
  let shape = [0, 0];
  const inside = (position) => position.map((index, axis) => Math.max(0, Math.min(index, shape[axis] - 1)));
  const at = () => inside(model.get("position"));
  const move = (position) => {
    if (shape[0] && String(inside(position)) !== String(at())) put(model, { position: inside(position) });
  };
  const pin = buttonControl("Pin", () => put(model, { pinned: !model.get("pinned") }), () => model.get("pinned"));
  pin.node.title = "Hold the window where it is; a click on the map or its Enter key does the same";

  const step = () => {
    const [[row, column], [height, width]] = [at(), shape];
    const next = (row * width + column + 1) % (height * width);
    move([Math.floor(next / width), next % width]);
    return next < height * width - 1;
  };
  const play = player("Slide the window through the whole map", step, redraw, PACE);

  canvas.setAttribute("role", "application");
  canvas.setAttribute("tabindex", 0);
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") pin.node.click();
    else if (CURSOR_KEYS[event.key]) [play.stop(), move(CURSOR_KEYS[event.key](at()))];
    else return;
    event.preventDefault();
  });
  const under = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const shares = [(clientY - box.top) / box.height, (clientX - box.left) / box.width];
    return inside(shares.map((share, axis) => Math.floor(share * shape[axis])));
  };
  canvas.addEventListener("pointerdown", (event) => {
    play.stop();
    const pinned = !model.get("pinned") || String(under(event)) !== String(at());
    put(model, { position: under(event), pinned });
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons || !(model.get("pinned") || play.playing())) move(under(event));
  });

  return {
    node,
    controls: [play, pin],
    /** Where the cursor is in `rows`, the map from now on. */
    at: (rows) => {
      shape = [rows.length, rows[0]?.length ?? 0];
      return at();
    },
    /** Draw `rows` with the cursor; while it plays, as far as the window has come. */
    draw: (rows, text) => {
      const [row, column] = at();
      const seen = play.playing() ? row * shape[1] + column + 1 : Infinity;
      const label = `${title}, ${sizeOf(rows)} pixels. The arrow keys move to another pixel, Enter pins it.`;
      draw(rows, { label, text, seen, marks: [{ row, column, bold: true }] });
    },
    drawNothing: (text) => draw([], { label: `${title}: the window fits nowhere.`, text }),
  };
}
