// The portal works without this script. It adds: copying, a choice of colours, and a gentle submit of filters.
(() => {
  "use strict";
  const root = document.documentElement;
  const stored = (() => { try { return localStorage.getItem("weal-theme"); } catch { return null; } })();
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  for (const button of document.querySelectorAll("button.theme")) {
    const label = () => { button.textContent = isDark() ? button.dataset.light : button.dataset.dark; };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("weal-theme", root.dataset.theme); } catch { /* private window: for this page only */ }
      label();
    });
  }

  // A table that is wider than its place says so above it.
  const hints = [...document.querySelectorAll(".sideways")];
  const measure = () => {
    for (const hint of hints) {
      const box = hint.nextElementSibling;
      hint.classList.toggle("cut-off", box.scrollWidth > box.clientWidth + 1);
    }
  };
  measure();
  addEventListener("resize", measure);
  for (const hint of hints) hint.closest("details")?.addEventListener("toggle", measure);

  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) continue;
    const before = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 2000);
    });
  }

  // A drawing that is wider than the page is shown from where the case stands, or from its start.
  for (const box of document.querySelectorAll(".graph-box")) {
    const step = box.querySelector(".step.now") || box.querySelector(".step");
    if (!step) continue;
    const there = step.getBoundingClientRect();
    box.scrollLeft += there.left + there.width / 2 - box.getBoundingClientRect().left - box.clientWidth / 2;
  }

  // Empty filter fields are left out of the address, so that addresses stay short and stable.
  for (const form of document.querySelectorAll("form.filters")) {
    form.addEventListener("submit", () => {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    });
    addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });
  }
})();
