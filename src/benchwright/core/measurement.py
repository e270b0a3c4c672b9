"""What came of a question: outcome, score, and the row of the pool."""

from __future__ import annotations

from msgspec import Struct, field

from benchwright.core.canonical import digest
from benchwright.core.outcome import Outcome as Outcome


class Score(Struct, frozen=True, gc=False, kw_only=True):
    """One scorer's judgement of one response.

    ``value`` is None when no verdict was read; the engine then decides the outcome from the
    response (truncated, empty, refused, unparsed) unless the scorer states it.
    """

    value: float | None = None
    """The score, or None."""
    answer: str | None = None
    """The answer as it was read."""
    explanation: str = ""
    """How it was read: the step of the extraction chain, the judge's words."""
    outcome: Outcome | None = None
    """What the scorer knows of the outcome (a stated refusal rule, an unreadable judge)."""
    strict_answer: str | None = None
    """What a second, stricter extractor read from the same response."""
    extractors_agree: bool | None = None
    """Whether both extractors read the same; None where there is only one."""
    fallback: bool = False
    """Whether only a fallback step of extraction read the answer (void if the text was cut off)."""


class Measurement(Struct, frozen=True, gc=False, kw_only=True):
    """A row of the pool: one scorer's verdict on one answer of one model.

    The first seven fields are its identity; docs/analysis.md says when two are comparable.
    """

    model_key: str
    """Digest of what the model is."""
    benchmark: str
    """``name@version``."""
    sample: str
    """Id of the root sample."""
    variant: str
    """Name of the variant; empty for the sample as it is."""
    repeat: int
    """Which outer repeat."""
    conditions: str
    """Digest of how it was asked."""
    scorer: str
    """Scorer's ``name@version``, and of a judging scorer its judge."""

    model: str
    """Display name of the model."""
    asked: str
    """The conditions in a few words: way of asking and shots."""
    tags: dict[str, str] = field(default_factory=dict)
    """What tables are sliced by."""
    outcome: Outcome
    """What came of it."""
    value: float | None = None
    """The score; None unless ``outcome`` is ``scored``."""
    answer: str | None = None
    """The answer as it was read."""
    target: str = ""
    """The right answer, for reading along."""
    explanation: str = ""
    """How the answer was read, or why there is none."""
    strict_answer: str | None = None
    """What the stricter extractor read."""
    extractors_agree: bool | None = None
    """Whether both extractors read the same; None where there is only one."""
    chance: float | None = None
    """Expected value of a blind guess, where there is one."""
    finish: str = ""
    """Why the answer ended."""
    failure: str = ""
    """Kind of failure, where there was no answer."""
    deviations: list[str] = field(default_factory=list)
    """Settings that the model refused or changed."""
    boundary_merged: bool = False
    """Whether context and continuation did not split where they were cut."""
    request_keys: list[str] = field(default_factory=list)
    """Cache keys (hexadecimal) of the subject's requests, in order asked."""
    tokens_in: int | None = None
    """Tokens of the subject's prompts."""
    tokens_cached: int | None = None
    """Prompt tokens not evaluated again."""
    tokens_out: int | None = None
    """Tokens the subject generated."""
    tokens_reasoning: int | None = None
    """Of these, spent thinking."""
    seconds: float | None = None
    """Seconds of the subject's answers."""
    first_token_seconds: float | None = None
    """Seconds to the first token of the last answer."""
    cost: float | None = None
    """What the subject's answers cost, in the price list's currency; None: unknown."""
    cost_judge: float | None = None
    """What the judges' answers cost."""
    cost_helper: float | None = None
    """What the helpers' answers cost."""
    run: str = ""
    """Id of the run that made the row."""

    def identity(self) -> str:
        """Return the 32 hexadecimal characters that name this measurement."""
        return identity(
            self.model_key,
            self.benchmark,
            self.sample,
            self.variant,
            self.repeat,
            self.conditions,
            self.scorer,
        )


def identity(
    model_key: str,
    benchmark: str,
    sample: str,
    variant: str,
    repeat: int,
    conditions: str,
    scorer: str,
) -> str:
    """Return the 32 hexadecimal characters that name a measurement."""
    parts = (model_key, benchmark, sample, variant, str(repeat), conditions, scorer)
    return digest("\0".join(parts).encode(), 16)
