// The habit explorer. A training is four shares that are right: COVID-19 with the marker and without, normal likewise.

const CELLS = ["COVID-19 with the marker", "COVID-19 without", "Normal with the marker", "Normal without"];

const mean = (numbers) => sum(numbers) / numbers.length;
const summary = (numbers) => ({ mean: mean(numbers), low: Math.min(...numbers), high: Math.max(...numbers) });

/** The four cells, and both tests with equally many of each class: where `share` have the marker, and where none has. */
function results({ shares, remedies, cells, share, remedy }) {
  const seeds = cells[remedies.indexOf(remedy)][shares.indexOf(share)];
  const often = share / 100;
  const habit = ([covidOn, covidOff, normalOn, normalOff]) =>
    (often * (covidOn + normalOff) + (1 - often) * (covidOff + normalOn)) / 2;
  const plain = ([, covidOff, , normalOff]) => (covidOff + normalOff) / 2;
  return {
    trainings: seeds.length,
    cells: CELLS.map((_, cell) => summary(seeds.map((seed) => seed[cell]))),
    habit: summary(seeds.map(habit)),
    plain: summary(seeds.map(plain)),
  };
}

const percent = (share) => numberText(100 * share, 0);

function render({ model, el }) {
  const given = Object.fromEntries(["shares", "remedies", "cells"].map((name) => [name, model.get(name)]));
  const table = element("table", { class: "cw-habit" });
  const row = (name, { mean, low, high }, strong) => [
    strong ? element("strong", {}, name) : name,
    `${percent(mean)} %`,
    bar(mean, strong),
    `${percent(low)} to ${percent(high)}`,
  ];

  function show({ trainings, cells, habit, plain }, { share, remedy }) {
    fillTable(table, "", ["right among", "mean", "", "trainings"], [
      ...cells.map((cell, index) => row(CELLS[index], cell)),
      row("Test with the habit", habit, true),
      row("Test without a marker", plain, true),
    ]);
    return (
      `Marker on ${share} % of COVID-19 and ${100 - share} % of the normal X-rays, remedy: ${remedy}. ` +
      `Mean of ${trainings} trainings: a test with the habit says ${percent(habit.mean)} %, ` +
      `a hospital without a marker ${percent(plain.mean)} %.`
    );
  }

  return figure(
    { model, el },
    {
      label: "Habit explorer",
      names: ["share", "remedy"],
      controls: [
        sliderControl("Marker on COVID-19", given.shares, bound(model, "share"), { unit: "%" }),
        selectControl("Remedy", given.remedies, bound(model, "remedy")),
      ],
      parts: [table],
      compute: (state) => results({ ...given, ...state }),
      show,
    },
  ).close;
}

export default { render };
