"""Log-likelihoods from a completions endpoint, once its log-probabilities have passed a check.

Two ways are known. **One token**: the options are single tokens, and all of them are among the
most probable next tokens that the server returns. **Echo**: the server returns log-probabilities
of the prompt's own tokens, so that context and option can be sent together. Some servers ignore
the echo, some return numbers that are one place off; therefore either way is used only after the
numbers agreed with those that the same server gave when it generated the same tokens.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from benchwright.core.request import Request
from benchwright.core.response import ContinuationScore, Response, TokenLogprob
from benchwright.models.serving.failures import AskFailed, Refused

TOLERANCE = 0.3
"""Nats by which one server may differ from itself: batched quantised kernels reach 0.14."""

PROBES = ("The capital of France is", "The days of the week are Monday, Tuesday,")
"""Prompts of the check."""

TOPS = (200, 100, 20, 5)
"""How many most probable tokens are asked for: the first number that the server grants."""


class Scored(Struct, frozen=True, kw_only=True):
    """A raw completion with log-probabilities."""

    text: str
    """The text returned, the echoed prompt included."""
    tokens: tuple[TokenLogprob, ...]
    """The tokens of the text."""
    prompt_tokens: int | None
    """Tokens of the prompt, as the server counts them."""
    cached: int | None
    """Tokens of the prompt that the server did not evaluate again; None where it does not say."""
    generated: int | None
    """Tokens generated, as the server counts them."""
    served_model: str = ""
    """What the server said that it was."""


Complete = Callable[[str, int, int, bool], Awaitable[Scored]]
"""Completes (prompt, max tokens, top log-probabilities, echo) greedily."""


class Ways(Struct, frozen=True, kw_only=True):
    """What the check found."""

    top: int = 0
    """Most probable tokens that the server returns and that are right; 0: not to be trusted."""
    echo: bool = False
    """Whether log-probabilities of the prompt are right."""
    findings: tuple[str, ...] = ()
    """What was found, one sentence for each way."""


async def check(complete: Complete) -> Ways:
    """Return which ways of having log-likelihoods this server offers truthfully."""
    try:
        top, generated = await _first_granted(complete)
        second = await complete(PROBES[1], 3, top, False)
        for probe, scored in ((PROBES[0], generated), (PROBES[1], second)):
            await _check_generated(complete, top, probe, scored)
    except (AskFailed, Refused) as error:
        return Ways(findings=(f"log-probabilities of generated tokens: {error}",))
    try:
        for probe, scored in ((PROBES[0], generated), (PROBES[1], second)):
            await _check_echo(complete, probe, scored)
    except (AskFailed, Refused) as error:
        return Ways(top=top, findings=(f"the top {top} tokens are right", f"echo: {error}"))
    return Ways(top=top, echo=True, findings=(f"the top {top} tokens are right", "echo is right"))


async def score(complete: Complete, ways: Ways, request: Request) -> Response:
    """Return the log-likelihood of each continuation of ``request``.

    The context's trailing white space moves to the front of the continuation, as the rule of
    lm-evaluation-harness has it.

    Raises:
        AskFailed: ``unsupported`` where no checked way gives all of them.
    """
    if not request.prompt:
        raise AskFailed("unsupported", "this API scores raw prompts only: set the template to none")
    context = request.prompt_text.rstrip()
    moved = request.prompt_text[len(context) :]
    texts = [moved + continuation for continuation in request.continuations]
    if not context:
        raise AskFailed("unsupported", "a continuation of nothing cannot be scored by this API")
    asked: list[Scored] = []
    # A text that begins with white space begins a new token; any other may melt into the context.
    if ways.top and all(text[:1].isspace() for text in texts):
        scored = await complete(context, 1, ways.top, False)
        asked.append(scored)
        if not scored.tokens or not scored.tokens[0].top:
            raise AskFailed("garbled", "the answer came without log-probabilities")
        found = _among_top(scored, texts)
        if found is not None:
            return _response(request, found, False, asked)
    if not ways.echo:
        raise AskFailed(
            "unsupported",
            f"not every option is one of the {ways.top} most probable next tokens, and this "
            "server gives no log-probabilities of a prompt that can be trusted",
        )
    alone = await complete(context, 1, 1, True)
    before = _prompt_tokens(alone)
    together = [await complete(context + text, 1, 1, True) for text in texts]
    merged = False
    scores = []
    for joint in map(_prompt_tokens, together):
        merged |= [t.token for t in joint[: len(before)]] != [t.token for t in before]
        scores.append(_sum(joint[len(before) :]))
    return _response(request, scores, merged, [*asked, alone, *together])


async def _first_granted(complete: Complete) -> tuple[int, Scored]:
    for top in TOPS[:-1]:
        try:
            return top, await complete(PROBES[0], 3, top, False)
        except Refused as refused:
            if refused.refusal.status not in (400, 422):
                raise
    return TOPS[-1], await complete(PROBES[0], 3, TOPS[-1], False)


async def _check_generated(complete: Complete, top: int, probe: str, scored: Scored) -> None:
    if len(scored.tokens) < 2:
        raise _untrue("none came back")
    if "".join(token.token for token in scored.tokens) != scored.text:
        raise _untrue("their tokens are not the text")
    for token in scored.tokens:
        best = token.top[0] if token.top else ("", math.nan)
        mass = sum(math.exp(logprob) for _, logprob in token.top)
        if not (abs(token.logprob - best[1]) < TOLERANCE and mass < 1.01):
            raise _untrue("they are not those of the most probable tokens")
        if len(token.top) < 2 or token.top[1][1] < -50:
            raise _untrue("they are taken after sampling, not before")
    first, second = scored.tokens[:2]
    again = await complete(probe + first.token, 1, top, False)
    told = dict(again.tokens[0].top) if again.tokens else {}
    if not abs(told.get(second.token, math.nan) - second.logprob) < TOLERANCE:
        raise _untrue("the same token has another one when its predecessor stands in the prompt")


async def _check_echo(complete: Complete, probe: str, scored: Scored) -> None:
    said = scored.tokens[:2]
    prompt = probe + "".join(token.token for token in said)
    echoed = await complete(prompt, 1, 1, True)
    tokens = _prompt_tokens(echoed)
    text = "".join(token.token for token in tokens)
    if len(tokens) <= len(said):
        raise _untrue("the server ignores it: no log-probabilities of the prompt came back")
    if not text.endswith(prompt):
        raise _untrue("the echoed tokens are not the prompt")
    for generated, prompted in zip(said, tokens[-len(said) :], strict=True):
        if generated.token != prompted.token:
            raise _untrue("the echoed tokens are not those that were generated")
        if not abs(generated.logprob - prompted.logprob) < TOLERANCE:
            raise _untrue(
                f"{prompted.token!r} has {prompted.logprob:.2f} in the prompt and "
                f"{generated.logprob:.2f} when it is generated: the numbers are shifted or wrong"
            )


def _untrue(finding: str) -> AskFailed:
    return AskFailed("unsupported", finding)


def _among_top(scored: Scored, texts: Sequence[str]) -> list[ContinuationScore] | None:
    top = scored.tokens[0].top
    scores = []
    for text in texts:
        found = [place for place, (token, _) in enumerate(top) if token == text]
        if len(found) != 1:
            return None
        place = found[0]
        scores.append(ContinuationScore(logprob=top[place][1], tokens=1, bytes=0, greedy=not place))
    return scores


def _prompt_tokens(scored: Scored) -> tuple[TokenLogprob, ...]:
    generated = 1 if scored.generated is None else scored.generated
    return scored.tokens[: len(scored.tokens) - generated]


def _sum(tokens: Sequence[TokenLogprob]) -> ContinuationScore:
    total = math.fsum(token.logprob for token in tokens)
    if not tokens or math.isnan(total):
        raise AskFailed("garbled", "log-probabilities are missing from the echoed prompt")
    # The list of rivals may or may not hold the token itself.
    greedy = all(
        not token.top or token.logprob >= max(value for _, value in token.top) - 1e-6
        for token in tokens
    )
    return ContinuationScore(logprob=total, tokens=len(tokens), bytes=0, greedy=greedy)


def _response(
    request: Request, scores: Sequence[ContinuationScore], merged: bool, asked: Sequence[Scored]
) -> Response:
    sized = tuple(
        ContinuationScore(
            logprob=score.logprob,
            tokens=score.tokens,
            bytes=len(continuation.encode()),
            greedy=score.greedy,
        )
        for score, continuation in zip(scores, request.continuations, strict=True)
    )
    return Response(
        continuations=sized,
        boundary_merged=merged,
        finish="scored",
        tokens_in=_total([scored.prompt_tokens for scored in asked]),
        tokens_cached=_total([scored.cached for scored in asked]),
        tokens_out=sum(score.tokens for score in sized),
        served_model=asked[0].served_model,
    )


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
