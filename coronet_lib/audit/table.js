(() => {
  // currentScript is null when a notebook inserts the output; then every table not yet alive is taken.
  const here = document.currentScript?.closest(".paper-audit");
  for (const root of here ? [here] : document.querySelectorAll(".paper-audit:not([data-alive])")) {
    root.dataset.alive = "";
    const rows = [...root.querySelectorAll("tbody tr")];
    const search = root.querySelector("input[type=search]");
    const boxes = [...root.querySelectorAll("input[type=checkbox]")];
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !(verdicts.has(row.dataset.verdict) && words.every((word) => text.includes(word)));
      }
      const shown = rows.filter((row) => !row.hidden).length;
      root.querySelector("output").value = `${shown} of ${rows.length} findings`;
    };
    root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    root.addEventListener("input", filter);
  }
})();
