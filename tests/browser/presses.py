"""Counts what a person does besides typing text: clicks, keys that act (Enter, Tab, arrows, …) and choices in lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.async_api import BrowserContext

# Events of the page itself, so a helper that clicks twice cannot say that it clicked once.
_SCRIPT = """
(() => {
  const notTyped = new Set(["button", "submit", "reset", "checkbox", "radio", "file", "image", "color", "range"]);
  const takesText = (box) =>
    box instanceof HTMLTextAreaElement || (box instanceof HTMLInputElement && !notTyped.has(box.type));
  const acts = (event) =>
    !["Shift", "Control", "Alt", "Meta", "CapsLock"].includes(event.key) &&
    (!takesText(event.target) || event.key === "Tab" ||
      (event.key === "Enter" && event.target instanceof HTMLInputElement));
  const name = (element) =>
    `${element.localName ?? ""} ${(element.innerText || element.ariaLabel || element.name || "").trim().slice(0, 40)}`;
  addEventListener("pointerdown", (event) => event.isTrusted && window.countPress(`click ${name(event.target)}`), true);
  addEventListener("keydown", (event) => {
    if (event.isTrusted && acts(event)) window.countPress(`${event.key} at ${name(event.target)}`);
  }, true);
  addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) window.countPress(`choice ${event.target.name}`);
  }, true);
})();
"""


class Presses:
    """One person's clicks and acting keys, in order; getting into a field and typing there is typing."""

    def __init__(self) -> None:
        self.made: list[str] = []

    async def count_in(self, context: BrowserContext) -> None:
        """From now on, in every page of the context."""
        await context.expose_binding("countPress", self._add)
        await context.add_init_script(_SCRIPT)

    def start_over(self) -> None:
        """Forget those made until now, say those of the sign-in."""
        self.made.clear()

    def _add(self, _: Mapping[str, Any], what: str) -> None:
        self.made.append(" ".join(what.split()))

    def __len__(self) -> int:
        return len(self.made)
