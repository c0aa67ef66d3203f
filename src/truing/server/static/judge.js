// The judge's page: sliders beside the numbers, the sum, keys, and the waiting page.
"use strict";

const form = document.getElementById("answer");
if (form) {
  const numbers = [...form.querySelectorAll(".number input")];
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const sum = document.getElementById("sum");
  const value = (field) => Number.parseFloat(field.value.replace(",", "."));
  // The answer that digits and arrow keys change.
  let chosen = 0;

  const show = () => {
    sliders.forEach((slider, i) => {
      if (Number.isFinite(value(numbers[i]))) slider.value = value(numbers[i]);
      slider.closest(".percent").classList.toggle("chosen", i === chosen);
    });
    const total = numbers.map(value).reduce((a, b) => a + b, 0);
    const off = Number.isFinite(total) && Math.abs(total - 100) > 0.5;
    if (sum) sum.textContent = off ? `The percentages must add up to 100, got ${Math.round(10 * total) / 10}.` : "";
  };
  const changed = (i) => {
    const own = value(numbers[i]);
    if (numbers.length === 2 && own >= 0 && own <= 100) {
      numbers[1 - i].value = String(Math.round(10 * (100 - own)) / 10);
    }
    show();
  };
  const choose = (i) => {
    chosen = i;
    show();
  };
  numbers.forEach((field, i) => {
    field.addEventListener("input", () => changed(i));
    field.addEventListener("focus", () => choose(i));
  });
  sliders.forEach((slider, i) => {
    slider.hidden = false;
    slider.addEventListener("focus", () => choose(i));
    slider.addEventListener("input", () => {
      numbers[i].value = slider.value;
      changed(i);
    });
  });
  for (const keys of form.querySelectorAll(".keys")) keys.hidden = false;
  show();

  // Keys outside of the fields. The page opens at its top, so no field has the focus at first.
  const step = (by) => {
    const field = numbers[chosen];
    const from = Number.isFinite(value(field)) ? value(field) : Number(sliders[chosen].value);
    field.value = String(Math.min(100, Math.max(0, Math.round(from + by))));
    changed(chosen);
  };
  const letters = numbers.map((field) => field.id.replace("percent-", ""));
  const verdictKey = (event) => {
    const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const letter = letters.indexOf(event.key.toUpperCase());
    if (arrow) step(arrow * (event.shiftKey ? 1 : 5));
    else if (letter >= 0) choose(letter);
    else if (event.key === "Enter" && event.target === document.body) form.requestSubmit();
    else if (/^[0-9]$/.test(event.key)) {
      // The digit is typed into the field.
      numbers[chosen].focus();
      numbers[chosen].select();
      return;
    } else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("textarea, input[type=text], input[type=range]")) return;
    if (numbers.length && event.key.toLowerCase() === "p" && letters.indexOf("P") < 0) {
      document.querySelector("a[rel=prev]")?.click();
    } else if (numbers.length) verdictKey(event);
    else if (/^\S$/.test(event.key)) document.getElementById("question").focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
  });
  // After going back in the history, the page is as it was left, with a disabled button: enable it.
  addEventListener("pageshow", () => {
    form.querySelector("button").disabled = false;
  });
}

if (document.getElementById("waiting")) {
  const look = async () => {
    try {
      const answer = await fetch("/ready");
      if (!answer.ok || (await answer.json()).ready) return location.replace("/");
    } catch {
      // The server does not answer now; its terminal shows the reason.
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 300);
}
