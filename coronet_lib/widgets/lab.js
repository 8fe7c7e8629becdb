// The comparison lab. Answers and truth are texts with a digit, the class, for each X-ray.

const KINDS = ["both", "first", "second", "neither"]; // who is right about an X-ray
const STRIPE = { width: 440, height: 104, middle: 52, reach: 28 };

/** For each X-ray who is right about it. */
function outcomes(truth, one, other) {
  return [...truth].map((label, image) => {
    const [first, second] = [one, other].map((answers) => answers[image] === label);
    return KINDS[first ? (second ? 0 : 1) : second ? 2 : 3];
  });
}

/** What is known of a pair, in the order that was asked for. */
function pairOf(pairs, first, second) {
  const found = pairs.find(({ names }) => names.includes(first) && names.includes(second));
  if (found.names[0] === first) return found;
  return { p: found.p, difference: -found.difference, low: -found.high, high: -found.low };
}

/** Everything that the figure shows, from the model's state. */
function results({ truth, patients, runs, pairs, first, second }) {
  const [one, other] = [first, second].map((name) => runs.find((run) => run.name === name));
  const kinds = outcomes(truth, one.answers, other.answers);
  const disputed = kinds.flatMap((kind, image) => (kind === "first" || kind === "second" ? [image] : []));
  return {
    one,
    other,
    kinds,
    disputed,
    counts: Object.fromEntries(KINDS.map((kind) => [kind, kinds.filter((each) => each === kind).length])),
    patients: new Set(disputed.map((image) => patients[image])).size,
    pair: pairOf(pairs, first, second),
  };
}

const points = (number) => `${number > 0 ? "+" : ""}${numberText(100 * number, 1)}`;
const chance = (p) => (p < 0.001 ? "below 0.001" : numberText(p));

function render({ model, el }) {
  const [titles, truth, runs] = ["titles", "truth", "runs"].map((name) => model.get(name));
  const given = { truth, patients: model.get("patients"), runs, pairs: model.get("pairs") };
  const names = runs.map(({ name }) => name);
  const epochs = Math.max(...runs.map((run) => run.val_accuracy.length));
  const plot = chart(46);
  const stripe = drawn("svg", { viewBox: `0 0 ${STRIPE.width} ${STRIPE.height}`, role: "img", class: "cw-chart" });
  const numbers = numbersFold("X-rays that only one gets right");

  /** A choice of one run; who takes the other's gets them exchanged. */
  const choose = (label, mine, theirs) =>
    selectControl(label, names, {
      get: () => model.get(mine),
      set: (name) =>
        put(model, name === model.get(theirs) ? { [theirs]: model.get(mine), [mine]: name } : { [mine]: name }),
    });

  const at = (run, epoch) => run.val_accuracy[Math.min(epoch, run.val_accuracy.length) - 1];

  function drawCurves({ one, other }, epoch) {
    const frame = { x: epochs, y: [0, 1], text: (share) => String(Math.round(100 * share)), title: "epoch" };
    plot.draw(frame, ({ x, y, write }) => {
      const line = (run, curve, kind) => {
        const points = run[curve].map((share, index) => [x(index + 1), y(share)]).join(" ");
        return drawn("polyline", { class: kind, points });
      };
      const both = [
        [one, "cw-first"],
        [other, "cw-second"],
      ];
      return [
        drawn("line", { x1: x(epoch), x2: x(epoch), y1: y(0), y2: y(1), class: "cw-epoch" }),
        ...both.map(([run, kind]) => line(run, "accuracy", `cw-training ${kind}`)),
        ...both.map(([run, kind]) => line(run, "val_accuracy", kind)),
        ...both.map(([run, kind]) => drawn("circle", { cx: x(epoch), cy: y(at(run, epoch)), r: 5, class: kind })),
        write(plot.left, 14, "start", `━ ${one.name}`, "cw-first"),
        write(plot.right, 14, "end", `━ ${other.name}`, "cw-second"),
        write(plot.left, 32, "start", "validation accuracy in %, and faint: training"),
      ];
    });
  }

  /** A tick for each X-ray about which not both are right: up or down for the one that is, none for neither. */
  function drawStripe({ kinds, one, other, counts }) {
    const { width, middle, reach } = STRIPE;
    const x = (image) => ((image + 0.5) / truth.length) * width;
    const ends = { first: [0, -reach], second: [0, reach], neither: [-4, 4] };
    const ticks = kinds.flatMap((kind, image) => {
      if (kind === "both") return [];
      const [y1, y2] = ends[kind].map((end) => middle + end);
      return [drawn("line", { x1: x(image), x2: x(image), y1, y2, class: `cw-tick cw-${kind}` })];
    });
    const write = (at, y, words, kind = "", anchor = "start") =>
      drawn("text", { x: at, y, class: kind, "text-anchor": anchor }, words);
    const begins = titles.map((_, label) => truth.indexOf(String(label)));
    stripe.replaceChildren(
      drawn("line", { x1: 0, x2: width, y1: middle, y2: middle, class: "cw-grid" }),
      ...begins.map((image) => drawn("line", { x1: x(image), x2: x(image), y1: 22, y2: 82, class: "cw-grid" })),
      ...ticks,
      write(0, 14, `↑ only ${one.name}: ${counts.first}`, "cw-first"),
      write(width, 14, `↓ only ${other.name}: ${counts.second}`, "cw-second", "end"),
      ...begins.map((image, label) => write(x(image), 98, titles[label].replace(" pneumonia", ""))),
    );
  }

  function show(result, { epoch }) {
    drawCurves(result, epoch);
    drawStripe(result);
    const { one, other, counts, disputed, pair } = result;
    const said = (image) => [truth, one.answers, other.answers].map((labels) => titles[labels[image]]);
    numbers.show(
      ["row", "true", one.name, other.name],
      disputed.map((image) => [String(image), ...said(image)]),
    );
    const [now, then] = [one, other].map((run) => `${run.name} ${numberText(100 * at(run, epoch), 1)} %`);
    plot.name(`After epoch ${epoch}, validation accuracy: ${now}, ${then}.`);
    stripe.setAttribute("aria-label", `Both right: ${counts.both}, neither: ${counts.neither}.`);
    return (
      `After epoch ${epoch}: ${now}, ${then}. Tested at the end: both are right on ${counts.both} X-rays, neither on ` +
      `${counts.neither}, one on ${disputed.length}, of ${result.patients} patients. McNemar: p ${chance(pair.p)}. ` +
      `Difference ${points(pair.difference)} points, drawing patients ${points(pair.low)} to ${points(pair.high)}.`
    );
  }

  return figure(
    { model, el },
    {
      label: "Comparison lab",
      names: ["first", "second"],
      looks: ["epoch"],
      controls: [
        choose("First", "first", "second"),
        choose("Second", "second", "first"),
        sliderControl("Epoch", stops(1, epochs, epochs - 1), bound(model, "epoch")),
      ],
      parts: [plot.node, stripe],
      more: [numbers.node],
      compute: (state) => results({ ...given, ...state }),
      show,
    },
  ).close;
}

export default { render };
