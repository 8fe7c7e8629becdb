// Sections stand in the search index as pages with the name PAGE#SECTION (search_sections.py).
// Their results lead there, and the page as a whole is listed only where none of its sections is found.
const findPages = Search._performSearch;
Search._performSearch = (...query) => {
  const titles = new Map(Search._index.docnames.map((name, i) => [name, Search._index.titles[i]]));
  const found = new Map(); // each place once, its last and so its best result
  for (const [name, title, anchor, ...rest] of findPages(...query)) {
    const [page, section] = name.split("#");
    const place = section ? [page, `${titles.get(page)} > ${title}`, `#${section}`] : [page, title, anchor];
    found.delete(place[0] + place[2]);
    found.set(place[0] + place[2], [...place, ...rest]);
  }
  const results = [...found.values()];
  const divided = new Set(results.filter(([, , anchor]) => anchor).map(([page]) => page));
  return results.filter(([page, , anchor]) => anchor || !divided.has(page));
};

// How many there are is said aloud, too: by a line that screen readers have met before it is filled.
const search = Search.query;
Search.query = (query) => {
  Search.status.setAttribute("role", "status");
  setTimeout(search, 200, query);
};
