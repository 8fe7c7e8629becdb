// The leak dealer. An image is a number; a deal is a text with the fold of each.

const EDGE = 16; // pixels of a picture
const WIDTH = 440;
const FOLDS = [1, 2, 3, 4];
const WAYS = [
  ["image", "images"],
  ["patient", "patients"],
];
const [CARD, STEP, ACROSS, TOP, BIN] = [28, 32, 3, 24, 110];

/** The images of each fold, those of one patient side by side. */
function binsOf(deal, patients) {
  const order = count(patients.length).sort((a, b) => patients[a] - patients[b] || a - b);
  return FOLDS.map((fold) => order.filter((image) => Number(deal[image]) === fold));
}

/** For each image, whether its patient is in another fold, too. */
const known = (deal, patients) =>
  patients.map((patient, image) => patients.some((other, at) => other === patient && deal[at] !== deal[image]));

const leaks = (deal, patients, tested) =>
  known(deal, patients).filter((leak, image) => leak && Number(deal[image]) === tested).length;

/** Everything that the figure shows, from the model's state. */
function results({ deals, patients, by, seed, tested }) {
  const deal = deals[by][seed];
  const bins = binsOf(deal, patients);
  const leaked = known(deal, patients);
  return {
    bins,
    leaked,
    known: leaks(deal, patients, tested),
    tested: bins[tested - 1].length,
    everywhere: leaked.filter(Boolean).length,
    seeds: deals[by].map((one) => leaks(one, patients, tested)),
  };
}

/** All pairs of images that one patient has. */
function tiesOf(patients) {
  return patients.flatMap((patient, one) =>
    count(patients.length)
      .filter((other) => other > one && patients[other] === patient)
      .map((other) => [one, other]),
  );
}

/** The pictures as addresses that a drawing can show. */
function addresses(pictures) {
  const greys = atob(pictures);
  const canvas = element("canvas", { width: EDGE, height: EDGE });
  const context = canvas.getContext("2d");
  const size = EDGE ** 2;
  return count(greys.length / size).map((image) => {
    const data = context.createImageData(EDGE, EDGE);
    count(size).forEach((pixel) => {
      const grey = greys.charCodeAt(image * size + pixel);
      data.data.set([grey, grey, grey, 255], 4 * pixel);
    });
    context.putImageData(data, 0, 0);
    return canvas.toDataURL();
  });
}

function render({ model, el }) {
  const [patients, deals] = [model.get("patients"), model.get("deals")];
  const seeds = deals.image.length;
  const ties = tiesOf(patients);
  const bins = Object.values(deals).flat().flatMap((deal) => binsOf(deal, patients));
  const most = Math.max(...bins.map((bin) => bin.length));
  const height = TOP + STEP * Math.ceil(most / ACROSS) + 4;

  const cards = addresses(model.get("pictures")).map((href) =>
    drawn(
      "g",
      { class: "cw-card" },
      drawn("image", { href, width: CARD, height: CARD }),
      drawn("rect", { width: CARD, height: CARD }),
    ),
  );
  const frames = FOLDS.map((fold, index) =>
    drawn("rect", { x: BIN * index + 1, y: 1, width: BIN - 4, height: height - 2, rx: 4, class: "cw-bin" }),
  );
  const heads = FOLDS.map((fold, index) => drawn("text", { x: BIN * index + 8, y: 16 }));
  const threads = drawn("g");
  const drawing = drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", class: "cw-chart cw-leak" },
    ...frames,
    ...heads,
    ...cards,
    threads,
  );
  const numbers = numbersFold("Images of each patient in each fold");

  function draw({ bins, leaked }, tested) {
    const places = [];
    bins.forEach((bin, fold) =>
      bin.forEach((image, at) => {
        const [x, y] = [BIN * fold + 7 + STEP * (at % ACROSS), TOP + STEP * Math.floor(at / ACROSS)];
        places[image] = { x, y, inTest: fold + 1 === tested };
        cards[image].style.transform = `translate(${x}px, ${y}px)`;
      }),
    );
    const crosses = ([one, other]) => places[one].inTest !== places[other].inTest;
    const bad = new Set(ties.filter(crosses).flat());
    cards.forEach((card, image) => card.classList.toggle("cw-known", bad.has(image)));
    frames.forEach((frame, index) => frame.classList.toggle("cw-tested", index + 1 === tested));
    heads.forEach((head, index) => (head.textContent = index + 1 === tested ? "tested" : "trained on"));
    /** A thread sags, each by its own measure: cards stand in rows, and straight lines would lie on each other. */
    const thread = (pair, kind) => {
      const [one, other] = pair.map((image) => places[image]);
      const [x1, y1, x2, y2] = [one.x, one.y, other.x, other.y].map((at) => at + CARD / 2);
      const sag = 8 + 6 * (pair[0] % 4);
      return drawn("path", { d: `M ${x1} ${y1} Q ${(x1 + x2) / 2} ${(y1 + y2) / 2 + sag} ${x2} ${y2}`, class: kind });
    };
    threads.replaceChildren(
      ...ties.filter((pair) => !crosses(pair)).map((pair) => thread(pair, "cw-tie")),
      ...ties.filter(crosses).flatMap((pair) => [thread(pair, "cw-glow"), thread(pair, "cw-leaking")]),
    );
  }

  function show(result, { by, seed, tested }) {
    draw(result, tested);
    const ids = [...new Set(patients)].sort((a, b) => a - b);
    const rows = ids.map((id) => [
      `patient ${id + 1}`,
      ...result.bins.map((bin) => String(bin.filter((image) => patients[image] === id).length)),
    ]);
    numbers.show(["", ...FOLDS.map((fold) => `fold ${fold}`)], rows);
    const [least, most] = [Math.min(...result.seeds), Math.max(...result.seeds)];
    const message =
      `Dealt by ${by}, seed ${seed}: of ${result.tested} tested images, the model has trained on the patient of ` +
      `${result.known}; in all four folds, of ${result.everywhere} of ${patients.length}. ` +
      (least === most ? `It is ${least} for every seed.` : `With other seeds it is ${least} to ${most} in this fold.`);
    drawing.setAttribute("aria-label", message);
    return message;
  }

  const again = buttonControl("Deal again", () => put(model, { seed: (model.get("seed") + 1) % seeds }));
  return figure(
    { model, el },
    {
      label: "Leak dealer",
      names: ["by", "seed", "tested"],
      controls: [
        selectControl("Deal", WAYS, bound(model, "by")),
        selectControl("Tested fold", FOLDS, {
          get: () => model.get("tested"),
          set: (fold) => put(model, { tested: fold }),
        }),
        again,
      ],
      parts: [drawing],
      more: [numbers.node],
      compute: (state) => results({ deals, patients, ...state }),
      show,
    },
  ).close;
}

export default { render };
