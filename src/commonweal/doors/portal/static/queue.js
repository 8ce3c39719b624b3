// A queue works without this script. It adds keys: j and k go from row to row, x picks one, Enter opens it, ? helps.
(() => {
  "use strict";
  const table = document.querySelector("table[data-queue]");
  const help = document.querySelector("dialog#keys");
  if (!table || !help) return;
  const rows = [...table.tBodies[0].rows];
  const link = (row) => row.querySelector("th a");
  const at = () => rows.indexOf(document.activeElement.closest?.("tr"));
  const go = (number) => link(rows[Math.max(0, Math.min(rows.length - 1, number))]).focus();

  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = at();
    if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(here < 0 ? 0 : here - 1);
    else if (event.key === "x" && here >= 0) rows[here].querySelector(".pick").click();
    else if (event.key === "?") help.showModal();
    else if (event.key === "Enter" && event.target.classList.contains("pick")) link(rows[here]).click();
    else return;
    event.preventDefault();
  });
})();
