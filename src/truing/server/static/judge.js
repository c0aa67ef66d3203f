// The judge's page: sliders beside the numbers, the sum, Ctrl+Enter, and the waiting page.
"use strict";

const form = document.getElementById("answer");
if (form) {
  const numbers = [...form.querySelectorAll(".number input")];
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const sum = document.getElementById("sum");
  const value = (field) => Number.parseFloat(field.value.replace(",", "."));

  const show = () => {
    sliders.forEach((slider, i) => {
      if (Number.isFinite(value(numbers[i]))) slider.value = value(numbers[i]);
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
  numbers.forEach((field, i) => field.addEventListener("input", () => changed(i)));
  sliders.forEach((slider, i) => {
    slider.hidden = false;
    slider.addEventListener("input", () => {
      numbers[i].value = slider.value;
      changed(i);
    });
  });
  show();
  // The page opens at its top, so no field has the focus at first: typing moves the focus to the field.
  const first = form.querySelector("textarea#question") || numbers[0];
  const wanted = numbers.length ? /^[0-9]$/ : /^\S$/;
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (wanted.test(event.key)) first.focus();
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
