// Copying and printing backup codes; without a script they are downloaded, or copied by hand.
"use strict";

(() => {
  const tools = document.querySelector("[data-codes-tools]");
  const copy = tools.querySelector("[data-copy]");
  const print = tools.querySelector("[data-print]");
  const said = document.querySelector("[data-copied]");
  const codes = [...document.querySelectorAll("[data-codes] code")].map((one) => one.textContent).join("\n");

  print.hidden = false;
  print.addEventListener("click", () => window.print());
  if (!navigator.clipboard) return;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(`${codes}\n`);
      said.textContent = said.dataset.done;
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
})();
