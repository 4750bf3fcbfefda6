"use strict";
// What a runbook's page can do beyond being read: copy, take values and put them into every command.
(() => {
  const V = globalThis.runbookValues;
  const values = new Map();
  const fields = new Map();
  let anchor = "";

  const make = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const said = make("p", { class: "said", role: "status" });
  function say(text) {
    said.textContent = text;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => (said.textContent = ""), 6000);
  }

  // --- commands ---------------------------------------------------------------------------------

  /** Return what a command says now, the names that have no value yet, and what goes before it. */
  function text(part) {
    const before = new Map();
    const open = new Set();
    let body = "";
    for (const node of part.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) body += node.data;
      else if (node.classList.contains("slot")) body += slot(node, before, open);
      else if (!node.classList.contains("odd") && !node.classList.contains("given")) body += node.textContent;
    }
    for (const name of (part.dataset.a || "").split(" ").filter(Boolean)) {
      if (values.has(name)) before.set(name, values.get(name));
      else open.add(name);
    }
    const lines = [...before].map(([name, value]) => name + "=" + V.quote(value, false) + "\n");
    return { before: lines.join(""), body, open: [...open] };
  }

  function slot(node, before, open) {
    const { p: name, k: kind, t: own } = node.dataset;
    if (!values.has(name) || kind === "refused") {
      open.add(name);
      return V.guard(kind, name) ?? own;
    }
    const filled = V.fill(kind, values.get(name));
    if (filled !== null) return filled;
    if (kind.startsWith("sql-")) return own;
    before.set(name, values.get(name));
    return own;
  }

  /** Show every command with the values as they are. */
  function show() {
    for (const node of document.querySelectorAll(".slot")) {
      const { p: name, k: kind, t: own } = node.dataset;
      node.dataset.w ??= node.textContent;
      const given = values.has(name) && kind !== "refused";
      const shown = given ? V.fill(kind, values.get(name)) ?? own : node.dataset.w;
      if (node.textContent !== shown) node.textContent = shown;
      node.classList.toggle("filled", given);
    }
    for (const part of document.querySelectorAll(".part")) {
      const { before } = text(part);
      let given = part.querySelector(":scope > .given");
      if (!given && before) {
        given = make("span", { class: "given" });
        part.prepend(given);
      }
      if (given) given.textContent = before;
    }
    const start = document.querySelector("[data-start]");
    if (start) {
      start.dataset.w ??= start.textContent;
      const more = [...values].filter(([name]) => fields.get(name)?.changed());
      start.textContent = start.dataset.w + more.map(([n, v]) => " --param " + n + "=" + V.quote(v, false)).join("");
    }
  }

  async function copy(parts) {
    const found = parts.map(text);
    const whole = found.map((one) => one.before + one.body.replace(/\n+$/, "")).join("\n");
    const open = [...new Set(found.flatMap((one) => one.open))];
    if (!(await put(whole))) return say("The browser does not let this page copy: mark the text instead.");
    say(open.length ? "Copied, without a value for " + open.join(", ") + ": set it in your shell, or type it above." : "Copied.");
  }

  async function put(whole) {
    try {
      await navigator.clipboard.writeText(whole);
      return true;
    } catch {
      const area = make("textarea", { class: "offside", "aria-hidden": "true" });
      area.value = whole;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function button(label, name, parts) {
    const made = make("button", { class: "copy", type: "button", "aria-label": name }, label);
    made.addEventListener("click", async () => {
      const focus = document.activeElement;
      await copy(parts);
      focus?.focus();
    });
    return made;
  }

  function buttons() {
    for (const command of document.querySelectorAll(".command")) {
      const parts = [...command.querySelectorAll("pre .part")];
      if (!parts.length) continue;
      const name = command.id ? " " + command.id : "";
      command.querySelector(".head").append(button("Copy", "Copy" + name, parts));
      if (parts.length > 1) {
        parts.forEach((part, at) => part.after(" ", button("Copy", `Copy line ${at + 1} of${name}`, [part])));
      }
    }
    for (const part of document.querySelectorAll(".part")) {
      if (part.closest(".command pre")) continue;
      (part.closest("pre") ?? part).after(" ", button("Copy", "Copy " + part.textContent.slice(0, 40), [part]));
    }
  }

  // --- values -----------------------------------------------------------------------------------

  function field(item, at) {
    const { name, type, from } = item.dataset;
    if ("secret" in item.dataset) return;
    const choices = item.dataset.choices ? JSON.parse(item.dataset.choices) : type === "boolean" ? ["true", "false"] : [];
    const rule = { type, choices, pattern: item.dataset.pattern, patterned: "patterned" in item.dataset };
    const usual = item.dataset.default ?? "";
    const common = { id: "rb-v" + at, "aria-describedby": "rb-e" + at };
    const input = choices.length
      ? make("select", common, ...["", ...choices].map((c) => make("option", { value: c }, c || "–")))
      : make("input", { ...common, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
    const error = make("p", { class: "error", id: "rb-e" + at });
    const label = make("label", { for: "rb-v" + at });
    const written = item.querySelector(".name");
    written.replaceWith(label);
    label.append(written);
    item.append(input, error);
    const take = (value) => {
      const why = value === "" ? "" : V.refuse(rule, value);
      error.textContent = why;
      input.setAttribute("aria-invalid", String(why !== ""));
      if (value !== "" && !why) values.set(name, value);
      else values.delete(name);
    };
    const set = (value) => {
      input.value = value;
      take(value); // not input.value: what a list does not have is refused aloud, not lost
    };
    input.addEventListener("input", () => {
      take(input.value.trim());
      keep();
      show();
    });
    fields.set(name, { set, from, usual, changed: () => values.get(name) !== usual });
    if (usual) set(usual);
  }

  /** Keep the values in the address, so that it can be sent to somebody. */
  function keep() {
    const kept = [...values].filter(([name]) => fields.get(name).changed());
    const fragment = V.write(anchor, kept);
    if (fragment !== location.hash) history.replaceState(null, "", fragment || location.pathname + location.search);
  }

  function arrive() {
    const found = V.read(location.hash);
    anchor = found.anchor;
    for (const [key, value] of found.values) {
      for (const [name, one] of fields) if (key === name || key === one.from) one.set(value);
    }
    keep();
    show();
    if (anchor && found.values.length) document.getElementById(anchor)?.scrollIntoView();
  }

  /** Values go with her to another runbook. */
  function onward(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !values.size || !/\.html(#|$)/.test(link.getAttribute("href")) || link.classList.contains("out")) return;
    link.dataset.w ??= link.href;
    const url = new URL(link.dataset.w);
    if (url.pathname === location.pathname) return;
    url.hash = V.write(V.read(url.hash).anchor, [...values].filter(([name]) => fields.get(name).changed()));
    link.href = url.href;
  }


  /** A wide drawing begins where the steps do. */
  function centre() {
    const drawing = document.querySelector(".drawing");
    const first = drawing?.querySelector(".node.start")?.getBoundingClientRect();
    if (first) drawing.scrollLeft = first.left + first.width / 2 - drawing.getBoundingClientRect().left - drawing.clientWidth / 2;
  }

  document.body.append(said);
  buttons();
  document.querySelectorAll(".parameter").forEach(field);
  arrive();
  centre();
  addEventListener("hashchange", arrive);
  document.addEventListener("click", onward, true);
  document.addEventListener("auxclick", onward, true);
})();
