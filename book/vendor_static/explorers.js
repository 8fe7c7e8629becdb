// Draws the explorers of a page from the state that was saved with it: no kernel, and no widget manager,
// which weighs 3.5 MB. Widgets of other kinds are progress bars of what has long been done: they are left out.

/** What an explorer knows of itself (anywidget's interface, as far as the book uses it). */
function explorerModel(state) {
  const listeners = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: (event, listener) => (listeners[event] = listeners[event].filter((other) => other !== listener)),
    save_changes() {},
  };
}

/** Draw an explorer into an element; what it returns ends it. */
async function drawExplorer(el, model) {
  const script = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  const { render } = (await import(script)).default;
  return render({ model, el });
}

/** A link past everything that a keyboard would meet before an explorer, beside the theme's past the sidebar. */
function addSkipLink(el) {
  const number = document.querySelectorAll(".explorer").length;
  const link = Object.assign(document.createElement("a"), { textContent: `Skip to explorer ${number}` });
  link.href = `#${(el.id = `explorer-${number}`)}`;
  el.tabIndex = -1;
  document.querySelector(".skip-link")?.append(link);
}

function drawExplorers() {
  const read = (type) =>
    [...document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${type}+json"]`)]
      .map((node) => ({ node, content: JSON.parse(node.textContent) }));
  const saved = Object.assign({}, ...read("state").map(({ content }) => content.state));
  const models = {};
  const styles = new Set();
  for (const { node, content } of read("view")) {
    const { model_module: kind, state } = saved[content.model_id] ?? {};
    if (kind !== "anywidget") {
      (node.closest(".cell_output > *") ?? node).remove();
      continue;
    }
    styles.add(state._css);
    const el = Object.assign(document.createElement("div"), { className: "explorer" });
    node.replaceWith(el);
    addSkipLink(el);
    drawExplorer(el, (models[content.model_id] ??= explorerModel(state)));
  }
  document.head.append(Object.assign(document.createElement("style"), { textContent: [...styles].join("\n") }));
}

document.addEventListener("DOMContentLoaded", drawExplorers);
