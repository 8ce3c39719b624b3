// A form works without this script. It adds: saving as one types, counting characters, and going to what is not right.
(() => {
  "use strict";
  document.querySelector("[data-focus]")?.focus();

  for (const note of document.querySelectorAll("[data-count]")) {
    const box = document.getElementById(note.dataset.count);
    const before = note.textContent;
    const count = () => {
      const left = Number(box.dataset.most) - [...box.value].length;
      const words = left < 0 ? box.dataset.over : box.dataset.left;
      note.textContent = box.value ? words.replace("%(count)s", String(Math.abs(left))) : before;
      note.classList.toggle("wrong", left < 0);
    };
    box.addEventListener("input", count);
    count();
  }

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const state = form.querySelector("[data-state]");
  let timer = 0, sent = "", running = null;

  const content = (go) => {
    form.elements.namedItem("at").value = String(Date.now());
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    fields.delete("at");
    const typed = fields.toString();
    fields.set("at", form.elements.namedItem("at").value);
    if (go) fields.set("go", go);
    return [typed, fields];
  };

  const save = async () => {
    const [typed, fields] = content("autosave");
    if (typed === sent) return;
    running?.abort();
    running = new AbortController();
    state.textContent = form.dataset.saving;
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, signal: running.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      sent = typed;
      state.textContent = form.dataset.saved;
      state.classList.remove("wrong");
    } catch (error) {
      if (error.name === "AbortError") return;
      state.textContent = form.dataset.unsaved;
      state.classList.add("wrong");
    }
  };

  sent = content("")[0];
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1200); });
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); content(""); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { clearTimeout(timer); save(); } });
})();
