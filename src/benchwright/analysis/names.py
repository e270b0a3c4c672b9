"""Which model a name means: several keys under one name are shown apart, never averaged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from benchwright.analysis.cells import Cell
from benchwright.core.errors import DescriptionError, UnknownName

SHORTEST = 6
"""Fewest characters of a model key that stand for it."""

_UNTELLING = frozenset({"key", "kind", "verified"})


class Names(Struct, frozen=True, kw_only=True):
    """The models of some measurements by the names that people use."""

    shown: dict[str, str]
    """Model key → the name it is shown by, unique: ``smollm2`` or ``smollm2#template=none``."""
    display: dict[str, str]
    """Model key → its display name."""
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    """Model key → what the runs recorded of it: template, formats, provider …"""

    def template(self, key: str) -> str:
        """Return the template in force, in words; empty where no run recorded it."""
        return self.fields.get(key, {}).get("template", "")

    def find(self, name: str) -> str:
        """Return the key of the model that ``name`` means.

        ``name`` is a shown or display name, ``name#…`` with the beginning of a key or
        ``field=value``, or the beginning of a key.

        Raises:
            UnknownName: no model here goes by it.
            DescriptionError: several do; the message lists them.
        """
        found = {key for key, shown in self.shown.items() if shown == name}
        found = found or {key for key, display in self.display.items() if display == name}
        base, _, rest = name.rpartition("#")
        if not found and base:
            found = {
                key
                for key, display in self.display.items()
                if display == base and self._matches(key, rest)
            }
        if not found and len(name) >= SHORTEST:
            found = {key for key in self.display if key.startswith(name)}
        if not found:
            raise UnknownName("model in this pool", name, self.shown.values())
        if len(found) > 1:
            listed = ", ".join(sorted(self.shown[key] for key in found))
            raise DescriptionError(f"{name!r} names {len(found)} models; say which: {listed}.")
        return found.pop()

    def _matches(self, key: str, rest: str) -> bool:
        name, equals, value = rest.partition("=")
        if equals:
            return self.fields.get(key, {}).get(name) == value
        return bool(rest) and key.startswith(rest)


def names_of(cells: Iterable[Cell], fields: Mapping[str, Mapping[str, str]]) -> Names:
    """Return the names of the models of ``cells``, given what runs recorded of them."""
    display = {cell.model_key: cell.model for cell in cells}
    namesakes: dict[str, list[str]] = {}
    for key, name in display.items():
        namesakes.setdefault(name, []).append(key)
    shown = {}
    for name, keys in namesakes.items():
        for key in keys:
            shown[key] = f"{name}#{_apart(key, keys, fields)}" if len(keys) > 1 else name
    return Names(
        shown=shown,
        display=display,
        fields={key: dict(fields[key]) for key in display if key in fields},
    )


def read_fields(connection: Any) -> dict[str, dict[str, str]]:
    """Return what the runs recorded of every model, by its key; later runs win."""
    found: dict[str, dict[str, str]] = {}
    for (text,) in connection.execute("select to_json(models) from runs order by id").fetchall():
        for recorded in (json.loads(text) or {}).values():
            if isinstance(recorded, dict) and recorded.get("key"):
                found[str(recorded["key"])] = {str(k): str(v) for k, v in recorded.items()}
    return found


def _apart(key: str, keys: list[str], fields: Mapping[str, Mapping[str, str]]) -> str:
    """Return what tells ``key`` from its namesakes: a recorded field that does, else its start."""
    own = fields.get(key, {})
    telling = {name for name in own.keys() - _UNTELLING if not name.startswith("note ")}
    for name in sorted(telling, key=lambda name: (name != "template", name)):
        values = [fields.get(other, {}).get(name, "") for other in keys]
        if len(set(values)) == len(keys) and all(0 < len(value) <= 24 for value in values):
            return f"{name}={own[name]}"
    length = SHORTEST
    while sum(other.startswith(key[:length]) for other in keys) > 1 and length < len(key):
        length += 1
    return key[:length]
