// The dashboard: filters, live updates, and buttons that copy commands.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// A selected option applies immediately; search words apply with the button or the Enter key.
document.addEventListener("change", (event) => {
  if (event.target.matches(".filter select")) event.target.form.requestSubmit();
  if (event.target.matches("#runs input")) count();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.previousElementSibling.textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// Choosing runs to compare.
function count() {
  const compare = one("#compare");
  if (!compare) return;
  const chosen = all("#runs input:checked").length;
  compare.disabled = chosen < 2;
  compare.textContent = chosen < 2 ? "Choose two or more runs to compare" : `Compare ${chosen} runs`;
}
addEventListener("pageshow", count);

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
const list = one("#list");
let stream = null;
let pending = 0;

function show(row, state) {
  const chip = one("[data-status]", row);
  chip.className = `chip ${state.status}`;
  chip.textContent = state.label;
  const line = one("[data-line]", row);
  if (state.line || state.status !== "running") line.textContent = state.line;
}

function receive(event) {
  const state = JSON.parse(event.data);
  const row = page || one(`[data-run="${state.id}"]`);
  if (row) show(row, state);
  const bar = page && one("[data-progress]", page);
  if (bar && state.total) Object.assign(bar, { max: state.total, value: state.done });
  if (state.changed !== row?.dataset.changed) renew();
}

// Load the page again and replace the part that changes; choices and the focus stay.
function renew() {
  pending ||= setTimeout(async () => {
    pending = 0;
    const part = page || list;
    if (part.contains(document.activeElement?.closest(".notes form"))) return renew();
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const made = fresh.getElementById(part.id);
    const chosen = new Set(all("input:checked", part).map((box) => box.value));
    const focus = document.activeElement;
    const kept = part.contains(focus) ? focus.id && `#${focus.id}` || focus.getAttribute("href") : "";
    const open = all("details[id][open]", part).map((details) => details.id);
    part.replaceChildren(...made.childNodes);
    Object.assign(part.dataset, made.dataset);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const box of all("#runs input", part)) box.checked = chosen.has(box.value);
    count();
    const again = kept && (kept[0] === "#" ? one(kept) : one(`a[href="${kept}"]`, part));
    if (again) again.focus({ preventScroll: true });
  }, 1000);
}

function listen() {
  if (document.hidden || !(page || list)) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    const about = page ? `only=${page.dataset.run}` : `seen=${list.dataset.seen}`;
    stream = new EventSource(`/events?${about}`);
    stream.addEventListener("run", receive);
    stream.addEventListener("stale", renew);
  }
}
document.addEventListener("visibilitychange", listen);
listen();
