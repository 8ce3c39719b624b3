// Keeps the board up to date: asks for its rows with the ETag it has, and puts them in only when they changed.
(() => {
  "use strict";
  const status = document.getElementById("live"), rows = document.getElementById("board-rows");
  if (!status || !rows || !window.fetch) return;
  const address = new URL(status.dataset.live, location.href);
  address.search = location.search;
  address.searchParams.delete("refresh");
  const pause = Number(status.dataset.seconds) * 1000;
  let tag = "", failures = 0;

  const said = (text) => { if (status.textContent !== text) status.textContent = text; };
  const kept = (work) => {
    const focused = document.activeElement?.closest("#board-rows a")?.getAttribute("href");
    const scrolled = rows.querySelector(".scroll")?.scrollLeft ?? 0;
    work();
    if (focused) [...rows.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
    const box = rows.querySelector(".scroll");
    if (box) box.scrollLeft = scrolled;
  };
  const round = async () => {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(address, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
        if (answer.status === 200) {
          const first = !tag;
          tag = answer.headers.get("ETag") ?? "";
          const html = await answer.text();
          if (first) said(status.dataset.on);
          else {
            const fresh = new DOMParser().parseFromString(html, "text/html").body;
            kept(() => rows.replaceChildren(...fresh.childNodes));
            said(status.dataset.changed);
          }
        } else if (answer.status === 304) said(status.dataset.on);
        else throw new Error(answer.status);
        failures = 0;
      } catch {
        failures += 1;
        said(status.dataset.off);
      }
    }
    setTimeout(round, pause * Math.min(8, 2 ** failures));
  };
  round();
})();
