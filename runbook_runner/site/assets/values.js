"use strict";
// Values for commands: read from an address, checked, and quoted. Touches no page, so that it can be tested alone.
globalThis.runbookValues = (() => {
  const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*$/;
  // May stand unquoted: none of it means anything to a shell.
  const WORD = /^[A-Za-z0-9_/.][A-Za-z0-9_.:/@+-]*$/;
  const NUMBER = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)$/;
  // What a terminal would take for an order, or nobody would see.
  const ODD = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

  /** Split a fragment into an anchor and values: `#mitigation?POD=x`, `#POD=x&NODE=y`, `#mitigation`. */
  function read(fragment) {
    const text = fragment.replace(/^#/, "");
    const mark = text.indexOf("?");
    const bare = mark < 0 && text.includes("=");
    const anchor = bare ? "" : decode(mark < 0 ? text : text.slice(0, mark));
    const rest = bare ? text : mark < 0 ? "" : text.slice(mark + 1);
    return { anchor, values: [...new URLSearchParams(rest)] };
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** Write a fragment; `values` are pairs. */
  function write(anchor, values) {
    const kept = new URLSearchParams(values).toString();
    if (!kept) return anchor ? "#" + encodeURIComponent(anchor) : "";
    return "#" + (anchor ? encodeURIComponent(anchor) + "?" : "") + kept;
  }

  /** Say why a value cannot be taken; empty when it can. `rule` has type, choices, pattern, patterned. */
  function refuse(rule, value) {
    if (value === "") return "it cannot be empty";
    if (value.length > 4096) return "it is too long";
    if (ODD.test(value)) return "it holds a character that nobody would see";
    if (rule.choices && rule.choices.length) return rule.choices.includes(value) ? "" : "one of: " + rule.choices.join(", ");
    if (rule.patterned) return match(rule.pattern, value);
    if (rule.type === "integer") return /^[0-9]{1,18}$/.test(value) ? "" : "a whole number, such as 42";
    if (rule.type === "number") return /^[0-9]+(\.[0-9]+)?$/.test(value) ? "" : "a number, such as 0.5";
    if (rule.type === "boolean") return value === "true" || value === "false" ? "" : "true or false";
    return PLAIN.test(value) ? "" : unsafe(value);
  }

  function match(pattern, value) {
    // A pattern that this script cannot read lets only plain words through.
    if (!pattern) return PLAIN.test(value) ? "" : "only letters, digits and . _ : / @ + - can be checked here";
    for (const flags of ["u", ""]) {
      try {
        return new RegExp("^(?:" + pattern + ")$", flags).test(value) ? "" : "it does not match " + pattern;
      } catch {
        continue;
      }
    }
    return match("", value);
  }

  function unsafe(value) {
    if (value.startsWith("-")) return "it begins with a dash and would be taken for an option";
    const bad = [...value].find((c, at) => !PLAIN.test((at ? "a" : "") + c));
    return "it holds " + JSON.stringify(bad) + ", which could be taken for code";
  }

  /** Quote a value as one word of a shell. */
  function quote(value, always) {
    if (!always && WORD.test(value)) return value;
    return "'" + value.replaceAll("'", "'\\''") + "'";
  }

  /** Return a value for a place in a command; null where it cannot stand and goes before the command instead. */
  function fill(kind, value) {
    if (kind === "word") return quote(value, false);
    if (kind === "quoted") return quote(value, true);
    if (kind === "kept") return null;
    if (kind === "sql-value") return "'" + value.replaceAll("'", "''") + "'";
    if (kind === "sql-name") return '"' + value.replaceAll('"', '""') + '"';
    // Two dashes would begin a comment.
    if (kind === "sql-number") return NUMBER.test(value) ? value.replace(/^-.*/, "($&)") : null;
    if (WORD.test(value)) return value;
    return kind === "double" ? '"' + quote(value, true) + '"' : null;
  }

  /** Return the text that stops a shell when the value is not set: `"$POD"` becomes `"${POD:?}"`; null: as written. */
  function guard(kind, name) {
    if (kind.startsWith("sql-")) return null; // psql says by itself that `:POD` is not set
    return kind === "word" || kind === "quoted" ? '"${' + name + ':?}"' : "${" + name + ":?}";
  }

  return { read, write, refuse, quote, fill, guard };
})();
