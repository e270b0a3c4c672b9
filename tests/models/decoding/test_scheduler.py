from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.model import Asked
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, Response
from benchwright.models.decoding.cache import CacheSize
from benchwright.models.decoding.crowding import Crowding
from benchwright.models.decoding.encoding import Encoder
from benchwright.models.decoding.engine import TokenBatch
from benchwright.models.decoding.job import Job
from benchwright.models.decoding.sampling import Logits
from benchwright.models.decoding.scheduler import Scheduler

from .exact import ExactEngine, ExactParkingEngine, Letters, logits_after

CONTEXT = 24

texts = st.text("ab ", max_size=8)
prompts = st.lists(st.sampled_from(["aa ", "ab", "b a", "", "a"]), max_size=3).map("".join)
scored = st.builds(
    lambda prompt, continuations: Request(prompt=(prompt,), continuations=tuple(continuations)),
    prompts,
    st.lists(st.text("abc ", min_size=1, max_size=4), min_size=1, max_size=4),
)
written = st.builds(
    lambda prompt, limit, temperature, stop, repeat: Request(
        prompt=(prompt,),
        generation=Generation(
            max_tokens=limit, temperature=temperature, stop=(stop,) if stop else (), logprobs=1
        ),
        repeat=(repeat, 0),
    ),
    prompts,
    st.integers(1, 9),
    st.sampled_from([0.0, 0.7]),
    st.sampled_from(["", "ab", "c"]),
    st.integers(0, 2),
)


def encoder(*, bos: bool = False) -> Encoder:
    return Encoder(Letters(bos=bos), None, CONTEXT)


class Watched(ExactEngine):
    """An exact engine that remembers how full it was."""

    most = 0

    def decode(self, batch: TokenBatch) -> None:
        super().decode(batch)
        self.most = max(self.most, len(self.cells))


def work_off(
    engine: ExactEngine,
    requests: list[Request],
    *,
    portion: int = 1000,
    plain: bool = False,
    bos: bool = False,
    keep: int = 32,
    park: int = 10_000,
    crowding: Crowding | None = None,
) -> list[Response | Failure]:
    """Feed the requests in portions, one portion a step, and return the answers in order."""
    scheduler = Scheduler(
        engine,
        CacheSize(
            cells=engine.n_cells,
            sequences=engine.sequences,
            keep=keep,
            keep_once=keep // 2,
            park_bytes=park,
            park_worth=2,
        ),
        batch=engine.batch,
        writers=3,
        crowding=crowding,
        plain=plain,
    )
    jobs = [encoder(bos=bos).job(Asked(number, one)) for number, one in enumerate(requests)]
    answers: dict[int, Response | Failure] = {}
    steps = 0
    while len(answers) < len(requests):
        for job in jobs[:portion]:
            scheduler.add(job)
        del jobs[:portion]
        for asked, result in scheduler.step():
            assert asked.ticket not in answers
            answers[asked.ticket] = result
        steps += 1
        assert steps < 2000, "the scheduler makes no progress"
    assert scheduler.held == 0
    assert scheduler.step() == []
    return [answers[number] for number in range(len(requests))]


def expected(request: Request, *, bos: bool, n_vocab: int) -> list[tuple[float, int, bool]]:
    """The log-likelihood of every continuation, by definition: one token after another."""
    words = Letters(bos=bos)
    text = request.prompt_text
    context = text.rstrip()
    begin = [1] if bos else []
    before = begin + words.encode(context, special=False) or [1]
    results = []
    for continuation in request.continuations:
        tail = text[len(context) :] + continuation
        whole = begin + words.encode(context + tail, special=False)
        if not context:
            whole = [1, *words.encode(tail, special=False)]
        total, greedy = 0.0, True
        for place in range(len(before), len(whole)):
            row = logits_after(whole[:place], n_vocab).astype(np.float64)
            total += row[whole[place]] - np.log(np.exp(row).sum())
            greedy = greedy and int(row.argmax()) == whole[place]
        results.append((total, len(whole) - len(before), greedy))
    return results


def written_alone(request: Request, *, bos: bool, n_vocab: int) -> Job:
    """The job of a generation request, written with one evaluation per token and no scheduler."""
    job = encoder(bos=bos).job(Asked(0, request))
    track = job.tracks[0]
    writing = track.writing
    assert writing is not None
    while writing.finish is None:
        tokens = [*track.tokens.tolist(), *writing.tokens]
        writing.accept(Logits(logits_after(tokens, n_vocab)))
    return job


def check(requests: list[Request], answers: list[Response | Failure], *, bos: bool) -> None:
    for request, answer in zip(requests, answers, strict=True):
        assert isinstance(answer, Response), answer
        if request.generation is None:
            wanted = expected(request, bos=bos, n_vocab=40)
            got = [(one.logprob, one.tokens, one.greedy) for one in answer.continuations]
            assert [(n, g) for _, n, g in got] == [(n, g) for _, n, g in wanted]
            np.testing.assert_allclose([t for t, _, _ in got], [t for t, _, _ in wanted], 1e-4)
        else:
            alone = written_alone(request, bos=bos, n_vocab=40).response()
            assert (answer.text, answer.finish) == (alone.text, alone.finish)
            assert answer.logprobs == alone.logprobs
            assert answer.tokens_out == alone.tokens_out
            assert answer.first_token_seconds is not None
        assert answer.tokens_in is not None
        assert answer.tokens_cached is not None
        assert 0 <= answer.tokens_cached <= answer.tokens_in


def answerable(request: Request) -> bool:
    """Whether every continuation has a token of its own."""
    return request.generation is not None or all(
        tokens > 0 for _, tokens, _ in expected(request, bos=False, n_vocab=40)
    )


requests_strategy = st.lists((scored | written).filter(answerable), min_size=1, max_size=14)


@settings(max_examples=150, deadline=None)
@given(
    requests_strategy,
    st.integers(1, 15),
    st.booleans(),
    st.sampled_from([(24, 2, 4), (32, 3, 5), (64, 8, 16), (200, 20, 7), (400, 40, 64)]),
    st.sampled_from([0, 32]),
)
def test_every_request_gets_its_own_right_answer_exactly_once(
    requests: list[Request],
    portion: int,
    bos: bool,
    size: tuple[int, int, int],
    keep: int,
) -> None:
    cells, sequences, batch = size
    engine = ExactEngine(cells=cells, sequences=sequences, batch=batch)
    answers = work_off(engine, requests, portion=portion, bos=bos, keep=keep)
    check(requests, answers, bos=bos)


@settings(max_examples=80, deadline=None)
@given(requests_strategy, st.integers(1, 15), st.integers(2, 6))
def test_sequences_that_lost_their_beginning_are_never_shared(
    requests: list[Request], portion: int, window: int
) -> None:
    engine = ExactEngine(cells=80, sequences=8, batch=8, window=window)
    check(requests, work_off(engine, requests, portion=portion), bos=False)


@settings(max_examples=300, deadline=None)
@given(
    requests_strategy,
    st.integers(1, 4),
    st.sampled_from([(32, 3, 5), (64, 8, 16), (200, 20, 7)]),
    st.sampled_from([0, 12]),
    st.sampled_from([20, 200, 10_000]),
    st.sampled_from([0, 1, 2, 3]),
)
def test_prefixes_that_were_put_aside_come_back_as_they_were(
    requests: list[Request],
    portion: int,
    size: tuple[int, int, int],
    keep: int,
    park: int,
    refuse_every: int,
) -> None:
    cells, sequences, batch = size
    engine = ExactParkingEngine(cells=cells, sequences=sequences, batch=batch)
    engine.refuse_every = refuse_every
    twice = [*requests, *requests]
    answers = work_off(engine, twice, portion=portion, keep=keep, park=park)
    check(twice, answers, bos=False)


def test_a_prefix_that_comes_back_is_not_evaluated_again() -> None:
    engine = ExactParkingEngine(cells=400, sequences=40, batch=64)
    requests = [
        Request(prompt=(shots * 8, letter), continuations=("a",))
        for letter in "gfed"
        for shots in ("cb", "cd")
    ]
    answers = work_off(engine, requests, portion=4, keep=0)
    check(requests, answers, bos=False)
    assert engine.evaluated == 16 + 15 + 8  # the first letter is common to both prefixes
    assert (engine.saved, engine.restored) == (2, 2)
    cached = [answer.tokens_cached for answer in answers if isinstance(answer, Response)]
    assert cached[4:] == [16] * 4


@settings(max_examples=40, deadline=None)
@given(requests_strategy)
def test_plain_evaluates_every_path_alone_and_answers_the_same(requests: list[Request]) -> None:
    engine = ExactEngine(cells=32, sequences=2, batch=6)
    answers = work_off(engine, requests, plain=True)
    check(requests, answers, bos=False)
    assert all(isinstance(a, Response) and a.tokens_cached == 0 for a in answers)


@settings(max_examples=60, deadline=None)
@given(requests_strategy, st.integers(1, 6))
def test_a_failing_engine_leaves_no_request_without_an_answer(
    requests: list[Request], fail_at: int
) -> None:
    engine = ExactEngine(cells=64, sequences=8, batch=8)
    engine.fail_at = fail_at
    answers = work_off(engine, requests, portion=4)
    good = [
        (request, answer)
        for request, answer in zip(requests, answers, strict=True)
        if isinstance(answer, Response)
    ]
    check([request for request, _ in good], [answer for _, answer in good], bos=False)
    kinds = {answer.kind for answer in answers if isinstance(answer, Failure)}
    assert kinds <= {"defect"}


def test_a_shared_prefix_is_evaluated_once() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    shots = "cb" * 8
    requests = [
        Request(prompt=(shots, "cdefgh"[number]), continuations=("a", "c", "d"))
        for number in range(6)
    ]
    answers = work_off(engine, requests)
    check(requests, answers, bos=False)
    assert engine.evaluated == 16 + 6
    cached = [answer.tokens_cached for answer in answers if isinstance(answer, Response)]
    assert sorted(cached) == [0, 16, 16, 16, 16, 16]


def test_options_of_one_token_are_read_from_one_place() -> None:
    engine = ExactEngine()
    work_off(engine, [Request(prompt=("bcd",), continuations=("a", "c", "d", "e"))])
    assert engine.evaluated == 3


def test_longer_options_share_all_but_their_last_tokens() -> None:
    engine = ExactEngine()
    work_off(engine, [Request(prompt=("bcd",), continuations=("xyz", "xyw", "e"))])
    assert engine.evaluated == 3 + 2


def test_a_prefix_is_still_there_for_a_later_request() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    requests = [
        Request(prompt=("cb" * 8, letter), continuations=("a",)) for letter in ("c", "d", "e")
    ]
    answers = work_off(engine, requests, portion=1)
    assert engine.evaluated == 16 + 3
    assert [a.tokens_cached for a in answers if isinstance(a, Response)] == [0, 16, 16]


def test_the_same_prompt_asked_again_evaluates_one_token() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    request = Request(prompt=("cb" * 8,), continuations=("c",))
    work_off(engine, [request, request], portion=1)
    assert engine.evaluated == 16 + 1


def test_the_same_question_in_hand_twice_is_evaluated_once_and_answered_twice() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    scored_twice = Request(prompt=("cde",), continuations=("f",))
    greedy = Generation(max_tokens=4)
    requests = [
        scored_twice,
        Request(prompt=("cde",), generation=greedy),
        scored_twice,
        Request(prompt=("cde",), generation=greedy, repeat=(1, 0)),
    ]
    answers = work_off(engine, requests)
    check(requests, answers, bos=False)
    written = next(a.tokens_out for a in answers if isinstance(a, Response) and a.text)
    assert engine.evaluated == 3 + (written or 0) - 1
    cached = [answer.tokens_cached for answer in answers if isinstance(answer, Response)]
    assert sorted(cached) == [0, 3, 3, 3]


def test_repeats_of_one_prompt_draw_differently_from_one_evaluation() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    requests = [
        Request(
            prompt=("cde",),
            generation=Generation(max_tokens=6, temperature=1.0),
            repeat=(number, 0),
        )
        for number in range(5)
    ]
    answers = work_off(engine, requests)
    check(requests, answers, bos=False)
    assert len({answer.text for answer in answers if isinstance(answer, Response)}) > 1


def test_a_finished_answer_makes_room_at_once() -> None:
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    requests = [
        Request(prompt=(letter,), generation=Generation(max_tokens=limit))
        for letter, limit in zip("cdefgh", (2, 9, 2, 9, 2, 2), strict=True)
    ]
    answers = work_off(engine, requests)
    check(requests, answers, bos=False)
    longest = max(a.tokens_out or 0 for a in answers if isinstance(a, Response))
    # Three write at once: without continuous batching the second three would begin after the
    # longest of the first.
    assert engine._calls <= longest + 6


def test_long_prompts_of_their_own_are_answered_one_after_the_other() -> None:
    long = [letter * 16 for letter in "cdefgh"]
    requests = [Request(prompt=(text,), generation=Generation(max_tokens=4)) for text in long]
    held = []
    for crowding in (None, Crowding(step=1.0, cell=1.0)):
        engine = Watched(cells=400, sequences=40, batch=64)
        check(requests, work_off(engine, requests, crowding=crowding, keep=0), bos=False)
        held.append(engine.most)
    assert held[0] > 40
    assert held[1] <= 20


def test_prompts_that_share_all_but_a_little_are_answered_together() -> None:
    requests = [
        Request(prompt=("c" * 18 + letter,), generation=Generation(max_tokens=4))
        for letter in "defghk"
    ]
    calls = []
    for crowding in (None, Crowding(step=100.0, cell=1.0)):
        engine = ExactEngine(cells=400, sequences=40, batch=64)
        check(requests, work_off(engine, requests, crowding=crowding), bos=False)
        calls.append(engine._calls)
    assert calls[0] == calls[1]


def test_a_row_that_is_no_number_is_a_failure_not_a_score(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ExactEngine()
    monkeypatch.setattr(engine, "row", lambda index: np.full(40, np.nan, np.float32))
    (answer,) = work_off(engine, [Request(prompt=("b",), continuations=("c",))])
    assert isinstance(answer, Failure)
    assert answer.kind == "defect"
    assert "not numbers" in answer.message


def test_the_time_of_a_batch_is_shared_among_its_requests() -> None:
    ticks = iter(range(0, 1000, 5))
    engine = ExactEngine(cells=400, sequences=40, batch=64)
    scheduler = Scheduler(
        engine,
        CacheSize(cells=400, sequences=40, keep=0, keep_once=0),
        batch=64,
        writers=3,
        clock=lambda: float(next(ticks)),
    )
    for number, text in enumerate(("bcd", "cdefghijk")):
        request = Request(prompt=(text,), continuations=("x",))
        scheduler.add(encoder().job(Asked(number, request)))
    seconds = [answer.seconds for _, answer in scheduler.step() if isinstance(answer, Response)]
    assert sum(second or 0.0 for second in seconds) == pytest.approx(5.0)
    assert sorted(second or 0.0 for second in seconds) == pytest.approx([1.25, 3.75])
