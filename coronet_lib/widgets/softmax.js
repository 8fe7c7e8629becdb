// The softmax explorer. Scores, probabilities and gradients are arrays with one number per class.

const SCORE = { min: -5, max: 5, step: 0.1 }; // of the slider; the field beside it takes any number
const TEMPERATURE = { min: 0.1, max: 10, step: 0.1 };

const dividedBy = (numbers, divisor) => numbers.map((number) => number / divisor);

/** Logarithm of the sum of exponentials; the largest is taken out first, so that none overflows. */
function logSumExp(scores) {
  const largest = Math.max(...scores);
  return largest + Math.log(sum(scores.map((score) => Math.exp(score - largest))));
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  return dividedBy(powers, sum(powers));
}

/** Equation (3) to the letter: every term of the sum has the last score. */
const equationAsPrinted = (scores) => scores.map((score) => Math.exp(score - scores.at(-1)) / scores.length);

/** Everything that the figure shows, from the model's state. */
function results(scores, temperature, trueClass) {
  const scaled = dividedBy(scores, temperature);
  const probabilities = softmax(scaled);
  const truth = scores.map((_, index) => Number(index === trueClass));
  const errors = probabilities.map((probability, index) => probability - truth[index]);
  return {
    probabilities,
    printed: equationAsPrinted(scaled),
    loss: logSumExp(scaled) - scaled[trueClass],
    gradient: dividedBy(errors, temperature),
  };
}

/** A number as the table shows it; past the largest floating-point number there is only infinity. */
const shown = (value) => (Number.isFinite(value) ? numberText(value) : "∞");

/** The cells of one class: its score's control, probability with bar, formula as printed, gradient. */
function classRow(title, control) {
  const name = element("th", { scope: "row" });
  const bar = element("span", { class: "cw-bar", "aria-hidden": "true" });
  const [probability, printed, gradient] = Array.from({ length: 3 }, () => element("td"));
  const number = element("span");
  probability.append(bar, number);
  const score = element("td", {}, control.node);
  const node = element("tr", {}, name, score, probability, printed, gradient);
  const show = (values) => {
    name.replaceChildren(title, ...(values.isTrue ? [element("strong", {}, " (true class)")] : []));
    node.classList.toggle("cw-true", values.isTrue);
    control.show(values.score);
    bar.style.width = `${100 * values.probability}%`;
    number.textContent = shown(values.probability);
    printed.textContent = shown(values.printed);
    gradient.textContent = shown(values.gradient);
  };
  return { node, printed, show };
}

function render({ model, el }) {
  const { root, release } = figureRoot(el, "Softmax explorer", () => show());
  const titles = model.get("classes");

  const truth = selectControl("True class", [...titles.entries()], (index) =>
    put(model, { true_class: Number(index) }),
  );
  const temperature = sliderControl("Temperature", TEMPERATURE, (value) => put(model, { temperature: value }), {
    strict: true,
  });
  const heading = element("span", { "aria-hidden": "true" }, "Temperature");
  const printedBox = element("input", {
    type: "checkbox",
    onchange: () => put(model, { as_printed: printedBox.checked }),
  });
  const setScore = (changed) => (value) =>
    put(model, { scores: model.get("scores").map((score, index) => (index === changed ? value : score)) });
  const rows = titles.map((title, index) =>
    classRow(title, sliderControl(`Score of ${title}`, SCORE, setScore(index))),
  );

  const column = (text) => element("th", { scope: "col" }, text);
  const [printedHead, gradientHead] = [column("eq. (3) as printed"), column("")];
  const heads = [column("class"), column("score x"), column("probability p"), printedHead, gradientHead];
  const totals = Array.from({ length: 3 }, () => element("td"));
  const table = element(
    "table",
    { class: "cw-softmax" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows.map(({ node }) => node)),
    element("tfoot", {}, element("tr", {}, element("th", { scope: "row", colspan: 2 }, "sum"), ...totals)),
  );
  const status = element("p", { class: "cw-status", "aria-live": "polite" });
  root.append(
    element(
      "div",
      { class: "cw-controls" },
      truth.node,
      element("div", { class: "cw-control" }, heading, temperature.node),
      element("label", { class: "cw-check" }, printedBox, "Show equation (3) as printed"),
    ),
    table,
    status,
  );

  function show() {
    const [scores, heat, trueClass] = ["scores", "temperature", "true_class"].map((name) => model.get(name));
    const result = results(scores, heat, trueClass);
    const { probabilities, printed, loss, gradient } = result;
    root.dataset.output = JSON.stringify(result);

    truth.input.value = String(trueClass);
    temperature.show(heat);
    printedBox.checked = model.get("as_printed");
    rows.forEach((row, index) =>
      row.show({
        isTrue: index === trueClass,
        score: scores[index],
        probability: probabilities[index],
        printed: printed[index],
        gradient: gradient[index],
      }),
    );
    gradientHead.textContent = heat === 1 ? "gradient p − y" : "gradient (p − y) / T";
    [probabilities, printed, gradient].forEach((all, index) => (totals[index].textContent = shown(sum(all))));
    for (const cell of [printedHead, totals[1], ...rows.map((row) => row.printed)]) {
      cell.hidden = !printedBox.checked;
    }
    const slip = `As printed, the outputs add up to ${shown(sum(printed))}.`;
    status.textContent =
      `Cross-entropy: −log p(${titles[trueClass]}) = ${shown(loss)}. ` +
      `The probabilities add up to ${shown(sum(probabilities))}. ${printedBox.checked ? slip : ""}`;
  }

  const stop = listen(model, ["scores", "temperature", "true_class", "as_printed"], show);
  show();
  return () => [stop, release].forEach((end) => end());
}

export default { render };
