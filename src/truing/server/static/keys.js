// Keyboard shortcuts of the dashboard; the dialog of base.html lists them.
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);
  const links = () => [...document.querySelectorAll("#runs tbody th a, #plays-table tbody th a")];

  // Move the focus to the link of the next or the previous row.
  const move = (step) => {
    const rows = links();
    const at = rows.indexOf(document.activeElement?.closest("tr")?.querySelector("th a"));
    rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
  };
  const click = (selector) => find(selector)?.click();
  const keys = find("#keys");
  const actions = {
    "?": () => keys.showModal(),
    "/": () => find("#q, #goto")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement?.closest("tr")?.querySelector("input")?.click(),
    c: () => click("#compare:enabled"),
    g: () => location.assign("/"),
    n: () => click("a[rel=next]"),
    p: () => click("a[rel=prev]"),
    r: () => click("#private"),
    e: () => {
      const notes = find("#notes");
      if (!notes) return;
      notes.open = true;
      find("#tags").focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
  find("#show-keys").addEventListener("click", () => keys.showModal());
})();
