"""Which model answers at a URL, as far as the server says so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from msgspec import Struct, field

from benchwright.core.canonical import digest
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.models.serving.endpoint import Endpoint
from benchwright.models.serving.failures import AskFailed

OFFICIAL = "https://api.openai.com/v1"
"""Where a model without a URL is asked."""

# Servers that have sampling defaults of their own, and the values that switch them off.
_NEUTRAL: Mapping[str, Mapping[str, Any]] = {
    "llamacpp": {"top_k": -1, "min_p": 0.0, "repeat_penalty": 1.0},
    "vllm": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
    "sglang": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
}


class Resolved(Struct, frozen=True, kw_only=True):
    """What a server says that a name stands for."""

    model: str
    """The id to ask for."""
    label: str
    """The name to show."""
    answers_as: frozenset[str]
    """What the server may call itself in an answer; empty where that is yet to be learnt."""
    evidence: dict[str, str] = field(default_factory=dict)
    """What the server tells of the weights; empty where it tells nothing."""
    notes: dict[str, str] = field(default_factory=dict)
    """What else it tells."""
    neutral: Mapping[str, Any] = field(default_factory=dict)
    """Settings that switch off the server's own sampling defaults."""
    template: str = ""
    """Digest of the chat template; empty where it is not told."""
    slots: int = 0
    """Conversations that the server holds at once, each in a slot of its own; 0: not told."""
    images: bool = True
    """Whether pictures are understood, as far as the server tells."""

    def refuse_other(self, served: str) -> None:
        """Refuse an answer of another model than this one.

        Raises:
            AskFailed: ``served`` is not what this model answers as.
        """
        if served and self.answers_as and served not in self.answers_as:
            raise AskFailed(
                "wrong_model",
                f"{self.model} was asked and {served!r} answered; if that is what the name stands "
                "for, name it so, or open with resolve=ask",
            )


def resolve(endpoint: Endpoint, name: str) -> Resolved:
    """Ask the server which model ``name`` is; nothing is generated.

    Raises:
        ModelError: the server cannot be reached or refuses the key.
        UnknownName: the server lists its models and ``name`` is none of them.
        DescriptionError: no name was given and the server has not exactly one model.
    """
    listing = endpoint.look("/models")
    entries = listing.get("data") if isinstance(listing, dict) else None
    cards = [card for card in entries or () if isinstance(card, dict) and card.get("id")]
    card = _find(cards, name)
    if card is None:
        return Resolved(model=name, label=name, answers_as=frozenset({name}))
    server = str(card.get("owned_by", ""))
    label = name or str(card["id"])
    props = _props(endpoint) if server == "llamacpp" else {}
    template = props.get("chat_template")
    slots = props.get("total_slots")
    return Resolved(
        model=card["id"],
        label=PurePath(label).name if label.startswith("/") else label,
        answers_as=frozenset({str(card["id"]), *_aliases(card)}),
        evidence=_evidence(card),
        notes=_notes(card, props),
        neutral=_NEUTRAL.get(server, {}),
        template=digest(template.encode(), 8) if isinstance(template, str) else "",
        slots=slots if isinstance(slots, int) and slots > 0 else 0,
        images=bool(_inside(props, "modalities").get("vision", True)),
    )


def _find(cards: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    for card in cards:
        if name and name in (card["id"], *_aliases(card), str(card["id"]).removesuffix(":latest")):
            return card
    listed = [str(card["id"]) for card in cards]
    # llama-server has one model and answers to any name.
    if len(cards) == 1 and (not name or cards[0].get("owned_by") == "llamacpp"):
        return cards[0]
    if not name:
        raise DescriptionError(
            "Say which model is meant, as openai:NAME@URL: the server "
            + (f"has {', '.join(listed)}." if listed else "does not list its models.")
        )
    if cards:
        raise UnknownName("model on this server", name, listed)
    return None


def _evidence(card: dict[str, Any]) -> dict[str, str]:
    """Return what ties the name to weights: not a time, not a name that the user chose."""
    model_id = str(card["id"])
    meta = _inside(card, "meta")
    told = {
        name: str(meta[name])
        for name in ("n_params", "size", "ftype", "n_vocab")
        if meta.get(name) is not None
    }
    if told:
        return {"model": PurePath(model_id).name, **told}
    if card.get("root"):
        return {"model": model_id, "root": str(card["root"])}
    return {}


def _notes(card: dict[str, Any], props: dict[str, Any]) -> dict[str, str]:
    told = {
        "owned_by": card.get("owned_by"),
        "context": card.get("max_model_len") or _inside(card, "meta").get("n_ctx"),
        "build": props.get("build_info"),
        "path": props.get("model_path"),
        "slots": props.get("total_slots"),
    }
    return {name: str(value) for name, value in told.items() if value}


def _props(endpoint: Endpoint) -> dict[str, Any]:
    props = endpoint.look("/props", url=endpoint.url.removesuffix("/v1"))
    return props if isinstance(props, dict) else {}


def _aliases(card: dict[str, Any]) -> list[str]:
    aliases = card.get("aliases")
    return [str(alias) for alias in aliases] if isinstance(aliases, list) else []


def _inside(value: dict[str, Any], name: str) -> dict[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}
