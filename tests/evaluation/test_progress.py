from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchwright.evaluation.events import Event, Progress, Started
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields


@pytest.mark.parametrize("repeat", [1, 2])
def test_of_another_draw_only_what_was_measured_counts_as_kept(repeat: int, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps({"q": f"{n}?", "a": "A"}) for n in range(30)))
    heard: list[Event] = []

    def ask(seed: int) -> None:
        heard.clear()
        run(
            f"file:{file}", model="scripted:one", fields=FileFields(input="q", target="a"),
            pool=tmp_path / "pool", take="10", seed=seed, repeat=repeat, on_event=heard.append,
        )  # fmt: skip

    def said() -> tuple[int, int, int]:
        started = next(event for event in heard if isinstance(event, Started))
        last = [event for event in heard if isinstance(event, Progress)][-1]
        return started.kept, last.asked, last.done

    ask(0)
    assert said() == (0, 10 * repeat, 10 * repeat)
    ask(1)
    kept, asked, done = said()
    assert 0 < kept < 10 * repeat, "draws of ten of thirty overlap in part"
    assert kept + asked == done == 10 * repeat
    ask(1)
    assert said() == (10 * repeat, 0, 10 * repeat)
