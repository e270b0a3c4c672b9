"""Names → things: the only dynamic imports.

A built-in's name is its module's: ``zoo/mmlu.py`` is ``mmlu`` because it defines ``BENCHMARK``.
Third parties add their own through entry points of the groups ``benchwright.benchmarks``,
``benchwright.models``, ``benchwright.scorers`` and ``benchwright.perturbations``. Listing imports
nothing.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from benchwright.core.benchmark import Benchmark, Figure, Figured, Perturbation, Scorer
from benchwright.core.errors import BenchwrightError, DescriptionError, UnknownName, boundary
from benchwright.core.example import Example
from benchwright.core.model import Model, ModelSettings

_ROOT = Path(__file__).parent


def benchmarks() -> list[str]:
    """Return the names of all benchmarks."""
    return _names("benchmark")


def benchmark(name: str) -> Benchmark:
    """Return the benchmark ``name``.

    Raises:
        UnknownName: there is none of this name.
    """
    return cast("Benchmark", _find("benchmark", name))


class Summary(Struct, frozen=True, kw_only=True):
    """What a list shows of a benchmark."""

    title: str
    """The benchmark's full name."""
    size: int
    """Number of samples."""
    modalities: tuple[str, ...] = ("text",)
    """What the questions are made of."""


def summary(name: str) -> Summary:
    """Return what the card of the benchmark ``name`` says in short.

    Read from source where the built-in's ``CARD`` states it literally: forty modules and their
    scorers need not be imported for a list.

    Raises:
        UnknownName: there is none of this name.
    """
    module = _built_in("benchmark").get(name)
    spec = importlib.util.find_spec(module) if module else None
    if spec is not None and spec.origin:
        stated = _stated(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
        if stated is not None:
            return stated
    card = benchmark(name).card
    return Summary(title=card.title, size=card.size, modalities=card.modalities)


def _stated(module: ast.Module) -> Summary | None:
    """Return what ``CARD = Card(...)`` states literally; None where any of it is reckoned."""
    for node in module.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id="CARD")],
                value=ast.Call(func=ast.Name(id="Card"), keywords=keywords),
            ):
                wanted = {k.arg: k.value for k in keywords if k.arg in Summary.__struct_fields__}
                literal = {arg: value for arg, value in wanted.items() if _is_literal(value)}
                if literal.keys() != wanted.keys() or not {"title", "size"} <= literal.keys():
                    return None
                fields = {str(arg): ast.literal_eval(value) for arg, value in literal.items()}
                return Summary(**fields)
    return None


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def figures(name: str) -> tuple[Figure, ...]:
    """Return what the authors of the benchmark ``name`` report beside its mean.

    None where they report nothing more, or where the catalogue has no such benchmark.
    """
    if name not in benchmarks():
        return ()
    found = benchmark(name)
    return found.figures if isinstance(found, Figured) else ()


def scorers() -> list[str]:
    """Return the names of all scorers."""
    return _names("scorer")


def scorer(name: str) -> Scorer:
    """Return the scorer ``name``.

    Raises:
        UnknownName: there is none of this name.
    """
    return cast("Scorer", _find("scorer", name))


def kit(name: str) -> tuple[Example, ...]:
    """Return what the module of the scorer ``name`` gives its contract test: its ``KIT``, if any.

    Raises:
        UnknownName: there is no such scorer.
    """
    module = _built_in("scorer").get(name)
    if module is None:
        _find("scorer", name)
        module = _third_party("scorer")[name].module
    return cast("tuple[Example, ...]", getattr(importlib.import_module(module), "KIT", ()))


def perturbations() -> list[str]:
    """Return the names of all perturbations."""
    return _names("perturbation")


def perturbation(name: str) -> Perturbation:
    """Return the perturbation ``name``.

    Raises:
        UnknownName: there is none of this name.
    """
    return cast("Perturbation", _find("perturbation", name))


def models() -> list[str]:
    """Return the schemes that model names can begin with."""
    return _names("model")


def model(name: str, settings: ModelSettings) -> Model:
    """Open the model ``scheme:rest``.

    Raises:
        DescriptionError: the name has no scheme, or what it needs is missing.
        UnknownName: there is no such scheme.
    """
    scheme, colon, rest = name.partition(":")
    if not colon or not rest:
        near = f" Did you mean llama:{name}?" if name.endswith(".gguf") else ""
        raise DescriptionError(
            f"{name!r} names no model: write SCHEME:NAME, with one of {', '.join(models())}.{near}"
        )
    return cast("Model", _find("model", scheme)(rest, settings))


def about(kind: str, name: str) -> str:
    """Return the docstring of the module that defines ``name``, read from source, not imported.

    ``kind`` is ``benchmark``, ``model``, ``scorer`` or ``perturbation``. Empty where the source
    cannot be had.

    Raises:
        UnknownName: there is none of this name.
    """
    module = _built_in(kind).get(name)
    if module is None:
        entry = _third_party(kind).get(name)
        if entry is None:
            raise UnknownName(kind, name, _names(kind))
        module = entry.module
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return ""
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return ""
    source = Path(spec.origin).read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


_KINDS = {
    # kind: (package, what a module defines, entry point group)
    "benchmark": ("zoo", "BENCHMARK", "benchwright.benchmarks"),
    "scorer": ("scorers", "SCORER", "benchwright.scorers"),
    "perturbation": ("perturbations", "PERTURBATION", "benchwright.perturbations"),
    "model": ("models", "open_model", "benchwright.models"),
}


@cache
def _built_in(kind: str) -> dict[str, str]:
    """Return name → module of the built-ins of one kind, by reading source, not importing it."""
    package, symbol, _ = _KINDS[kind]
    defined = re.compile(rf"(?m)^(?:def {symbol}\b|{symbol}\b.*=|from \S+ import .*\b{symbol}\b)")
    found = {}
    for path in sorted((_ROOT / package).iterdir()):
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix != ".py" or not source.is_file() or path.name == "__init__.py":
            continue
        if defined.search(source.read_text(encoding="utf-8")):
            found[path.stem] = f"benchwright.{package}.{path.stem}"
    return found


def _third_party(kind: str) -> dict[str, Any]:
    return {entry.name: entry for entry in entry_points(group=_KINDS[kind][2])}


def _names(kind: str) -> list[str]:
    return sorted({*_built_in(kind), *_third_party(kind)})


def _find(kind: str, name: str) -> Any:
    module = _built_in(kind).get(name)
    if module is not None:
        return getattr(importlib.import_module(module), _KINDS[kind][1])
    entry = _third_party(kind).get(name)
    if entry is None:
        raise UnknownName(kind, name, _names(kind))
    with boundary(BenchwrightError, f"{kind} {name!r} of {entry.value}"):
        return entry.load()
