// What a page of paper needs once all is drawn: `tools/pdf.py` calls these two before it prints.

const SMALLEST = 0.6; // of its size, to which what is too wide may shrink

/** Wait for formulas and explorers and make smaller what is wider than a page; what is wrong then. */
async function drawn() {
  await MathJax.startup.promise;
  for (const { math, typesetRoot } of MathJax.startup.document.math) {
    typesetRoot.role = "img"; // read out as it was typed, and not piece by piece
    typesetRoot.ariaLabel = math;
  }
  await document.fonts.ready;
  while (document.querySelector(".explorer:empty")) await new Promise(requestAnimationFrame);
  for (const wide of document.querySelectorAll("table, mjx-container[display]")) {
    const room = wide.parentElement.getBoundingClientRect().width;
    const share = (0.99 * room) / Math.max(wide.scrollWidth, wide.getBoundingClientRect().width);
    if (share < 0.99) wide.style.zoom = Math.max(SMALLEST, share);
    if (share < SMALLEST) wide.classList.add("wraps");
  }
  const links = [...document.querySelectorAll("a[href^='#']")].map((link) => decodeURIComponent(link.hash.slice(1)));
  const lost = links.filter((place) => !document.getElementById(place));
  const page = document.body.getBoundingClientRect();
  const cut = [...document.querySelectorAll("body :not(.explorer *, mjx-container *)")].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return width && (left < page.left - 1 || right > page.right + 1);
  });
  return [
    ...lost.map((place) => `a link leads nowhere: #${place}`),
    ...cut.map((element) => `wider than a page: ${element.textContent.trim().slice(0, 60)}`),
  ];
}

/** Write page numbers where they belong, in the index each page once; true if one is another than before. */
function numberPages(places) {
  let moved = false;
  for (const number of document.querySelectorAll("[data-page-of]")) {
    const page = String(places[number.dataset.pageOf]);
    moved ||= number.textContent !== page;
    number.textContent = page;
  }
  for (const entry of document.querySelectorAll(".index li")) {
    const links = [...entry.querySelectorAll("a")].sort((one, other) => one.textContent - other.textContent);
    links.forEach((link, i) => (link.hidden = link.textContent === links[i - 1]?.textContent));
    entry.append(...links);
  }
  return moved;
}
