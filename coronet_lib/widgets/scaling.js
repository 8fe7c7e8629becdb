// The scaling explorer. One training is shared by workers that add up their gradients in a ring.

const WORKERS = 64;

/** Seconds until all workers have the sum of what each of them has. */
function allReduce(bytes, workers, { gigabits, latency }) {
  return 2 * (workers - 1) * (latency + (8 * bytes) / workers / (1e9 * gigabits));
}

/** Seconds of a step, of which the busiest worker computes the first part. */
function stepOf(workers, batch, gigabits, facts) {
  const link = { gigabits, latency: facts.latency };
  return {
    compute: Math.ceil(batch / workers) / facts.rate,
    gradients: allReduce(facts.gradient_bytes, workers, link),
    norms: facts.messages * allReduce(facts.norm_bytes / facts.messages, workers, link),
  };
}

/** Steps to the same accuracy: a larger batch takes fewer, but looks at more images. */
function stepsOf(batch, { images, knee, smallest_batch: smallest }) {
  return ((images / batch) * (1 + batch / knee)) / (1 + smallest / knee);
}

/** Everything that the figure shows, from the model's state. */
function results({ facts, workers, gigabits, batch }) {
  const hours = (many, size) =>
    (stepsOf(size, facts) * sum(Object.values(stepOf(many, size, gigabits, facts)))) / 3600;
  const alone = hours(1, facts.smallest_batch);
  const curve = count(WORKERS).map((index) => alone / hours(index + 1, batch));
  const faster = curve[workers - 1];
  return {
    step: stepOf(workers, batch, gigabits, facts),
    steps: stepsOf(batch, facts),
    alone,
    hours: hours(workers, batch),
    curve,
    faster,
    efficiency: faster / workers,
  };
}

const hoursText = (hours) => (hours < 1 ? `${numberText(60 * hours, 1)} min` : `${numberText(hours, 1)} h`);

function render({ model, el }) {
  const plot = chart(26);
  const numbers = numbersFold("Times as fast as one worker, by workers");

  function draw({ curve, faster }, workers) {
    const frame = { x: WORKERS, y: [0, WORKERS], title: "workers" };
    plot.draw(frame, ({ x, y, write }) => {
      const line = (heights) => heights.map((height, index) => [x(index + 1), y(Math.min(height, WORKERS))]).join(" ");
      const at = [x(workers), y(Math.min(faster, WORKERS))];
      const below = faster > WORKERS / 2;
      return [
        write(2, 14, "start", "times as fast as one worker with the smallest batch"),
        drawn(
          "g",
          { class: "cw-curve cw-side-by-side" },
          drawn("polyline", { points: line(count(WORKERS).map((index) => index + 1)) }),
          write(x(40), y(47), "end", "trainings side by side"),
        ),
        drawn(
          "g",
          { class: "cw-curve cw-shared" },
          drawn("polyline", { points: line(curve) }),
          drawn("circle", { cx: at[0], cy: at[1], r: 5 }),
          write(x(WORKERS), y(Math.min(curve.at(-1), WORKERS)) + (below ? 18 : -10), "end", "one training, shared"),
        ),
      ];
    });
  }

  function show(result, { workers, batch }) {
    const { step, steps, alone, hours, faster, efficiency } = result;
    draw(result, workers);
    const shown = [1, 2, 4, 8, 16, 32, 64].map((many) => [String(many), numberText(result.curve[many - 1], 2)]);
    numbers.show(["workers", "times as fast"], shown);
    const milliseconds = Object.values(step).map((seconds) => numberText(1000 * seconds, 0));
    const message =
      `${workers} sharing a batch of ${batch}: ${hoursText(hours)} instead of ${hoursText(alone)}, ` +
      `${numberText(faster, 2)} times as fast; efficiency ${numberText(100 * efficiency, 0)} %. ` +
      `${countText(Math.round(steps))} steps of ${milliseconds[0]} ms computing, ${milliseconds[1]} ms for gradients, ` +
      `${milliseconds[2]} ms for batch normalisation.`;
    plot.name(message);
    return message;
  }

  const speeds = stops(0.1, 1000, 40, { digits: 1, grow: true });
  return figure(
    { model, el },
    {
      label: "Scaling explorer",
      names: ["workers", "gigabits", "batch"],
      controls: [
        sliderControl("Workers", stops(1, WORKERS, WORKERS - 1), bound(model, "workers")),
        sliderControl("Gigabits a second", speeds, bound(model, "gigabits"), { digits: 1 }),
        sliderControl("Batch, all workers", stops(1, 8192, 104, { grow: true }), bound(model, "batch")),
      ],
      parts: [plot.node],
      more: [numbers.node],
      compute: (state) => results({ facts: model.get("facts"), ...state }),
      show,
    },
  ).close;
}

export default { render };
