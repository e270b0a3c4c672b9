"""What a bad server does, and what becomes of it: no case is ever a score."""

from __future__ import annotations

import json

import pytest

from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool
from benchwright.testing.servers import FAULTS, OpenAIProvider, StandIn, as_named

OUTCOMES = {
    # fault: (outcome, kind of failure)
    "429": ("failed", "rate_limit"),
    "429-after": ("failed", "rate_limit"),
    "429-date": ("failed", "rate_limit"),
    "500": ("failed", "server_error"),
    "503": ("failed", "server_error"),
    "hang": ("failed", "timeout"),
    "hang-halfway": ("failed", "timeout"),
    "halfway": ("failed", "connection"),
    "unfinished": ("failed", "connection"),
    "garbage": ("failed", "garbled"),
    "wrong-shape": ("failed", "garbled"),
    "oversized": ("failed", "garbled"),
    "other-model": ("failed", "wrong_model"),
    "content-filter": ("refused", ""),
    "empty": ("empty", ""),
    "only-thinking": ("truncated", ""),
    "unclosed-thinking": ("truncated", ""),
    "length": ("truncated", ""),
    "context-length": ("failed", "input_too_long"),
    "400": ("failed", "invalid_request"),
    "401": ("failed", "authentication"),
    "403": ("failed", "authentication"),
    "404": ("failed", "not_found"),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, ...]]:
    """Every fault asked once, and one good answer between them, through the whole street."""
    folder = tmp_path_factory.mktemp("bad")
    questions = folder / "bad.jsonl"
    named = [*FAULTS, "none"]
    questions.write_text(
        "\n".join(
            json.dumps({"id": name, "q": f"fault:{name}", "a": "A", "o": ["yes", "no"]})
            for name in named
        )
    )
    provider = OpenAIProvider(answer="The answer is (A).")
    with StandIn(provider, as_named(provider)) as server:
        run(
            f"file:{questions}",
            model=f"openai:stand-in@{server.url}",
            ask="generate",
            fields=FileFields(input="q", target="a", choices="o", id="id"),
            pool=folder / "pool",
            attempts=2,
            model_options={"idle": "2"},
        )
    pool = Pool.open(folder / "pool", create=False)
    found = pool.query("select sample, outcome, failure, value from measurements")
    pool.close()
    return {str(row[0]): row[1:] for row in found.rows}


def test_every_fault_of_the_server_is_in_the_table() -> None:
    assert set(OUTCOMES) == set(FAULTS)


@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_fault_is_an_outcome_of_its_own_and_never_a_score(
    rows: dict[str, tuple[object, ...]], fault: str
) -> None:
    assert rows[fault] == (*OUTCOMES[fault], None)


def test_a_good_answer_among_them_is_scored(rows: dict[str, tuple[object, ...]]) -> None:
    assert rows["none"] == ("scored", "", 1.0)
