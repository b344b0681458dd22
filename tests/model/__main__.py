"""Prints what the proof found as JSON, and fails on a violation or on a broken rule that nobody noticed.

`--quick` explores less deep.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.model.proof import explore_all


def main() -> int:
    """Print the result; 1 where anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="explore less deep")
    result = explore_all(quick=parser.parse_args().quick)
    sys.stdout.write(json.dumps(result.summary(), indent=2, ensure_ascii=False) + "\n")
    return 0 if result.held else 1


if __name__ == "__main__":
    sys.exit(main())
