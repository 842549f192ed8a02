// Search in the page: rows and paragraphs that hold every word stay, the others hide; what was found is marked.
const field = document.getElementById("search");
const says = document.getElementById("found");
const chapters = [...document.querySelectorAll(".chapter")];
const PARTS = "tbody tr, .chapter > p, .chapter > ul > li";
const parts = chapters.map((chapter) => [...chapter.querySelectorAll(PARTS)].map((part) => [part, part.textContent.toLowerCase()]));

function search() {
  const asked = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let rows = 0;
  chapters.forEach((chapter, place) => {
    let here = 0;
    for (const [part, text] of parts[place]) {
      const holds = asked.every((word) => text.includes(word));
      part.hidden = !holds;
      if (holds) here += 1;
    }
    chapter.hidden = asked.length > 0 && here === 0;
    for (const table of chapter.querySelectorAll(".wide")) table.hidden = asked.length > 0 && !table.querySelector("tbody tr:not([hidden])");
    for (const list of chapter.querySelectorAll(":scope > ul")) list.hidden = asked.length > 0 && !list.querySelector("li:not([hidden])");
    hideEmpty(chapter, asked.length > 0);
    rows += here;
  });
  document.body.classList.toggle("searching", asked.length > 0);
  says.textContent = asked.length ? (rows === 1 ? "1 place" : `${rows} places`) : "";
  mark(asked);
}

/** Hide a heading within a chapter under which nothing is left. */
function hideEmpty(chapter, searching) {
  let under = { H3: false, H4: false };
  for (const element of [...chapter.children].reverse()) {
    if (element.tagName === "H4") {
      element.hidden = searching && !under.H4;
      under = { H3: under.H3 || under.H4, H4: false };
    } else if (element.tagName === "H3") {
      element.hidden = searching && !under.H3 && !under.H4;
      under = { H3: false, H4: false };
    } else if (!element.hidden) under.H4 = true;
  }
}

function mark(asked) {
  if (!globalThis.CSS?.highlights) return;
  CSS.highlights.clear();
  if (!asked.length || asked.every((word) => word.length < 2)) return;
  const ranges = [];
  const walker = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < 5000; node = walker.nextNode()) {
    if (node.parentElement.closest("[hidden]")) continue;
    const text = node.data.toLowerCase();
    for (const word of asked.filter((w) => w.length > 1)) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

let waiting;
field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
document.getElementById("search-form").addEventListener("submit", (event) => { event.preventDefault(); search(); });
document.getElementById("print").addEventListener("click", () => print());
addEventListener("hashchange", () => {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (there?.closest("[hidden]") || there?.hidden) { field.value = ""; search(); there.scrollIntoView(); }
});
