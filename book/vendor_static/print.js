// Paper is white: while a page is printed, a reader in dark mode gets the light one.
const printing = matchMedia("print");
let shown;
printing.addEventListener("change", () => {
  const root = document.documentElement;
  if (printing.matches) shown = root.dataset.theme;
  root.dataset.theme = printing.matches ? "light" : shown;
});
