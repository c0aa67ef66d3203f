// The dashboard: filters that apply as they are changed, what is live, and what is copied.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// A choice applies at once; words apply with the button or the key Enter.
document.addEventListener("change", (event) => {
  if (event.target.matches(".filter select")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.previousElementSibling.textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// Choosing runs to compare.
const compare = one("#compare");
const count = () => {
  const chosen = all("#runs input:checked").length;
  compare.disabled = chosen < 2;
  compare.textContent = chosen < 2 ? "Choose two runs to compare" : `Compare ${chosen} runs`;
};
if (compare) {
  one("#runs").addEventListener("change", count);
  addEventListener("pageshow", count);
}

// Private reasoning, and rounds by their number; useless without a script, and so hidden without.
for (const tool of all(".toggle")) tool.hidden = false;
one("#private")?.addEventListener("change", (event) => {
  for (const details of all("details.private")) details.open = event.target.checked;
});
one("#goto")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const round = document.getElementById(`round-${Number.parseInt(event.target.value, 10)}`);
  if (round) location.hash = round.id;
});

// What is live. A page that nobody looks at listens to nothing: a browser has few connections.
const page = one("#run");
let stream = null;

function show(row, told) {
  const chip = one("[data-status]", row);
  chip.className = `chip ${told.status}`;
  chip.textContent = told.label;
  const line = one("[data-line]", row);
  if (told.line || told.status !== "running") line.textContent = told.line;
}

function heard(event) {
  const told = JSON.parse(event.data);
  if (page) return heardOfThis(told);
  const row = one(`[data-run="${told.id}"]`);
  if (row) show(row, told);
  else stale();
}

function stale() {
  const link = Object.assign(document.createElement("a"), { href: location.href });
  link.textContent = "Show what is new";
  one("#fresh").replaceChildren("Runs came or changed. ", link);
}

let again = 0;
function heardOfThis(told) {
  const bar = one("[data-progress]", page);
  show(page, told);
  if (bar && told.total) Object.assign(bar, { max: told.total, value: told.done });
  if (told.changed === page.dataset.changed || again) return;
  again = setTimeout(async () => {
    again = 0;
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const made = fresh.getElementById("run");
    const kept = document.activeElement?.id;
    page.replaceChildren(...made.childNodes);
    Object.assign(page.dataset, made.dataset);
    if (kept) document.getElementById(kept)?.focus({ preventScroll: true });
  }, 1500);
}

function listen() {
  if (document.hidden || !(page || one("#fresh"))) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    const about = page ? `only=${page.dataset.run}` : `seen=${one("#fresh").dataset.seen}`;
    stream = new EventSource(`/events?${about}`);
    stream.addEventListener("run", heard);
    stream.addEventListener("stale", stale);
  }
}
document.addEventListener("visibilitychange", listen);
listen();
