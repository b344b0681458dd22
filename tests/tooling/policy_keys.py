"""Writes the table of keys in docs/policy.md from their declarations: `python -m tests.tooling.policy_keys`."""

from __future__ import annotations

from pathlib import Path

from domain.policy.document import KEYS, Policy
from domain.policy.keys import leaves
from service.policy_file import allowed, written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy.md"
_BEGIN, _END = "<!-- keys, written by python -m tests.tooling.policy_keys -->\n", "<!-- end of keys -->\n"


def table() -> str:
    """The table as it should be."""
    rows = ["| key | default | allowed | weaker is | what it is for |\n", "| --- | --- | --- | --- | --- |\n"]
    for name, default in leaves(Policy()).items():
        key = KEYS[name]
        shown = f"`{written(default)}`" if default is not None else "none"
        rows.append(f"| `{name}` | {shown} | {allowed(name)} | {key.weaker.value} | {key.rule}: {key.meaning} |\n")
    return "".join(rows)


def page(text: str) -> str:
    """The page with its table written anew."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
