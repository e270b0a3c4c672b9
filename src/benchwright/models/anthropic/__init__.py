"""``anthropic:NAME``: Anthropic's messages API; ``anthropic:NAME@URL`` another server's.

The key comes from ``ANTHROPIC_API_KEY``: needed at api.anthropic.com, sent elsewhere if it is
set. The API itself says which dated model an alias stands for, without generating. Options:

``effort``    how much the model is to spend; part of the identity
``thinking``  ``off`` (the default), ``adaptive``, or the most tokens to think with; part of the
              identity
``stream``    ``on`` or ``off``
``timeout``   seconds that a request may take (600)
``idle``      seconds between two bytes (as ``timeout``)
"""

from __future__ import annotations

from benchwright.core.errors import DescriptionError
from benchwright.core.model import Identity, ModelSettings
from benchwright.models.anthropic.model import AnthropicModel, Manner
from benchwright.models.serving.endpoint import Endpoint, Patience, secret_from, split_name
from benchwright.models.serving.loop import places_of
from benchwright.models.serving.options import Options
from benchwright.models.serving.wire import spoken

KEY = "ANTHROPIC_API_KEY"
"""The environment variable that holds the key."""

OFFICIAL = "https://api.anthropic.com/v1"
"""Where a model without a URL is asked."""

VERSION = "2023-06-01"
"""The API's version, as its header names it."""


def open_model(rest: str, settings: ModelSettings) -> AnthropicModel:
    """Open the model ``NAME`` or ``NAME@URL``; asks the API what the name stands for.

    Raises:
        DescriptionError: options are wrong, the key is missing, or there is no such model.
        ModelError: the API cannot be reached, or refuses the key.
    """
    name, url = split_name(rest, OFFICIAL)
    manner = _manner(settings)
    secret = secret_from(KEY, f"anthropic:{name}", needed=url == OFFICIAL)
    endpoint = Endpoint(
        url,
        headers={"anthropic-version": VERSION, **({"x-api-key": secret} if secret else {})},
        secret=secret,
        variable=KEY,
        patience=manner.patience,
        connections=manner.places.most,
    )
    card = endpoint.look(f"/models/{name}") if name else None
    if not isinstance(card, dict) or not isinstance(card.get("id"), str):
        raise DescriptionError(f"{url} knows no model named {name!r}.")
    model = card["id"]
    fields = {"model": model}
    if url == OFFICIAL:
        fields["provider"] = "anthropic"
    if settings.identity:
        fields["stated"] = settings.identity
    elif url != OFFICIAL:
        fields["url"] = url
    if manner.effort:
        fields["effort"] = manner.effort
    if manner.thinking != "off":
        fields["thinking"] = manner.thinking
    notes = {"url": url, "http": spoken(url), **({"asked_for": name} if name != model else {})}
    identity = Identity(kind="served", fields=fields, verified=url == OFFICIAL, notes=notes)
    return AnthropicModel(settings.name or name, model, (endpoint,), manner, identity)


def _manner(settings: ModelSettings) -> Manner:
    options = Options(settings.options, "anthropic")
    thinking = options.text("thinking", "off")
    if thinking not in ("off", "adaptive") and options.whole("thinking", 0, low=1) == 0:
        thinking = "off"
    if settings.template not in ("auto", "model"):
        options.refuse("anthropic: the API takes chat turns and applies its own template.")
    if settings.format:
        options.refuse("anthropic: the numeric format is the API's own.")
    total = options.number("timeout", 600.0, low=0.001)
    manner = Manner(
        stream=options.choice("stream", "on", ("on", "off")) == "on",
        effort=options.text("effort"),
        thinking=thinking,
        patience=Patience(total=total, idle=options.number("idle", total, low=0.001)),
        places=places_of(settings),
    )
    if problems := options.problems():
        raise DescriptionError(*problems)
    return manner
