"""``openai:NAME@URL``: any OpenAI-compatible server (OpenAI, vLLM, SGLang, llama-server, …).

``openai:NAME`` is asked at api.openai.com. The key comes from ``OPENAI_API_KEY``: needed there,
sent elsewhere if it is set. Options:

``endpoint``   ``auto`` (chat turns; raw prompts with the template ``none``), ``chat`` or
               ``completions``
``effort``     how hard a reasoning model is to think; part of the identity
``resolve``    ``list`` (ask the server for its models), ``ask`` (generate 16 tokens once, to
               learn what an alias stands for: the way of api.openai.com, where the list does
               not tell) or ``off``
``replicas``   further URLs of the same model, separated by commas: requests that begin alike
               go to one of them, the others to whichever has least to do
``stream``     ``on`` or ``off``
``thinking``   ``split`` takes ``<think>…</think>`` out of the answer, ``keep`` leaves it in
``timeout``    seconds that a request may take (600)
``idle``       seconds between two bytes (as ``timeout``)

Where log-likelihoods are wanted, opening checks the server's log-probabilities with a handful of
short completions; without a passed check there is no such ability, and the identity's notes say
why.
"""

from __future__ import annotations

from msgspec.structs import replace

from benchwright.core.content import user
from benchwright.core.errors import DescriptionError, ModelError, boundary
from benchwright.core.model import Identity, ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure
from benchwright.models.openai.completion import check_completions, offers_completions
from benchwright.models.openai.identity import OFFICIAL, Resolved, resolve
from benchwright.models.openai.loglikelihood import Ways
from benchwright.models.openai.model import Manner, OpenAIModel
from benchwright.models.serving.endpoint import Endpoint, Patience, secret_from, split_name
from benchwright.models.serving.loop import ask_once, places_of
from benchwright.models.serving.options import Options
from benchwright.models.serving.wire import spoken

KEY = "OPENAI_API_KEY"
"""The environment variable that holds the key."""


def open_model(rest: str, settings: ModelSettings) -> OpenAIModel:
    """Open the model ``NAME`` or ``NAME@URL``; asks the server what it is.

    Raises:
        DescriptionError: options are wrong, the key is missing, or the server has no such model.
        ModelError: the server cannot be reached, or cannot be asked in the form wanted.
    """
    name, url = split_name(rest, OFFICIAL)
    official = url == OFFICIAL
    manner = _manner(settings, official=official)
    secret = secret_from(KEY, f"openai:{name}", needed=official)

    def endpoint_at(address: str) -> Endpoint:
        return Endpoint(
            address,
            headers={"authorization": f"Bearer {secret}"} if secret else {},
            secret=secret,
            variable=KEY,
            patience=manner.patience,
            connections=manner.places.most,
        )

    endpoint, *others = map(endpoint_at, (url, *_replicas(settings)))
    if manner.resolve == "off":
        resolved = Resolved(model=name, label=name, answers_as=frozenset())
    else:
        resolved = resolve(endpoint, name)
        for other in others:
            _refuse_another(resolved, resolve(other, name), other.url)
    places = places_of(settings, slots=resolved.slots, servers=1 + len(others))
    manner = replace(manner, places=places)
    with boundary(ModelError, url):
        if manner.resolve == "ask":
            resolved = _learn_name(endpoint, resolved, manner)
        if manner.raw and not offers_completions(endpoint, resolved):
            if not manner.chat:
                raise ModelError(f"{url} takes no raw prompts: it has no /completions.")
            manner = replace(manner, raw=False)
        scores = manner.loglikelihood and manner.raw
        ways = check_completions(endpoint, resolved) if scores else Ways()
    identity = _identity(resolved, settings, url, manner, ways)
    if settings.name:
        resolved = replace(resolved, label=settings.name)
    return OpenAIModel((endpoint, *others), resolved, manner, ways, identity)


def _manner(settings: ModelSettings, *, official: bool) -> Manner:
    options = Options(settings.options, "openai")
    form = options.choice("endpoint", "auto", ("auto", "chat", "completions"))
    scores = settings.wants_loglikelihood
    chat = form == "chat" or (form == "auto" and settings.template != "none")
    options.text("replicas")
    total = options.number("timeout", 600.0, low=0.001)
    if settings.template not in ("auto", "model", "none"):
        options.refuse("openai: the server applies its own template; choose auto, model or none.")
    if settings.format:
        options.refuse("openai: the numeric format is the server's own.")
    manner = Manner(
        chat=chat,
        raw=form == "completions" or (form == "auto" and (not chat or scores)),
        loglikelihood=scores,
        stream=options.choice("stream", "on", ("on", "off")) == "on",
        split_thinking=options.choice("thinking", "split", ("split", "keep")) == "split",
        effort=options.text("effort"),
        resolve=options.choice("resolve", "ask" if official else "list", ("list", "ask", "off")),
        patience=Patience(total=total, idle=options.number("idle", total, low=0.001)),
        places=places_of(settings),
    )
    if problems := options.problems():
        raise DescriptionError(*problems)
    return manner


def _replicas(settings: ModelSettings) -> list[str]:
    given = settings.options.get("replicas", "")
    urls = [address.strip() for address in given.split(",") if address.strip()]
    if strange := [address for address in urls if not address.startswith(("http:", "https:"))]:
        raise DescriptionError(f"openai: replicas={strange[0]!r} is not a URL.")
    return [split_name(f"@{address}", OFFICIAL)[1] for address in urls]


def _refuse_another(first: Resolved, other: Resolved, url: str) -> None:
    """Refuse a replica that serves something else: one model's answers are from one model.

    Raises:
        DescriptionError: ``other``, at ``url``, is not what ``first`` is.
    """
    for field in ("model", "evidence", "template"):
        one, another = getattr(first, field), getattr(other, field)
        if one != another:
            raise DescriptionError(
                f"The replica at {url} serves another model: {field} {another!r}, not {one!r}."
            )


def _identity(
    resolved: Resolved, settings: ModelSettings, url: str, manner: Manner, ways: Ways
) -> Identity:
    evidence = dict(resolved.evidence)
    if url == OFFICIAL:
        evidence = {"provider": "openai", "model": resolved.model}
    fields = dict(evidence) or {"model": resolved.model}
    if settings.identity:
        fields["stated"] = settings.identity
    elif not evidence:
        fields["url"] = url
    if not manner.chat:
        fields["template"] = "none"
    elif resolved.template:
        fields["template"] = resolved.template
    if manner.effort:
        fields["effort"] = manner.effort
    notes = {"url": url, "http": spoken(url), **resolved.notes}
    if ways.findings:
        notes["loglikelihood"] = "; ".join(ways.findings)
    elif manner.loglikelihood:
        notes["loglikelihood"] = "the server takes no raw prompts"
    return Identity(kind="served", fields=fields, verified=bool(evidence), notes=notes)


def _learn_name(endpoint: Endpoint, resolved: Resolved, manner: Manner) -> Resolved:
    """Return ``resolved`` with the name under which the server answers one short question."""
    anyone = replace(resolved, answers_as=frozenset())
    unnamed = Identity(kind="served", fields={})
    model = OpenAIModel((endpoint,), anyone, replace(manner, chat=True), Ways(), unnamed)
    request = Request(messages=(user("Say hello."),), generation=Generation(max_tokens=16))
    said = ask_once(endpoint, model.answer, request)
    if isinstance(said, Failure):
        raise ModelError(f"{resolved.model} at {endpoint.url} does not answer: {said.message}")
    if not said.served_model:
        return resolved
    return replace(
        resolved,
        model=said.served_model,
        answers_as=frozenset({said.served_model}),
        evidence=resolved.evidence and {**resolved.evidence, "model": said.served_model},
        notes={**resolved.notes, "asked_for": resolved.model, "resolved": "by one short answer"},
    )
