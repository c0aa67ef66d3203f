// The dashboard: filters, live updates, and buttons that copy commands.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// A selected option applies immediately; search words apply with the button or the Enter key.
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
  compare.textContent = chosen < 2 ? "Choose two or more runs to compare" : `Compare ${chosen} runs`;
};
if (compare) {
  one("#runs").addEventListener("change", count);
  addEventListener("pageshow", count);
}

// Private reasoning, and "Go to round". Both need a script, so they are hidden without it.
for (const tool of all(".toggle")) tool.hidden = false;
one("#private")?.addEventListener("change", (event) => {
  for (const details of all("details.private")) details.open = event.target.checked;
});
one("#goto")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const round = document.getElementById(`round-${Number.parseInt(event.target.value, 10)}`);
  if (round) location.hash = round.id;
});

// Live updates. A hidden page closes its stream, because a browser allows few connections.
const page = one("#run");
let stream = null;

function show(row, state) {
  const chip = one("[data-status]", row);
  chip.className = `chip ${state.status}`;
  chip.textContent = state.label;
  const line = one("[data-line]", row);
  if (state.line || state.status !== "running") line.textContent = state.line;
}

function receive(event) {
  const state = JSON.parse(event.data);
  if (page) return updatePage(state);
  const row = one(`[data-run="${state.id}"]`);
  if (row) show(row, state);
  else stale();
}

function stale() {
  const link = Object.assign(document.createElement("a"), { href: location.href });
  link.textContent = "Reload the list";
  one("#fresh").replaceChildren("There are new or changed runs. ", link);
}

let pending = 0;
function updatePage(state) {
  const bar = one("[data-progress]", page);
  show(page, state);
  if (bar && state.total) Object.assign(bar, { max: state.total, value: state.done });
  if (state.changed === page.dataset.changed || pending) return;
  pending = setTimeout(async () => {
    pending = 0;
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
    stream.addEventListener("run", receive);
    stream.addEventListener("stale", stale);
  }
}
document.addEventListener("visibilitychange", listen);
listen();
