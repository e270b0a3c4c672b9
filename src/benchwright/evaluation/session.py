"""What a run holds open: the pool, models by role, their desks, and how it is interrupted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from msgspec import Struct, field

from benchwright import catalog
from benchwright.core.benchmark import Data
from benchwright.core.content import Media
from benchwright.core.errors import DescriptionError
from benchwright.core.model import Model
from benchwright.core.request import Role
from benchwright.core.response import Response
from benchwright.evaluation.bench import Bench
from benchwright.evaluation.desk import Desk, RetryPolicy
from benchwright.evaluation.engine import Engine
from benchwright.evaluation.inbox import Mail
from benchwright.evaluation.price import Price, Spent, read_budget, read_price
from benchwright.evaluation.settings import RunSettings
from benchwright.pool import Pool
from benchwright.sandbox import open_sandbox


class Cast(Struct, frozen=True, kw_only=True):
    """The models of a run, opened: one subject, and who helps."""

    subject: Model
    judge: Model | None = None
    helper: Model | None = None
    prices: dict[str, Price | None] = field(default_factory=dict)
    """Display name → price."""

    def roles(self) -> dict[Role, Model]:
        """Return role → model of the roles that are bound."""
        bound: dict[Role, Model | None] = {
            "subject": self.subject,
            "judge": self.judge,
            "helper": self.helper,
        }
        return {role: model for role, model in bound.items() if model is not None}


def open_models(settings: RunSettings, *, loglikelihood: bool) -> list[Cast]:
    """Open every model that settings name; one cast a subject.

    Raises:
        DescriptionError: with every problem found; models opened by then are closed again.
    """
    problems: list[str] = []
    opened: dict[str, Model] = {}
    for name in dict.fromkeys([*settings.models, settings.judge, settings.helper]):
        if not name:
            continue
        subject = name in settings.models
        try:
            opened[name] = catalog.model(
                name,
                settings.model_settings(subject=subject, loglikelihood=subject and loglikelihood),
            )
        except DescriptionError as error:
            problems.extend(error.problems)
    if not settings.models:
        problems.append("No model was named: --model SCHEME:NAME.")
    prices: dict[str, Price | None] = {}
    budget = None
    try:
        budget = read_budget(settings.budget)
        prices = {model.name: read_price(settings.price, model.name) for model in opened.values()}
    except DescriptionError as error:
        problems.extend(error.problems)
    if budget is not None and budget.usd is not None:
        problems += [
            f"A budget in money needs the price of {name}: --price IN,OUT or a price file."
            for name, price in prices.items()
            if price is None
        ]
    if problems:
        for model in opened.values():
            model.close()
        raise DescriptionError(*problems)
    return [
        Cast(
            subject=opened[name],
            judge=opened.get(settings.judge),
            helper=opened.get(settings.helper),
            prices=prices,
        )
        for name in settings.models
    ]


def open_desks(
    cast: Cast,
    *,
    pool: Pool,
    settings: RunSettings,
    run: str,
    mailbox: SimpleQueue[Mail | None],
    data: list[Data],
    noise: Mapping[str, float] | None = None,
) -> dict[Role, Desk]:
    """Return role → desk; a model that plays two roles has one desk.

    ``noise`` is, by model key, the nats by which a batch may move a log-probability.
    """
    desks: dict[str, Desk] = {}
    for model in cast.roles().values():
        key = model.identity.key()
        if key not in desks:
            desks[key] = Desk(
                number=len(desks),
                model=model,
                journal=pool.journal(model.name, key),
                mailbox=mailbox,
                read_media=media_reader(pool, data),
                run=run,
                price=cast.prices.get(model.name),
                retry=RetryPolicy(attempts=settings.attempts),
                fresh=settings.fresh,
                retry_failed=settings.retry_failed,
                noise=(noise or {}).get(key, 0.0),
            )
    return {role: desks[model.identity.key()] for role, model in cast.roles().items()}


def open_bench(
    *, pool: Pool, settings: RunSettings, run: str, mailbox: SimpleQueue[Mail | None]
) -> Bench:
    """Return the bench of a run; its sandbox and what it keeps are opened when first needed."""
    return Bench(
        opened=lambda: open_sandbox(settings.sandbox),
        kept=pool.executions,
        mailbox=mailbox,
        run=run,
        fresh=settings.fresh,
    )


def media_reader(pool: Pool, data: list[Data]) -> Callable[[Media], bytes]:
    """Return a reader of media: the benchmark's own file, kept in the pool when first sent."""
    kept: set[str] = set()
    turn = threading.Lock()  # the model's thread reads what it sends, the engine's what it keeps

    def read(media: Media) -> bytes:
        for source in data:
            found = source.read_media(media)
            if found is not None:
                with turn:
                    if media.digest not in kept:
                        pool.put_media(found, media.mime)
                        kept.add(media.digest)
                return found
        return pool.media(media)

    return read


def spent_before(pool: Pool, plan: str, prices: Mapping[str, Price | None]) -> Spent:
    """Return what earlier runs of the same plan used, killed ones too: asked of the journals."""
    runs = [run for run in pool.runs() if run.settings.get("plan") == plan]
    if not runs:
        return Spent()
    named = ", ".join(f"'{run.id}'" for run in runs)
    used = pool.query(
        "select model, sum(requests + failures), sum(tokens_in), sum(tokens_out)"  # noqa: S608 - ids of our own
        f" from spend where run in ({named}) group by model"
    ).rows
    tried = pool.query(f"select count(*) from attempts where run in ({named})").rows[0][0]  # noqa: S608 - ids of our own
    spent = Spent(
        requests=tried + sum(line[1] for line in used),
        tokens=sum(line[2] + line[3] for line in used),
        minutes=sum(run.seconds.get("total", 0.0) for run in runs) / 60,
    )
    for model, _, tokens_in, tokens_out in used:
        price = prices.get(model)
        if price is not None:
            spent.usd += price.of(Response(tokens_in=tokens_in, tokens_out=tokens_out)) or 0.0
    return spent


@contextmanager
def interruptible(engine: Engine) -> Iterator[None]:
    """Let the first Ctrl-C stop the asking, the second leave at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        engine.interrupt()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
