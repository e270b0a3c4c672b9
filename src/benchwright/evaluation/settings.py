"""What a user may say of a run: one flat value, the same from the command line, TOML and Python."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct, field

from benchwright.core.canonical import canonical, digest
from benchwright.core.model import ModelSettings


class FileFields(Struct, frozen=True, kw_only=True):
    """Which fields of a user's own file hold what; dots descend into objects."""

    input: str = ""
    """The question."""
    target: str = ""
    """The right answer."""
    choices: str = ""
    """The options; empty asks for an open answer."""
    id: str = ""
    """A unique id; empty numbers the rows."""
    tags: tuple[str, ...] = ()
    """What tables are to be sliced by."""


class RunSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The resolved settings of a run."""

    benchmarks: tuple[str, ...]
    """Benchmark names, or ``file:PATH``."""
    models: tuple[str, ...]
    """Subjects, as ``scheme:rest``."""
    judge: str = ""
    """The model that judges, as ``scheme:rest``."""
    helper: str = ""
    """The model that makes material, as ``scheme:rest``."""
    pool: Path = Path("pool")
    """The pool's folder."""
    ask: str = ""
    """Ways of asking, joined by commas; ``both`` is letters and generate; empty: the default."""
    shots: int | None = None
    """Number of worked examples."""
    system: str = ""
    """System prompt."""
    template: str = "auto"
    """Chat template: ``auto``, ``model``, ``none`` or a file."""
    temperature: float | None = None
    """Sampling temperature."""
    max_tokens: int | None = None
    """Most new tokens."""
    repeat: int = 1
    """How often every sample is asked."""
    seed: int = 0
    """Seed of every random draw."""
    concurrency: int | None = None
    """Most requests out at once."""
    take: str = ""
    """``N`` samples, ``N/<tag>`` of each value of the tag, or empty for all."""
    subset: str = ""
    """A subset file, as ``benchwright select`` writes them: exactly its samples are asked."""
    drawn: str = ""
    """Digest of the subset file's samples; found when the file is read, not said by the user."""
    until: str = ""
    """Ask until the half-width is ``2pt`` (or ``0.02``), or until the ``rank`` is settled."""
    perturb: tuple[str, ...] = ()
    """Perturbations, composed in order."""
    data: str = ""
    """Folder of benchmark data."""
    price: str = ""
    """``IN,OUT`` in dollars per million tokens, or a price file."""
    budget: tuple[str, ...] = ()
    """Bounds such as ``2usd`` or ``30min``."""
    scorer: tuple[str, ...] = ()
    """Scorers beside the official one."""
    attempts: int = 6
    """Most attempts at a request that fails for a reason that may pass."""
    retry_failed: bool = False
    """Ask again what failed for good."""
    fresh: bool = False
    """Read nothing kept; still write."""
    sandbox: str = "auto"
    """What runs code that models wrote: ``auto``, ``bubblewrap``, ``docker``, ``podman``, or
    ``none``: nothing is between it and this machine."""
    strict: bool = False
    """Stop at the first defect."""
    fsync: bool = False
    """Survive lost power, not only a killed process."""
    plain: bool = False
    """Local models: evaluate every request alone, sharing nothing."""
    format: str = ""
    """Local models: numeric format of the weights."""
    identity: str = ""
    """Served models: the user's word for which model answers."""
    name: str = ""
    """Display name of the model, where one is run."""
    model_options: dict[str, str] = field(default_factory=dict)
    """Further options of the model's scheme."""
    fields: FileFields = FileFields()
    """Which fields of a ``file:`` hold what."""

    def plan_digest(self) -> str:
        """Return 16 hexadecimal characters naming the settings without budget and transport."""
        plan = msgspec.structs.replace(
            self, budget=(), concurrency=None, attempts=6, retry_failed=False, pool=Path(),
            strict=False, fsync=False, plain=False, subset="", sandbox="auto",
        )  # fmt: skip
        return digest(canonical(msgspec.to_builtins(plan, enc_hook=str)), 8)

    def model_settings(self, *, subject: bool, loglikelihood: bool) -> ModelSettings:
        """Return what concerns one model; the weights' format is that of the ``subject`` alone."""
        options = dict(self.model_options)
        return ModelSettings(
            name=self.name,
            template=self.template,
            identity=self.identity,
            concurrency=self.concurrency,
            format=self.format if subject else "",
            plain=self.plain,
            wants_loglikelihood=loglikelihood,
            options=options,
        )


def ways(ask: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ways of asking that ``ask`` names, of those ``offered``; empty takes the first."""
    if not ask:
        return offered[:1]
    named = "letters,generate" if ask == "both" else ask
    return tuple(dict.fromkeys(part.strip() for part in named.split(",") if part.strip()))
