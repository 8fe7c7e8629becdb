// The confusion workbench: a matrix whose counts are changed, and what follows from it, beside what is printed.

const AVERAGE = "average";
const TITLES = { f_measure: "F-measure" };
const DRAG = 6; // pixels of a drag that count one X-ray

/** What a threshold follows from, and the curve that it moves on; nothing if there are no scores. */
function thresholdOf(model) {
  const { true: truth, others, scores } = model.get("answers");
  if (!scores) return null;
  const size = model.get("counts").length;
  const countsAt = (threshold) => {
    const counts = count(size).map(() => Array(size).fill(0));
    scores.forEach((score, image) => (counts[truth[image]][score >= threshold ? 0 : others[image]] += 1));
    return counts;
  };
  const curve = rocOf(scores, [...truth].map((label) => label === "0"));
  const plot = chart(18);

  /** The curve, and on it (if no count was changed by hand) what the counts make of it. */
  function draw(counts) {
    const { recall, specificity } = ratiosOf(counts, 0);
    const [alarms, found] = [1 - share(specificity), share(recall)];
    const axes = { x: 100, y: [0, 1], text: (level) => String(Math.round(100 * level)) };
    plot.draw({ ...axes, title: "others called COVID-19, %" }, ({ x, y, write }) => [
      drawn("polyline", { points: curve.map(([at, up]) => [x(100 * at), y(up)]).join(" "), class: "cw-curve" }),
      drawn("circle", { cx: x(100 * alarms), cy: y(found), r: 6, class: "cw-now" }),
      write(plot.left, 12, "start", "COVID-19 found, %"),
    ]);
    const shares = [found, alarms].map((part) => `${numberText(100 * part, 1)} %`);
    plot.name(`ROC curve; now ${shares[0]} found, ${shares[1]} of the others called so.`);
  }

  const set = (threshold) => put(model, { threshold, counts: countsAt(threshold) });
  const places = stops(0, 1, 100, { digits: 2 });
  const control = sliderControl("Threshold", places, { get: () => model.get("threshold"), set }, { digits: 2 });
  return { control, draw, node: plot.node, area: areaUnder(curve) };
}

/** The figure; another matrix that is chosen is another figure. */
function render({ model, el }) {
  let close = bench({ model, el });
  const another = () => {
    close();
    el.replaceChildren();
    const { counts, titles } = model.get("matrices")[model.get("chosen")];
    const there = titles.some(([name]) => name === model.get("of"));
    put(model, { counts, merged: [], of: there ? model.get("of") : AVERAGE });
    close = bench({ model, el });
    el.querySelector("select").focus();
  };
  model.on("change:chosen", another);
  return () => {
    model.off("change:chosen", another);
    close();
  };
}

function bench({ model, el }) {
  const matrices = model.get("matrices");
  const { titles, printed } = matrices[model.get("chosen")];
  const classes = titles.map(([name]) => name);
  const title = new Map(titles);
  const rows = model.get("counts").map(sum);
  const threshold = thresholdOf(model);

  /** Whether a printed metric can be had; of means, only the accuracy's ways can all be tried. */
  function canBe(of, metric, text) {
    const own = of === AVERAGE ? 0 : rows[classes.indexOf(of)];
    return (of === AVERAGE && metric !== "accuracy") || attainable(metric, text, own, sum(rows) - own);
  }
  const eachOf = (object, change) =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]));
  const possible = eachOf(printed, (of, texts) => eachOf(texts, (metric, text) => canBe(of, metric, text)));

  /** Sets a wrong answer's count; what it takes, it takes from the right answers of the same class. */
  function setCount(row, column, wanted) {
    const counts = model.get("counts");
    const free = counts[row][row] + counts[row][column];
    const value = Math.max(0, Math.min(wanted, free));
    put(model, { counts: counts.with(row, counts[row].with(column, value).with(row, free - value)) });
  }

  function cell(row, column) {
    if (row === column) {
      const node = element("strong");
      return { node, show: () => (node.textContent = model.get("counts")[row][row]) };
    }
    const get = () => model.get("counts")[row][column];
    const set = (value) => setCount(row, column, value);
    const [is, called] = [row, column].map((index) => titles[index][1]);
    const control = numberControl(`${is} called ${called}`, { get, set }, { low: 0, high: rows[row], whole: true });
    let start;
    control.node.addEventListener("pointerdown", ({ clientY }) => (start = { clientY, value: get() }));
    control.node.addEventListener("pointermove", (event) => {
      if (event.buttons && start) set(start.value + Math.round((start.clientY - event.clientY) / DRAG));
    });
    return control;
  }

  const cells = classes.map((_, row) => classes.map((_, column) => cell(row, column)));
  const matrix = element("table", { class: "cw-matrix" });
  fillTable(
    matrix,
    "X-rays of a class (rows) that are called so (columns)",
    ["", ...titles.map(([, text]) => text)],
    cells.map((line, row) => [titles[row][1], ...line.map(({ node }) => node)]),
  );
  const groupsOf = (merged) => {
    const [first, second] = merged.map((name) => classes.indexOf(name));
    const groups = classes.map((_, index) => (index === first ? [first, second] : [index]));
    return groups.filter(([index]) => index !== second);
  };
  const grid = {
    node: matrix,
    show: () => {
      const groups = groupsOf(model.get("merged"));
      cells.forEach((line, row) =>
        line.forEach(({ node, show }, column) => {
          const right = groups.some((group) => group.includes(row) && group.includes(column));
          node.parentNode.classList.toggle("cw-right", right);
          show();
        }),
      );
    },
  };

  const pairs = classes.flatMap((one, index) => classes.slice(index + 1).map((other) => [one, other]));
  const mergers = pairs.map((pair) => [String(pair), pair.map((name) => title.get(name)).join(" + ")]);
  const merge = selectControl("Count as one class", [["", "none"], ...mergers], {
    get: () => String(model.get("merged")),
    set: (pair) => put(model, { merged: pair ? pair.split(",") : [] }),
  });
  const choose = selectControl(
    "Matrix",
    matrices.map(({ name }, index) => [index, name]),
    bound(model, "chosen"),
  );
  const table = element("table", { class: "cw-metrics" });

  function results({ counts, of, merged }) {
    const groups = groupsOf(merged);
    const now = grouped(counts, groups);
    const group = groups.findIndex((indices) => indices.includes(classes.indexOf(of)));
    const metrics = of === AVERAGE ? averages(now) : ofClass(now, group);
    const asked = !merged.length || (of !== AVERAGE && groups[group].length === 1); // what is printed is about that
    const beside = ({ metric, value }) => {
      const text = asked ? printed[of]?.[metric] : undefined;
      return text && { text, prints: printing(value, text), possible: possible[of][metric] };
    };
    return {
      metrics: metrics.map((row) => ({ ...row, ...beside(row) })),
      matrix: now,
      right: trace(now),
      before: trace(counts),
      total: totalOf(counts),
      ...(threshold && { area: threshold.area }),
    };
  }

  const ifPrinted = (cell) => (Object.keys(printed).length ? [cell] : []);
  const percent = (value) => (Number.isNaN(value) ? "–" : numberText(100 * value, 1));

  /** The interval on a line from 0 to 1, with the value in it. */
  function line({ value, interval }) {
    if (!interval) return "";
    const [low, high] = interval.map((end) => 100 * end);
    const range = element("span", { style: `left: ${low}%; width: ${high - low}%` });
    const tick = element("b", { style: `left: ${100 * value}%` });
    return element("span", { class: "cw-line", "aria-hidden": true }, range, tick);
  }

  function judged({ text, prints, possible }) {
    if (text === undefined) return "";
    const said = !possible ? "✗ no count gives it" : prints ? `✓ ${prints === "rounded" ? "" : prints}` : "✗";
    return element("span", { class: prints ? "" : "cw-wrong" }, `${text} ${said}`);
  }

  function show({ metrics, right, before, total }, { counts, merged, of }) {
    threshold?.draw(counts);
    const names = merged.map((name) => title.get(name)).join(" and ");
    const shown = merged.includes(of) ? names : title.get(of);
    fillTable(
      table,
      of === AVERAGE ? "Average over the classes" : `${shown} against all others`,
      ["", "counts", "%", "Wilson, 95 %", "0 to 100 %", ...ifPrinted("printed")],
      metrics.map((row) => [
        TITLES[row.metric] ?? row.metric,
        row.ratio ? row.ratio.join(" of ") : "",
        percent(row.value),
        row.interval ? row.interval.map((end) => percent(end)).join(" to ") : "",
        line(row),
        ...ifPrinted(judged(row)),
      ]),
    );
    const accuracy = (hits) => `${percent(hits / total)} %`;
    if (merged.length) {
      return (
        `With ${names} as one class, ${right - before} of ${total - before} mistakes are none any more: accuracy ` +
        `${accuracy(before)} → ${accuracy(right)}. Nobody has learned anything.`
      );
    }
    const area = threshold ? ` Area under the ROC curve: ${numberText(threshold.area)}.` : "";
    return `${before} of ${total} X-rays are called what they are: accuracy ${accuracy(before)}.${area}`;
  }

  return figure(
    { model, el },
    {
      label: "Confusion workbench",
      names: ["counts", "of", "merged", "threshold"],
      controls: [
        ...(matrices.length > 1 ? [choose] : []),
        ...(threshold ? [threshold.control] : []),
        grid,
        selectControl("Metrics of", [[AVERAGE, "average"], ...titles], bound(model, "of")),
        ...(classes.length > 2 ? [merge] : []),
      ],
      parts: [table],
      more: threshold ? [threshold.node] : [],
      compute: results,
      show,
    },
  ).close;
}

export default { render };
