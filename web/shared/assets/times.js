// Shows every time in the reader's zone, with its offset, and counts deadlines down. Nothing depends on it.
"use strict";

(() => {
  const language = document.documentElement.lang || "en";
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const zone = new Intl.DateTimeFormat(language, { hour: "numeric", timeZoneName: "shortOffset" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });

  const offset = (at) => zone.formatToParts(at).find((part) => part.type === "timeZoneName").value;

  function distance(milliseconds) {
    const seconds = Math.round(milliseconds / 1000);
    if (Math.abs(seconds) < 90) return relative.format(seconds, "second");
    const minutes = Math.round(seconds / 60);
    if (Math.abs(minutes) < 90) return relative.format(minutes, "minute");
    const hours = Math.round(minutes / 60);
    return Math.abs(hours) < 48 ? relative.format(hours, "hour") : relative.format(Math.round(hours / 24), "day");
  }

  function show() {
    for (const one of document.querySelectorAll("time[data-time]")) {
      const at = new Date(one.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      let text = `${date.format(at)} ${offset(at)}`;
      if ("countdown" in one.dataset) text += ` (${distance(at - Date.now())})`;
      if (one.textContent !== text) one.textContent = text;
    }
  }

  show();
  setInterval(show, 1000);
  document.addEventListener("htmx:afterSettle", show);
})();
