"use strict";
// Search as you type, over what stands in search-data.js; reviews that fell due since this was made.
(() => {
  const box = document.querySelector(".find");
  const input = document.getElementById("rb-find");
  const hits = document.getElementById("rb-hits");
  const count = document.getElementById("rb-count");
  const rows = globalThis.runbookSearch;
  const names = ["title", "alerts", "service", "owner", "tags", "path", "words"];
  const camel = /[\s\-_/.,:;()[\]{}"'`<>|=+*&#@!?]+/u;
  let index;

  function build() {
    if (index) return;
    index = new globalThis.MiniSearch({
      fields: names,
      idField: "at",
      tokenize: (text) =>
        text.split(camel).flatMap((word) => [word, ...word.split(/(?<=[a-z0-9])(?=[A-Z])/u)].filter(Boolean)),
      searchOptions: {
        prefix: true,
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
        combineWith: "AND",
        boost: { alerts: 6, title: 5, service: 2, tags: 2, path: 2 },
      },
    });
    index.addAll(rows.map((row, at) => Object.fromEntries([["at", at], ...names.map((name, n) => [name, row[n + 1]])])));
  }

  function search() {
    const wanted = input.value.trim();
    hits.replaceChildren();
    document.body.classList.toggle("searching", wanted !== "");
    if (!wanted) {
      count.textContent = "";
      return;
    }
    build();
    let found = index.search(wanted);
    if (!found.length) found = index.search(wanted, { combineWith: "OR" });
    count.textContent = found.length === 0 ? "Nothing is found." : found.length === 1 ? "1 runbook" : found.length + " runbooks";
    for (const { id } of found.slice(0, 50)) {
      const [page, title, alerts, service] = rows[id];
      const link = document.createElement("a");
      link.href = page;
      link.textContent = title;
      const item = document.createElement("li");
      item.append(link);
      const more = [service, alerts.split(" ").slice(0, 3).join(", ")].filter(Boolean).join(" · ");
      if (more) {
        const about = document.createElement("span");
        about.className = "via";
        about.textContent = " " + more;
        item.append(about);
      }
      hits.append(item);
    }
  }


  if (!box || !rows || !globalThis.MiniSearch) return;
  box.hidden = false;
  input.addEventListener("focus", build, { once: true });
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") hits.querySelector("a")?.click();
    if (event.key === "Escape") {
      input.value = "";
      search();
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      hits.querySelector("a")?.focus();
    }
  });
  hits.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...hits.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (links[at] ?? (at < 0 ? input : links.at(-1))).focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    input.focus();
  });
  if (input.value) search();
})();
