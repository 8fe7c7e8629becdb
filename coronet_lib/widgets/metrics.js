// Metrics of a confusion matrix, and how they come to be printed. A matrix is counts[true][called]; merging two
// classes adds their rows and columns.

const METRICS = ["precision", "recall", "specificity", "f_measure", "accuracy"];
const NORMAL_95 = 1.959963984540054;
const TINY = 1e-9; // far below any printed digit

const totalOf = (counts) => sum(counts.flat());
const trace = (counts) => sum(counts.map((row, index) => row[index]));

/** Wilson's 95 % interval of a share. */
function wilson(right, total) {
  const [share, z] = [right / total, NORMAL_95 ** 2 / total];
  const middle = (share + z / 2) / (1 + z);
  const reach = Math.sqrt(share * (1 - share) * z + z ** 2 / 4) / (1 + z);
  return [right ? middle - reach : 0, right < total ? middle + reach : 1];
}

/** The counts with the classes of each group as one. */
function grouped(counts, groups) {
  const cell = (rows, columns) => sum(rows.flatMap((row) => columns.map((column) => counts[row][column])));
  return groups.map((rows) => groups.map((columns) => cell(rows, columns)));
}

/** What each metric of one class divides by what. */
function ratiosOf(counts, index) {
  const hits = counts[index][index];
  const [own, called] = [sum(counts[index]), sum(counts.map((row) => row[index]))];
  const total = totalOf(counts);
  const spared = total - own - called + hits;
  return {
    precision: [hits, called],
    recall: [hits, own],
    specificity: [spared, total - own],
    f_measure: [2 * hits, own + called],
    accuracy: [hits + spared, total],
  };
}

const share = ([above, below]) => (below ? above / below : NaN);

/** The metrics of one class: value, and for what is a share of X-rays, the two counts and their interval. */
function ofClass(counts, index) {
  return METRICS.map((metric) => {
    const ratio = ratiosOf(counts, index)[metric];
    const plain = metric === "f_measure" || !ratio[1] ? {} : { ratio, interval: wilson(...ratio) };
    return { metric, value: share(ratio), ...plain };
  });
}

/** The mean of each metric over the classes, and the accuracy over all of them. */
function averages(counts) {
  const right = [trace(counts), totalOf(counts)];
  return METRICS.map((metric) => {
    if (metric === "accuracy") return { metric, value: share(right), ratio: right, interval: wilson(...right) };
    const values = counts.map((_, index) => share(ratiosOf(counts, index)[metric]));
    return { metric, value: sum(values) / values.length };
  });
}

/** How a share comes to be printed as `text`, in percent: "rounded", "cut off", or not at all. */
function printing(value, text) {
  const [percent, printed, unit] = [100 * value, Number(text), 10 ** -(text.split(".")[1] ?? "").length];
  if (Math.abs(percent - printed) <= unit / 2 + TINY) return "rounded";
  return percent >= printed - TINY && percent < printed + unit - TINY ? "cut off" : "";
}

/** Whether any answers to `own` X-rays of a class and `others` could print a metric so; of means nobody knows. */
function attainable(metric, text, own, others) {
  const prints = (above, below) => below > 0 && printing(above / below, text) !== "";
  const total = { accuracy: own + others, recall: own, specificity: others }[metric];
  if (total !== undefined) return count(total + 1).some((above) => prints(above, total));
  return count(own + 1).some((hits) =>
    count(others + 1).some((wrong) =>
      metric === "precision" ? prints(hits, hits + wrong) : prints(2 * hits, own + hits + wrong),
    ),
  );
}

/** The ROC curve of a score: shares of the others that are called so, and of the class, falling threshold. */
function rocOf(scores, own) {
  const owned = own.filter(Boolean).length;
  const order = count(scores.length).sort((one, other) => scores[other] - scores[one]);
  const curve = [[0, 0]];
  let [alarms, found] = [0, 0];
  order.forEach((image, rank) => {
    if (own[image]) found += 1;
    else alarms += 1;
    if (scores[image] === scores[order[rank + 1]]) return; // a threshold cannot part equal scores
    curve.push([alarms / (scores.length - owned), found / owned]);
  });
  return curve;
}

/** The area under a curve of straight pieces. */
const areaUnder = (curve) =>
  sum(curve.slice(1).map(([x, y], index) => ((x - curve[index][0]) * (y + curve[index][1])) / 2));
