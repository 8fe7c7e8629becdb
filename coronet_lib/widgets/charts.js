// Charts in SVG, with axes that may be logarithmic.

/** An element of a drawing, with attributes and children. */
function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const MOST_TICKS = 7;

/** Numbers from `low` to `high` in equal steps (1, 2, 5, 10, …, at least `least`), few enough to be read. */
function ticks(low, high, least = 0) {
  const wanted = (high - low) / MOST_TICKS || 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(least, [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= wanted));
  const first = Math.ceil(low / step);
  return count(Math.floor(high / step) - first + 1).map((index) => (first + index) * step);
}

const CHART = { width: 440, height: 270, left: 46, right: 12, bottom: 38 };

/**
 * A chart, with a margin of `top` for its legend. `draw` gives it axes: `x` from 0 to a whole number, `y` from
 * low to high in steps of at least `least`, written as `text` says; `content({x, y, write})` returns what is
 * drawn on them.
 */
function chart(top) {
  const { width, height, left, right, bottom } = CHART;
  const node = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "cw-chart" });
  const write = (x, y, anchor, words, kind = "") =>
    drawn("text", { x, y, "text-anchor": anchor, class: kind }, words);
  const draw = ({ x: last, y: [low, high], least, text, title }, content) => {
    const x = (at) => left + (at / last) * (width - left - right);
    const y = (at) => top + ((high - at) / (high - low || 1)) * (height - top - bottom);
    const [levels, steps] = [ticks(low, high, least), ticks(0, last, 1)];
    const words = text ?? ((level) => numberText(level, digitsOf(levels)));
    node.replaceChildren(
      ...levels.map((at) => drawn("line", { x1: left, x2: width - right, y1: y(at), y2: y(at), class: "cw-grid" })),
      ...levels.map((at) => write(left - 6, y(at) + 4, "end", words(at))),
      ...steps.map((at) => write(x(at), height - bottom + 16, "middle", String(at))),
      write((left + width - right) / 2, height - 5, "middle", title),
      ...content({ x, y, write }),
    );
  };
  const name = (message) => node.setAttribute("aria-label", message);
  return { node, draw, name, left, right: width - right };
}
