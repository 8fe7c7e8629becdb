// The softmax explorer. Scores, probabilities and gradients are arrays with one number per class.

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
function results({ scores, temperature, true_class: trueClass }) {
  const scaled = dividedBy(scores, temperature);
  const probabilities = softmax(scaled);
  const errors = probabilities.map((probability, index) => probability - Number(index === trueClass));
  return {
    probabilities,
    printed: equationAsPrinted(scaled),
    loss: logSumExp(scaled) - scaled[trueClass],
    gradient: dividedBy(errors, temperature),
  };
}

function render({ model, el }) {
  const titles = model.get("classes");
  const printed = bound(model, "as_printed");
  const score = (index) => ({
    get: () => model.get("scores")[index],
    set: (value) => put(model, { scores: model.get("scores").with(index, value) }),
  });
  const reach = stops(-5, 5, 100, { digits: 1 }); // of the sliders; the fields beside them take any number
  const scores = titles.map((title, index) =>
    sliderControl(`Score of ${title}`, reach, score(index), { digits: 1, free: true }),
  );
  const heat = stops(0.1, 10, 40, { digits: 2, grow: true });
  const table = element("table", { class: "cw-softmax" });

  function show({ probabilities, printed: slips, loss, gradient }, state) {
    const asPrinted = (cells) => (state.as_printed ? cells : []);
    const row = (title, index) => {
      const right = index === state.true_class;
      const name = element("span", {}, title, right ? element("strong", {}, " (true class)") : "");
      const share = [numberText(probabilities[index]), bar(probabilities[index], right)];
      return [name, ...share, ...asPrinted([numberText(slips[index])]), numberText(gradient[index])];
    };
    const total = (numbers) => numberText(sum(numbers));
    const slope = state.temperature === 1 ? "gradient p − y" : "gradient (p − y) / T";
    const heads = ["class", "probability p", "", ...asPrinted(["eq. (3) as printed"]), slope];
    const totals = ["sum", total(probabilities), "", ...asPrinted([total(slips)]), total(gradient)];
    fillTable(table, "", heads, [...titles.map(row), totals]);
    return [
      `Cross-entropy: −log p(${titles[state.true_class]}) = ${numberText(loss)}.`,
      `The probabilities add up to ${total(probabilities)}.`,
      ...asPrinted([`As printed, the outputs add up to ${total(slips)}.`]),
    ].join(" ");
  }

  return figure(
    { model, el },
    {
      label: "Softmax explorer",
      names: ["scores", "temperature", "true_class"],
      looks: ["as_printed"],
      controls: [
        ...scores,
        sliderControl("Temperature", heat, bound(model, "temperature"), { digits: 2 }),
        selectControl("True class", [...titles.entries()], bound(model, "true_class")),
        buttonControl("Show equation (3) as printed", () => printed.set(!printed.get()), printed.get),
      ],
      parts: [table],
      compute: results,
      show,
    },
  ).close;
}

export default { render };
