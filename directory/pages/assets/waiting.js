// The waiting page asks quietly whether it may go on, so that it is read out once and not every five seconds.
"use strict";

(() => {
  const { state, every } = document.querySelector("[data-waiting]").dataset;

  async function look() {
    try {
      const answer = await fetch("/api/presence", { headers: { Accept: "application/json" }, cache: "no-store" });
      if (!answer.ok && answer.status >= 500) return;
      const found = answer.ok ? (await answer.json()).state : "ended";
      if (found !== state) location.replace("/waiting");
    } catch {
      // Out of reach for the moment; the next look tells.
    }
  }

  setInterval(look, Number(every) * 1000);
})();
