"""Questions made by rule, for load: as many as wanted, the same every time.

``python performance/questions.py NUMBER FILE``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

CONTEXT = "Some words of context that make it as long as a real question is. " * 3


def write(path: Path, number: int) -> None:
    """Write ``number`` four-choice questions as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(1, number + 1):
            question = f"{CONTEXT}What is {n} plus {7 * n}?"
            options = [str(n), str(2 * n), str(8 * n), str(-n)]
            record = {"id": f"q{n}", "question": question, "options": options, "answer": "C"}
            file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
