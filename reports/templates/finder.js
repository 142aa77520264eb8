"use strict";
// Search and filters over the results, their state in the address, sheets that open where an address points, links to copy.

const finder = document.querySelector(".finder"), search = document.getElementById("search"), shown = document.getElementById("shown");
const cases = collectCases();
const state = { verdict: new Set(), suite: new Set(), q: "" };

function collectCases() {
  return [...document.querySelectorAll("table.results tbody tr")].map((row) => {
    const id = row.querySelector("a").hash.slice(1), { verdict, suite } = row.dataset;
    return { row, sheet: document.getElementById(id).closest("details"), verdict, suite, id, words: null };
  });
}

// Letters of one width and one case, so that a search does not depend on how somebody types.
function plain(text) { return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " "); }

function wordsOf(one) {
  if (one.words === null) {
    const { sheet } = one, parts = [one.row, sheet.querySelector(".purpose"), ...sheet.querySelectorAll(".body > .fields, .body > .notice")];
    one.words = plain(parts.map((part) => part.textContent).join(" "));
  }
  return one.words;
}

// Whether a case passes the filter; `without` leaves one kind of filter out.
function passes(one, terms, without = "") {
  return ["verdict", "suite"].every((kind) => kind === without || !state[kind].size || state[kind].has(one[kind]))
    && terms.every((term) => wordsOf(one).includes(term));
}

function apply() {
  const terms = plain(state.q).split(" ").filter(Boolean);
  let count = 0;
  for (const one of cases) {
    const passed = passes(one, terms);
    one.row.hidden = one.sheet.hidden = !passed;
    count += passed;
  }
  for (const kind of ["verdict", "suite"]) {
    for (const button of finder.querySelectorAll("button[data-" + kind + "]")) {
      const name = button.dataset[kind], matching = cases.filter((one) => one[kind] === name && passes(one, terms, kind));
      button.setAttribute("aria-pressed", state[kind].has(name));
      button.querySelector(".count").textContent = matching.length;
    }
  }
  tell(count);
  document.querySelector(".nothing").hidden = count > 0;
  finder.querySelector("[data-do=clear]").disabled = !isFiltered();
  markFound(terms);
}

function tell(count) {
  const fill = (words) => words.replace("{shown}", count).replace("{total}", cases.length), english = document.createElement("span");
  english.lang = english.className = "en";
  english.textContent = fill(shown.dataset.en);
  shown.replaceChildren(fill(shown.dataset.zh) + " ", english);
}

// What was found is marked without touching the text, where the browser can do that.
function markFound(terms) {
  if (!window.Highlight) return;
  CSS.highlights.delete("found");
  const ranges = [];
  for (const { row } of terms.length ? cases : []) {
    if (row.hidden) continue;
    const walk = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node && ranges.length < 3000; node = walk.nextNode()) {
      const text = node.data.toLowerCase();
      for (const term of terms) {
        for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length)) {
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + term.length);
          ranges.push(range);
        }
      }
    }
  }
  if (ranges.length) CSS.highlights.set("found", new Highlight(...ranges));
}

function isFiltered() { return state.verdict.size + state.suite.size > 0 || state.q.trim() !== ""; }

// The filter as it stands behind the # of the address.
function stateText() {
  const parts = new URLSearchParams();
  for (const kind of ["verdict", "suite"]) if (state[kind].size) parts.set(kind, [...state[kind]].join(" "));
  if (state.q.trim()) parts.set("q", state.q.trim());
  return parts.toString();
}

function change() {
  apply();
  history.replaceState(null, "", "#" + (stateText() || "results"));
}

function clear() {
  state.verdict.clear();
  state.suite.clear();
  state.q = search.value = "";
}

// An address leads to a place of the page, or holds a filter.
function follow() {
  const text = location.hash.slice(1);
  if (/^(verdict|suite|q)=/.test(text)) {
    const parts = new URLSearchParams(text);
    clear();
    for (const kind of ["verdict", "suite"]) {
      const known = new Set(cases.map((one) => one[kind]));
      for (const name of (parts.get(kind) ?? "").split(" ")) if (known.has(name)) state[kind].add(name);
    }
    state.q = search.value = parts.get("q") ?? "";
    apply();
    document.getElementById("results").scrollIntoView();
    return;
  }
  const one = cases.find(({ id }) => id === text);
  if (!one) return;
  if (one.row.hidden) { clear(); apply(); }
  one.sheet.open = true;
  settle(one.sheet);
}

// What is laid out only when it comes near moves what is below: the place is taken again until it holds.
function settle(element, times = 5) {
  element.scrollIntoView();
  if (times > 1) requestAnimationFrame(() => settle(element, times - 1));
}

function fold(open) { for (const { sheet } of cases) if (!sheet.hidden || !open) sheet.open = open; }

for (const kind of ["verdict", "suite"]) {
  for (const button of finder.querySelectorAll("button[data-" + kind + "]")) {
    button.addEventListener("click", () => {
      const name = button.dataset[kind];
      if (!state[kind].delete(name)) state[kind].add(name);
      change();
    });
  }
}
search.addEventListener("input", () => { state.q = search.value; change(); });
search.addEventListener("keydown", (event) => { if (event.key === "Escape") { state.q = search.value = ""; change(); } });
finder.querySelector("[data-do=clear]").addEventListener("click", () => { clear(); change(); search.focus(); });
finder.querySelector("[data-do=unfold]").addEventListener("click", () => fold(true));
finder.querySelector("[data-do=fold]").addEventListener("click", () => fold(false));
for (const link of document.querySelectorAll("[data-show-verdict]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    clear();
    state.verdict.add(link.dataset.showVerdict);
    change();
    document.getElementById("results").scrollIntoView();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
  event.preventDefault();
  search.focus();
  search.scrollIntoView({ block: "center" });
});

// A button in each sheet copies the address of the case.
const copied = document.querySelector(".copied");
let quiet = 0;
for (const { id, sheet } of cases) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.title = copied.dataset.copy;
  button.setAttribute("aria-label", copied.dataset.copy);
  button.textContent = "#";
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const address = location.href.split("#")[0] + "#" + id;
    await copy(address);
    button.dataset.copied = address;
    copied.textContent = copied.dataset.done;
    clearTimeout(quiet);
    quiet = setTimeout(() => { copied.textContent = ""; }, 2500);
  });
  sheet.querySelector("summary h3").after(button);
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// The entry of the contents whose section is in view.
const entries = new Map([...document.querySelectorAll("#contents a")].map((link) => [link.hash.slice(1), link]));
const inView = new Set();
const sections = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) { if (isIntersecting) inView.add(target.id); else inView.delete(target.id); }
  const current = [...entries.keys()].find((id) => inView.has(id));
  for (const [id, link] of entries) { if (id === current) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); }
  const link = entries.get(current), strip = document.getElementById("contents");
  if (link && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
}, { rootMargin: "-15% 0px -75% 0px" });
for (const id of entries.keys()) sections.observe(document.getElementById(id));

// Paper has no folds, and it never shows a part of the report for the whole.
let folded = [];
addEventListener("beforeprint", () => {
  for (const one of cases) one.row.hidden = one.sheet.hidden = false;
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of folded) each.open = false;
  apply();
});

finder.hidden = false;
document.documentElement.classList.add("scripted");
apply();
addEventListener("hashchange", follow);
follow();
