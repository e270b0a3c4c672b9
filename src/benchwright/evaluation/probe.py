"""The parity probe: a text has the same log-probabilities in a run's batch as it has alone.

A local engine evaluates many texts together and lets them share their beginnings. A kernel that
rounds otherwise in a batch moves log-probabilities a little; a wrong mask, a position that is one
off or a broken conversion moves them by nats. So before anything of a benchmark is asked, a dozen
fixed texts are scored alone and in the batch, and the largest difference is kept with the run.
Servers do not offer such a trial; they are checked where they are opened
(``models.openai.loglikelihood``).

The differences behind ``BOUNDS`` were observed with these texts, SmolLM2-135M and llama.cpp on two
cores: F32 .012, F16 .023, BF16 .076, Q8_0 .54, Q4_1 .35 nats. (A single token behind 1,500 shared
ones differs by less: .0015, .003, .014, .17, .14.) transformers computes everything in the format,
not the weights alone, and its bfloat16 differs by .2 to .3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import msgspec
from msgspec import Struct

from benchwright.cache import cache_folder, machine, recall, remember
from benchwright.core.canonical import canonical, digest
from benchwright.core.errors import BatchDiffers
from benchwright.core.model import Identity, Model, Probed
from benchwright.core.request import Generation, Request
from benchwright.core.response import ContinuationScore, Response

BOUNDS: Mapping[str, float] = {
    "f32": 0.05,
    "float32": 0.05,
    "f16": 0.1,
    "bf16": 0.25,
    "float16": 0.5,
    "bfloat16": 1.0,
}
"""Format → nats by which a log-probability may differ: three to four times what was observed; what
is broken differs by several nats in some place."""

DEFAULT_BOUND = 1.5
"""The bound of every other format: three to four times what Q8_0 and Q4_1 showed."""

ROUNDING = 1e-3
"""Nats above 0 that a sum of log-probabilities may be by rounding."""

PROBE = 1
"""Raised when the texts or what is compared change: what is remembered is then measured anew."""

_SHARED = "A. cup\nB. red\nWhich is a colour? Answer: B\n\n"
_LETTERS = (" A", " B", " C", " D")

TEXTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((_SHARED, "Which one flies? Answer:"), _LETTERS),
    ((_SHARED, "Which one is made of glass? Answer:"), _LETTERS),
    ((_SHARED, "Is it cold?"), (" A", " B")),
    ((_SHARED,), ("How many of",)),
    (("The capital of France is",), (" Paris", " Rome", " on the Seine")),
    (("The capital of France is Paris, on the river",), (" Seine",)),
    (("1, 2, 3, 4, 5,",), (" 6", "6")),
    (("def add(a, b): return ",), ("a + b",)),
    (("Zürich, Genf am ",), ("Genfersee",)),
    (("日本の首都は",), ("東", "京都")),
    (("Да или нет? 👍",), (" да",)),
    (("A",), (" small", " very large")),
)
"""(prompt in pieces, continuations): one token and a few, beginnings shared within a prompt and
between prompts, white space at the boundary, other scripts; about 150 tokens, evaluated twice."""

GENERATED = (4, 6)
"""Texts whose next token is generated as well: it must be scored with what it was generated with,
which log-probabilities that are one place off are not."""


class Parity(Struct, frozen=True, kw_only=True):
    """How far the batch is from a text alone."""

    difference: float
    """Largest difference of a log-probability, in nats."""
    values: int
    """Log-probabilities compared."""
    bound: float
    """The difference above which the run stops, in nats."""
    format: str
    """The weights' numeric format, as the model's identity names it."""
    seconds: float
    """What the probe took when it was made."""
    remembered: bool = False
    """Whether it was made by an earlier run: same model, settings, versions and machine."""

    def __str__(self) -> str:
        """Return the finding as one sentence."""
        when = ", measured before" if self.remembered else f", measured in {self.seconds:.1f} s"
        return (
            f"alone and in the batch, {self.values} log-probabilities differ by at most "
            f"{self.difference:.2g} nats (bound {self.bound:g}, {self.format}{when})"
        )


class Finding(Struct, frozen=True, kw_only=True):
    """What is known of a model's log-probabilities before it is asked."""

    words: str = ""
    """Which check was made and what it found, one sentence; empty where there is nothing to say."""
    parity: Parity | None = None
    """What the parity probe found, where it was made."""

    @property
    def noise(self) -> float:
        """Nats by which the batch may move a log-probability; 0 where nothing is known of it."""
        return self.parity.difference if self.parity is not None else 0.0


def check(model: Model, *, plain: bool, fresh: bool) -> Finding:
    """Return which check of ``model``'s log-probabilities was made, and what it found.

    A local model is probed, unless every request is evaluated alone (``plain``). A server was
    checked when it was opened.

    Raises:
        BatchDiffers: the probe failed; see ``probe``.
        ModelError: the model failed.
    """
    identity = model.identity
    if identity.kind == "served":
        found = identity.notes.get("loglikelihood", "")
        if not found:
            return Finding()
        return Finding(words=f"the server's log-probabilities, when it was opened: {found}")
    if identity.kind != "local":
        return Finding()
    if plain:
        return Finding(words="every request alone (--plain): there is no batch to be checked")
    parity = probe(model, fresh=fresh)
    if parity is None:
        return Finding(words="nothing: this model offers no trial outside a run")
    return Finding(words=str(parity), parity=parity)


def probe(model: Model, *, fresh: bool) -> Parity | None:
    """Return how far ``model``'s batches are from a text alone; None where it offers no trial.

    What was found is remembered in the user's cache (``probes/``) under the model's key, what is
    recorded beside it (threads, batch, library), the versions and the processor; ``fresh``
    measures again.

    Raises:
        BatchDiffers: the difference is above the format's bound, or a log-probability is missing
            or none at all.
        ModelError: the model failed.
    """
    if not isinstance(model, Probed) or not {"raw", "loglikelihood"} <= model.abilities:
        return None
    place = _place(model.identity)
    kept = None if fresh else recall(place, Parity)
    if kept is not None:
        found = msgspec.structs.replace(kept, remembered=True)
    else:
        began = perf_counter()
        difference, values = compare(model)
        form = format_of(model.identity)
        found = Parity(
            difference=difference,
            values=values,
            bound=BOUNDS.get(form.lower(), DEFAULT_BOUND),
            format=form,
            seconds=perf_counter() - began,
        )
    if found.difference > found.bound:
        raise BatchDiffers(
            f"{model.name}: a text in the batch has other log-probabilities than alone: they "
            f"differ by {found.difference:.3g} nats where {found.bound:g} are allowed "
            f"({found.format}). Nothing was asked. Run with --plain, which evaluates every request "
            "alone, or in another format; if a new version of a library did it, please report it."
        )
    if kept is None:
        remember(place, found)
    return found


def format_of(identity: Identity) -> str:
    """Return the numeric format of a local model's weights, as far as it is known.

    Weights that are asked as they are stored have no format of their own in the identity; where
    the model notes under ``stored`` what that is, it is named.
    """
    form = identity.fields.get("format", "")
    if form == "as stored":
        return identity.notes.get("stored", form)
    return form or "unknown format"


def compare(model: Probed) -> tuple[float, int]:
    """Return the largest difference alone / in the batch, in nats, and how many were compared.

    Raises:
        BatchDiffers: a log-probability is missing or none at all.
        ModelError: the model failed.
    """
    scored = [Request(prompt=prompt, continuations=texts) for prompt, texts in TEXTS]
    one_token = Generation(max_tokens=1, logprobs=1)
    written = [Request(prompt=TEXTS[number][0], generation=one_token) for number in GENERATED]
    together = _answers(model, [*scored, *written], plain=False)
    alone = _answers(model, scored, plain=True)
    differences = [
        abs(one.logprob - other.logprob)
        for request, first, second in zip(scored, alone, together, strict=False)
        for one, other in zip(_scores(request, first), _scores(request, second), strict=True)
    ]
    generated = _generated(written, together[len(scored) :])
    again = _answers(model, [request for request, _ in generated], plain=True)
    for (request, logprob), answer in zip(generated, again, strict=True):
        score = _scores(request, answer)[0]
        if score.tokens == 1 and not answer.boundary_merged:  # else it was read as other tokens
            differences.append(abs(score.logprob - logprob))
    return max(differences), len(differences)


def _answers(model: Probed, requests: Sequence[Request], *, plain: bool) -> list[Response]:
    answers = model.trial(requests, plain=plain) if requests else []
    if len(answers) != len(requests):
        raise BatchDiffers(f"the probe's {len(requests)} requests got {len(answers)} answers")
    return answers


def _scores(request: Request, response: Response) -> tuple[ContinuationScore, ...]:
    scores = response.continuations
    if len(scores) != len(request.continuations):
        raise BatchDiffers(
            f"the probe asked for {len(request.continuations)} log-likelihoods after "
            f"{request.prompt_text[-40:]!r} and got {len(scores)}"
        )
    for score, text in zip(scores, request.continuations, strict=True):
        _check(score.logprob, text)
    return scores


def _check(logprob: float, text: str) -> None:
    if not math.isfinite(logprob) or logprob > ROUNDING:
        raise BatchDiffers(
            f"the probe's text {text!r} got the log-probability {logprob}, which is none"
        )


def _generated(
    requests: Sequence[Request], answers: Sequence[Response]
) -> list[tuple[Request, float]]:
    """Return a request that scores each token that was generated, and its log-probability."""
    found = []
    for request, answer in zip(requests, answers, strict=True):
        if not answer.text:
            continue  # the end of the text, or part of a character
        if len(answer.logprobs) != 1:
            raise BatchDiffers(
                f"the probe generated one token after {request.prompt_text[-40:]!r} and got "
                f"{len(answer.logprobs)} log-probabilities"
            )
        _check(answer.logprobs[0].logprob, answer.text)
        again = Request(prompt=request.prompt, continuations=(answer.text,))
        found.append((again, answer.logprobs[0].logprob))
    return found


def _place(identity: Identity) -> Path:
    notes = {name: text for name, text in identity.notes.items() if name != "path"}
    named = [PROBE, TEXTS, identity.key(), notes, version("benchwright"), machine()]
    return cache_folder() / "probes" / f"{digest(canonical(named), 16)}.json"


def margin(response: Response) -> float | None:
    """Return how much likelier the best continuation is than the second, in nats; None for one."""
    best = second = -math.inf
    for score in response.continuations:
        if score.logprob > best:
            best, second = score.logprob, best
        elif score.logprob > second:
            second = score.logprob
    return best - second if second > -math.inf else None
