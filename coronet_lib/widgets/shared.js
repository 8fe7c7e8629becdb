// What every interactive figure of the book shares: elements, labelled controls, and the figure itself with
// its status line, reset and theme. Python puts this file in front of a figure's own.

/** An element with attributes, `on…` listeners and children. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Whole numbers from 0 up. */
const count = (size) => [...Array(size).keys()];

/** A number with as many decimals as `digits` says, a huge one with its power of ten, and a true minus sign. */
function numberText(value, digits = 3) {
  const text = Math.abs(value) < 1e9 ? value.toFixed(digits) : value.toExponential(2);
  return text.replace(/^-(?=[0.]*$)/, "").replace("-", "−").replace("Infinity", "∞");
}

/** A whole number in groups of three digits. */
const countText = (number) => number.toLocaleString("en-GB");

/** How many decimals show all `numbers` as they are, at most `most`: what is compared has equally many. */
function digitsOf(numbers, most = 3) {
  const exact = (digits) => numbers.every((number) => Math.abs(number - number.toFixed(digits)) < 1e-9);
  return count(most).find(exact) ?? most;
}

/** Numbers from `low` to `high` in `steps` equal steps, or by equal factors if `grow`; none of them twice. */
function stops(low, high, steps, { digits = 0, grow = false } = {}) {
  const at = (share) => (grow ? low * (high / low) ** share : low + (high - low) * share);
  return [...new Set(count(steps + 1).map((step) => Number(at(step / steps).toFixed(digits))))];
}

/** Set several values of the model's state and save them with the page. */
function put(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** What a control reads and writes: one value of the model's state. */
const bound = (model, name) => ({ get: () => model.get(name), set: (value) => put(model, { [name]: value }) });

/** A labelled drop-down list; an option is a value, or a [value, text] pair. */
function selectControl(label, options, { get, set }) {
  const pairs = options.map((option) => [option, option].flat().slice(0, 2));
  const input = element("select", { onchange: () => set(pairs[input.selectedIndex][0]) });
  input.append(...pairs.map(([value, text]) => element("option", { value }, text)));
  return { node: element("label", { class: "cw-control" }, label, input), input, show: () => (input.value = get()) };
}

/** A number field; it takes what lies between `low` and `high`, and rounds it if there are only whole ones. */
function numberControl(label, { get, set }, { low = -Infinity, high = Infinity, digits, whole = false } = {}) {
  const node = element("input", {
    type: "number",
    step: "any",
    inputmode: "decimal",
    "aria-label": label,
    title: `${label} wants a number${high < Infinity ? ` from ${low} to ${high}` : ""}.`,
  });
  const read = () => (node.value.trim() === "" ? NaN : Number(node.value));
  const show = () => {
    node.setAttribute("aria-invalid", "false");
    const value = get();
    // What is being typed ("1.", "2.0") must not be overwritten by its own value.
    if (read() !== value) node.value = Number(value.toFixed(digits)) === value ? value.toFixed(digits) : value;
  };
  node.addEventListener("input", () => {
    const value = whole ? Math.round(read()) : read();
    if (!(value >= low && value <= high)) return node.setAttribute("aria-invalid", "true");
    set(value);
    show();
  });
  node.addEventListener("change", show); // who leaves a field with no number in it finds the last one again
  return { node, show };
}

/** The value beside a slider that has no field. */
function valueText(get, unit) {
  const node = element("span");
  return { node, show: () => (node.textContent = `${get()} ${unit}`) };
}

/** A slider over the numbers `places`; beside it a number field (if `free`, for any number), or value and `unit`. */
function sliderControl(label, places, { get, set }, { digits = 0, free = false, unit } = {}) {
  const slider = element("input", {
    type: "range",
    max: places.length - 1,
    "aria-label": unit ? label : `${label}, slider`,
    oninput: () => set(places[slider.value]),
  });
  const limits = free ? { digits } : { low: places[0], high: places.at(-1), digits, whole: !digits };
  const field = unit ? valueText(get, unit) : numberControl(label, { get, set }, limits);
  const show = () => {
    const distances = places.map((place) => Math.abs(place - get()));
    slider.value = distances.indexOf(Math.min(...distances));
    slider.setAttribute("aria-valuetext", numberText(get(), digits));
    field.show();
  };
  const node = element("div", { class: "cw-control cw-range" }, element("span", {}, label), slider, field.node);
  return { node, show };
}

/** A button; with `get`, one that stays pressed while that is true. */
function buttonControl(label, onclick, get) {
  const node = element("button", { type: "button", onclick }, label);
  return { node, show: () => get && node.setAttribute("aria-pressed", get()) };
}

/**
 * A button that calls `step` again and again until that returns false, or it is pressed once more.
 * Who wants less motion gets one step a press. `redraw` is called when the play begins and when it ends.
 */
function player(title, step, redraw, delay) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  const stop = () => {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    redraw();
  };
  const play = () => {
    timer = setInterval(() => step() || stop(), delay);
    redraw();
  };
  const { node } = buttonControl("", () => (calm.matches ? step() : timer ? stop() : play()));
  node.title = title;
  const show = () => (node.textContent = calm.matches ? "Step" : timer ? "Pause" : "Play");
  return { node, show, stop, playing: () => timer > 0 };
}

/** A bar that takes a share of its cell; a strong one is the one to look at. */
function bar(share, strong = false) {
  const kind = strong ? "cw-bar cw-strong" : "cw-bar";
  return element("span", { class: kind, "aria-hidden": true, style: `width: ${100 * share}%` });
}

/** Fill a table: `heads` over the columns, rows that begin with a heading; a cell is text or a node. */
function fillTable(table, caption, heads, rows) {
  const heading = (scope) => (text) => (text === "" ? element("td") : element("th", { scope }, text));
  const line = ([first, ...cells]) =>
    element("tr", {}, heading("row")(first), ...cells.map((cell) => element("td", {}, cell)));
  table.replaceChildren(
    ...(caption ? [element("caption", {}, caption)] : []),
    element("thead", {}, element("tr", {}, ...heads.map(heading("col")))),
    element("tbody", {}, ...rows.map(line)),
  );
}

/** A fold-out table for readers who cannot see the drawing; `show(heads, rows)` keeps it up to date. */
function numbersFold(label) {
  const table = element("table", { class: "cw-numbers" });
  const scroll = element("div", { class: "cw-scroll", tabindex: 0, role: "region", "aria-label": label }, table);
  let latest;
  const fill = () => node.open && fillTable(table, label, ...latest);
  const node = element("details", { class: "cw-result", ontoggle: fill }, element("summary", {}, label), scroll);
  const show = (...content) => {
    latest = content;
    fill();
  };
  return { node, show };
}

/** Whether the page around a figure is dark, whichever of the hosts it is shown in. */
function pageIsDark() {
  const page = document.documentElement;
  const stated =
    page.dataset.theme ?? // the built book
    page.getAttribute("theme") ?? // Colab
    { true: "light", false: "dark" }[document.body.dataset.jpThemeLight]; // JupyterLab
  if (stated === "dark" || stated === "light") return stated === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/**
 * A figure: controls with a reset, what they change (`parts`), a line that says it in words, and `more`.
 * `compute(state)` gives its numbers anew whenever one of the values `names` of the model changes.
 * `show(numbers, state)` draws them and returns the line; it also follows the values `looks` and the theme.
 */
function figure({ model, el }, { label, names, looks = [], controls, parts, more = [], compute, show }) {
  const state = () => Object.fromEntries([...names, ...looks].map((name) => [name, model.get(name)]));
  const opening = state();
  const reset = buttonControl("Reset", () => {
    controls.forEach((control) => control.stop?.());
    put(model, opening);
    renew(); // what does not stand in the model begins anew, too
  });
  const status = element("p", { class: "cw-status" });
  const root = element(
    "div",
    // Keys pressed in a figure are the figure's: JupyterLab would move between cells, the book turn the page.
    { class: "coronet-widget", role: "group", "aria-label": label, "data-lm-suppress-shortcuts": true },
    element("div", { class: "cw-controls" }, ...[...controls, reset].map(({ node }) => node)),
    element("div", { class: "cw-result" }, ...parts),
    status,
    ...more,
  );
  root.addEventListener("keydown", (event) => event.stopPropagation());
  // Notebook 7 looks at what has the focus first, and takes the arrows from all in which nobody types: a slider.
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", true));

  let numbers, message;
  /** A result beside a number that it does not belong to would mislead: it waits until the field is right. */
  const judge = () => {
    const wrong = root.querySelector("[aria-invalid=true]");
    root.toggleAttribute("data-waits", Boolean(wrong));
    status.textContent = wrong?.title ?? message;
  };
  for (const event of ["input", "change"]) root.addEventListener(event, judge);

  function redraw() {
    controls.forEach((control) => control.show());
    // What plays would be read aloud without an end.
    status.setAttribute("aria-live", controls.some((control) => control.playing?.()) ? "off" : "polite");
    message = show(numbers, state());
    judge();
  }
  const renew = () => {
    numbers = compute(state());
    root.dataset.output = JSON.stringify(numbers.output ?? numbers);
    redraw();
  };
  const follow = () => {
    root.dataset.scheme = pageIsDark() ? "dark" : "light";
    redraw();
  };
  const heard = [...names.map((name) => [name, renew]), ...looks.map((name) => [name, redraw])];
  heard.forEach(([name, listener]) => model.on(`change:${name}`, listener));
  const theme = new MutationObserver(follow);
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, { attributeFilter: ["data-theme", "theme", "data-jp-theme-light"] });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", follow);
  // Colours have no value before the figure is in the page, and some hosts put it there after it is drawn.
  const arrival = new ResizeObserver(() => {
    arrival.disconnect();
    redraw();
  });

  el.append(root);
  renew();
  follow();
  arrival.observe(root);
  const close = () => {
    controls.forEach((control) => control.stop?.());
    heard.forEach(([name, listener]) => model.off(`change:${name}`, listener));
    theme.disconnect();
    arrival.disconnect();
    preference.removeEventListener("change", follow);
  };
  return { redraw, close };
}
