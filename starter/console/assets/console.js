// How the console uses htmx: nothing evaluated, nothing styled from scripts, and no request counts as use of the session.
"use strict";

htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.selfRequestsOnly = true;
// A text field that the reader has resized has a style of its own, which must not be written into the new one.
htmx.config.attributesToSettle = ["class"];

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-Recovery-Background"] = "1";
});

// What the reader is typing or choosing is not taken away under their hands: the page says that there is news instead.
const busy = (target) =>
  [...target.querySelectorAll("form")].some(
    (form) =>
      form.contains(document.activeElement) ||
      [...form.elements].some((one) => "value" in one && one.type !== "hidden" && one.value !== one.defaultValue && one.type !== "submit" && one.type !== "radio" && one.type !== "checkbox") ||
      [...form.querySelectorAll("input[type=radio],input[type=checkbox]")].some((one) => one.checked !== one.defaultChecked),
  );

document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  if (event.detail.xhr.status !== 200 || !busy(target)) return;
  event.detail.shouldSwap = false;
  const news = document.querySelector("[data-news]");
  if (news) news.hidden = false;
});

document.addEventListener("htmx:sseError", () => document.body.setAttribute("data-offline", ""));
document.addEventListener("htmx:sseOpen", () => document.body.removeAttribute("data-offline"));
