// The confusion workbench: a matrix whose counts are changed, and what follows from it, beside what is printed.

const AVERAGE = "average";
const TITLES = { f_measure: "F-measure" };
const DRAG = 6; // pixels of a drag that count one X-ray

function render({ model, el }) {
  const titles = model.get("titles");
  const classes = titles.map(([name]) => name);
  const title = new Map(titles);
  const printed = model.get("printed");
  const rows = model.get("counts").map(sum);

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

  function show({ metrics, right, before, total }, { merged, of }) {
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
    return `${before} of ${total} X-rays are called what they are: accuracy ${accuracy(before)}.`;
  }

  return figure(
    { model, el },
    {
      label: "Confusion workbench",
      names: ["counts", "of", "merged"],
      controls: [
        grid,
        selectControl("Metrics of", [[AVERAGE, "average"], ...titles], bound(model, "of")),
        ...(classes.length > 2 ? [merge] : []),
      ],
      parts: [table],
      compute: results,
      show,
    },
  ).close;
}

export default { render };
