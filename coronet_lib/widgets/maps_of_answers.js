// The map explorer: an X-ray, and the same one under a map of what moved the network's answer.

const SCALES = [
  ["own", "its own maximum"],
  ["common", "one for all"],
  ["signed", "one for all, signed"],
];
const [FOR, AGAINST] = [[230, 97, 1], [94, 60, 153]]; // ends of a purple-orange scale
const OUTLINE = "#00d7ff"; // neither of them
const ZOOM = 4; // drawing pixels for each of the X-ray's
const HEADS = ["", "mass inside", "pointing", "overlap"];

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Everything that the figure shows: the share of the full colour that each cell has, and the map's scores. */
function results({ maps, image, network, method, scale }) {
  const ofMethod = maps.filter((one) => one[1] === method);
  const [, , edge, largest, scores, cells] = ofMethod.find((one) => one[0] === network);
  const signed = scale === "signed";
  const values = Array.from(new Int8Array(bytes(cells).buffer).slice(image * edge ** 2, (image + 1) * edge ** 2))
    .map((byte) => (byte / 127) * largest[image])
    .map((value) => (signed ? value : Math.max(value, 0)));
  const limit = scale === "own" ? Math.max(...values) : Math.max(...ofMethod.flatMap((one) => one[3]));
  const shares = values.map((value) => (limit ? value / limit : 0));
  const [area, ...shown] = scores[image];
  return { edge, shares, area, scores: shown, output: { limit, scores: shown, strongest: Math.max(...shares), edge } };
}

/** A small picture that a drawing can stretch; `pixel(index)` gives red, green, blue and opacity, 0 to 255. */
function picture(edge, pixel) {
  const canvas = element("canvas", { width: edge, height: edge });
  const context = canvas.getContext("2d");
  const data = context.createImageData(edge, edge);
  count(edge ** 2).forEach((index) => data.data.set(pixel(index), 4 * index));
  context.putImageData(data, 0, 0);
  return canvas;
}

function render({ model, el }) {
  const { edge, titles, maps } = Object.fromEntries(["edge", "titles", "maps"].map((name) => [name, model.get(name)]));
  const [greys, bits] = [bytes(model.get("pictures")), bytes(model.get("outlines"))];
  const size = edge ** 2;
  const inside = (image, index) => (bits[(image * size + index) >> 3] >> (7 - ((image * size + index) & 7))) & 1;
  const distinct = (place) => [...new Set(maps.map((one) => one[place]))];
  const views = ["What was drawn", "The map over it"].map((title) => {
    const canvas = element("canvas", { role: "img", width: edge * ZOOM, height: edge * ZOOM });
    return { canvas, node: element("figure", { class: "cw-map" }, element("figcaption", {}, title), canvas) };
  });
  const table = element("table");

  /** Where the mask ends: a line between two pixels of which one is inside. */
  function outline(context, image) {
    context.strokeStyle = OUTLINE;
    context.lineWidth = 3;
    context.beginPath();
    count(size).forEach((index) => {
      const [x, y] = [(index % edge) + 1, Math.floor(index / edge) + 1];
      if (x < edge && inside(image, index) !== inside(image, index + 1)) {
        [context.moveTo(x * ZOOM, (y - 1) * ZOOM), context.lineTo(x * ZOOM, y * ZOOM)];
      }
      if (y < edge && inside(image, index) !== inside(image, index + edge)) {
        [context.moveTo((x - 1) * ZOOM, y * ZOOM), context.lineTo(x * ZOOM, y * ZOOM)];
      }
    });
    context.stroke();
  }

  function show({ edge: cells, shares, area, scores, output }, { image, network, method, scale }) {
    const xray = picture(edge, (index) => [...Array(3).fill(greys[image * size + index]), 255]);
    const over = picture(cells, (index) => {
      const share = shares[index];
      return [...(share < 0 ? AGAINST : FOR), 190 * Math.sqrt(Math.abs(share))];
    });
    views.forEach(({ canvas }, view) => {
      const context = canvas.getContext("2d");
      [xray, ...(view ? [over] : [])].forEach((layer) => context.drawImage(layer, 0, 0, edge * ZOOM, edge * ZOOM));
      outline(context, image);
    });
    const text = (share) => numberText(share, 2);
    fillTable(table, "How well it finds what is outlined", HEADS, [
      ["this map", ...scores.map(text)],
      ["a guess", ...[area, area, area / (2 - area)].map(text)],
    ]);
    const message =
      `${method} of the ${network} network, ${titles[image]}: ${text(scores[0])} of what speaks for the class lies in the ` +
      `outline, which takes ${text(area)} of the picture. The strongest place has ${text(output.strongest)} of the full colour.`;
    views[0].canvas.setAttribute("aria-label", `${titles[image]}, with the outline of the lesion.`);
    views[1].canvas.setAttribute("aria-label", message);
    return message;
  }

  const choices = { image: titles.map((title, index) => [index, title]), network: distinct(0), method: distinct(1) };
  const control = (label, name, options) => selectControl(label, options, bound(model, name));
  return figure(
    { model, el },
    {
      label: "Map explorer",
      names: ["maps", "image", "network", "method", "scale"],
      controls: [
        control("X-ray", "image", choices.image),
        control("Network", "network", choices.network),
        control("Map", "method", choices.method),
        control("Full colour", "scale", SCALES),
      ],
      parts: [element("div", { class: "cw-maps cw-answers" }, ...views.map(({ node }) => node)), table],
      compute: results,
      show,
    },
  ).close;
}

export default { render };
