// A word of the glossary shows its definition on a card: under the pointer, with the focus, at the first tap.
// The pointer may rest on the card; Escape, or a tap elsewhere, puts it away. Without this script the word is a link.
{
  const card = Object.assign(document.createElement("div"), { className: "term-card", id: "term-card", hidden: true });
  card.setAttribute("role", "tooltip");
  document.body.append(card);
  let shown; // the word whose card it is
  let leaving;
  let firstTap = false;

  function show(word) {
    clearTimeout(leaving);
    if (shown === word) return;
    hide();
    shown = word;
    card.textContent = DEFINITIONS[decodeURIComponent(word.hash.slice(1))];
    card.hidden = false;
    word.setAttribute("aria-describedby", card.id);
    const line = word.getClientRects()[0];
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const below = line.bottom + card.offsetHeight + 8 < innerHeight;
    card.style.left = `${scrollX + Math.max(8, Math.min(line.left, room))}px`;
    card.style.top = `${scrollY + (below ? line.bottom + 4 : line.top - card.offsetHeight - 4)}px`;
  }

  function hide() {
    shown?.removeAttribute("aria-describedby");
    shown = undefined;
    card.hidden = true;
  }

  const wordAt = (event) => event.target.closest?.("a.term");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a tap: below
    if (wordAt(event)) show(wordAt(event));
    else if (card.contains(event.target)) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => {
    if (event.pointerType === "touch" || !(wordAt(event) || card.contains(event.target))) return;
    clearTimeout(leaving);
    leaving = setTimeout(hide, 250);
  });
  document.addEventListener("focusin", (event) => (wordAt(event) ? show(wordAt(event)) : hide()));
  document.addEventListener("focusout", (event) => wordAt(event) && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("pointerdown", (event) => {
    firstTap = event.pointerType === "touch" && Boolean(wordAt(event)) && shown !== wordAt(event);
    if (!wordAt(event) && !card.contains(event.target)) hide();
  }, true);
  document.addEventListener("click", (event) => {
    if (!firstTap || !wordAt(event)) return;
    firstTap = false;
    event.preventDefault();
    show(wordAt(event));
  });
}
