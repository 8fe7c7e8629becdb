// The decision explorer: a threshold on chances, and people of whom so many are ill.

const PEOPLE = 1000;

/** Odds of COVID-19 in the collection and, changed to `share`, what a chance there is worth here; and back. */
const shift = (chance, from, to) => {
  const weight = (to / (1 - to)) * ((1 - from) / from);
  return (chance * weight) / (chance * weight + 1 - chance);
};

/** Everything that the figure shows, from the model's state. */
function results(ill, chances, { threshold, prevalence, corrected }) {
  const here = prevalence / 100;
  const owned = ill.filter(Boolean).length;
  const limit = corrected ? shift(threshold, here, owned / ill.length) : threshold;
  const called = (kind) => chances.filter((chance, image) => ill[image] === kind && chance >= limit).length;
  const [found, alarms] = [called(true) / owned, called(false) / (ill.length - owned)];
  const [hits, wrong] = [found * here, alarms * (1 - here)];
  const odds = threshold / (1 - threshold);
  return {
    limit,
    sensitivity: found,
    specificity: 1 - alarms,
    ppv: share([hits, hits + wrong]),
    npv: share([(1 - alarms) * (1 - here), 1 - hits - wrong]),
    network: hits - wrong * odds,
    everybody: here - (1 - here) * odds,
  };
}

function render({ model, el }) {
  const ill = [...model.get("ill")].map((digit) => digit === "1");
  const chances = model.get("chances");
  const curve = rocOf(chances, ill);
  const [roc, pr] = [chart(18), chart(18)];
  const [people, worth] = [element("table", { class: "cw-numbers" }), element("table", { class: "cw-numbers" })];
  const percent = (value) => (Number.isNaN(value) ? "–" : `${numberText(100 * value, 1)} %`);
  const axes = { x: 100, y: [0, 1], text: (level) => String(Math.round(100 * level)) };

  /** A curve of [across, up] in shares, and the point on it that is in use. */
  function draw({ draw, left, name }, [title, above], line, [across, up], words) {
    draw({ ...axes, title }, ({ x, y, write }) => [
      drawn("polyline", { points: line.map(([at, to]) => [x(100 * at), y(to)]).join(" "), class: "cw-curve" }),
      ...(Number.isNaN(up) ? [] : [drawn("circle", { cx: x(100 * across), cy: y(up), r: 6, class: "cw-now" })]),
      write(left, 12, "start", above),
    ]);
    name(words);
  }

  function show(now, { threshold, prevalence, corrected }) {
    const here = prevalence / 100;
    const precise = ([alarms, found]) => [found, share([found * here, found * here + alarms * (1 - here)])];
    const [found, alarms] = [now.sensitivity, 1 - now.specificity];
    const words = [`${percent(found)} found`, `${percent(alarms)} of the others called so`, percent(now.ppv)];
    draw(roc, ["others called ill, %", "ill who are found, %"], curve, [alarms, found], `ROC curve; now ${words[0]}, ${words[1]}.`);
    draw(
      pr,
      ["ill who are found, %", "precision, %"],
      curve.slice(1).map(precise),
      [found, now.ppv],
      `Precision and recall where ${prevalence} % are ill; now ${words[0]}, precision ${words[2]}.`,
    );
    const rows = [
      ["ill", found * here, (1 - found) * here],
      ["not ill", alarms * (1 - here), (1 - alarms) * (1 - here)],
    ];
    fillTable(
      people,
      `Of ${countText(PEOPLE)} people`,
      ["", "called ill", "not called"],
      rows.map(([name, ...shares]) => [name, ...shares.map((part) => numberText(PEOPLE * part, 1))]),
    );
    const gain = (value) => numberText(PEOPLE * value, 1);
    fillTable(
      worth,
      "What it is worth",
      ["", ""],
      [
        ["sensitivity", words[0].replace(" found", "")],
        ["specificity", percent(now.specificity)],
        ["called ill, and are (PPV)", words[2]],
        ["not called, and are not", percent(now.npv)],
        ["net benefit, of 1,000: the network", gain(now.network)],
        ["treat everybody", gain(now.everybody)],
        ["treat nobody", "0.0"],
      ],
    );
    const rivals = [now.network, now.everybody, 0];
    const best = ["the network", "treating everybody", "treating nobody"][rivals.indexOf(Math.max(...rivals))];
    const level = corrected ? ` (${numberText(now.limit, 3)} in the collection)` : "";
    return (
      `Called from ${numberText(threshold, 2)}${level}, ${prevalence} % ill: ${words[0]}, PPV ${words[2]}. ` +
      `Most net benefit: ${best}.`
    );
  }

  const kinds = [
    ["given", "as given"],
    ["corrected", "for this prevalence"],
  ];
  return figure(
    { model, el },
    {
      label: "Decision explorer",
      names: ["threshold", "prevalence", "corrected"],
      controls: [
        sliderControl("Threshold", stops(0.01, 0.99, 98, { digits: 2 }), bound(model, "threshold"), { digits: 2 }),
        sliderControl("Prevalence, %", stops(1, 60, 59), bound(model, "prevalence")),
        selectControl("Chances", kinds, {
          get: () => (model.get("corrected") ? "corrected" : "given"),
          set: (kind) => put(model, { corrected: kind === "corrected" }),
        }),
      ],
      parts: [element("div", { class: "cw-pair" }, people, worth)],
      more: [element("div", { class: "cw-pair" }, roc.node, pr.node)],
      compute: (state) => results(ill, chances, state),
      show,
    },
  ).close;
}

export default { render };
