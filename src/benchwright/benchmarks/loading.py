"""Where a benchmark's data is: a folder, the hub, or a registry package; verified either way."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from benchwright.benchmarks import hub
from benchwright.benchmarks.package import Package
from benchwright.cache import cache_folder
from benchwright.core.benchmark import Card, Data, Source
from benchwright.core.content import Media
from benchwright.core.errors import DataError, DescriptionError

_FIELD = re.compile(r"\{(\w+)\}")


def locate(card: Card, *, folder: Path | None = None, shots: bool = True, source: str = "") -> Data:
    """Find the data of the benchmark with this ``card``.

    In order: ``folder`` (one benchmark's folder, or the parent of several named after them), the
    environment's ``BENCHWRIGHT_DATA``, the hub, a registry package. An explicit ``folder`` that
    lacks the benchmark is an error; everything else that is not there leads on to the next place.
    A gated set or a changed file never does. Samples that are generated need no place: they are
    there whenever the authors' own files were not found in a folder.

    Args:
        card: Whose data.
        folder: The user's ``--data``.
        shots: Whether worked examples are wanted: sources without them are then passed over,
            unless the card has none of that kind that holds any.
        source: ``folder``, ``hub`` or ``package`` to look there only; empty reads the
            environment's ``BENCHWRIGHT_SOURCE``, unless a ``folder`` is named.

    Raises:
        DataError: the data is nowhere, gated, or not the data that the card pins.
        DescriptionError: ``source`` is none of the three.
    """
    kind = source or ("" if folder else os.environ.get("BENCHWRIGHT_SOURCE", ""))
    if kind not in {"", "folder", "hub", "package"}:
        raise DescriptionError(f"A data source is folder, hub or package, not {kind!r}.")
    holding = {s.kind for s in card.sources if "shots" in s.files} if shots else set()
    candidates = [s for s in card.sources if "shots" in s.files or s.kind not in holding]
    named = os.environ.get("BENCHWRIGHT_DATA", "")
    roots = [folder] if folder else [Path(named)] if named else []
    missed: list[str] = []
    folders = [
        wanted
        for wanted in candidates  # a user's file has no other source to prefer
        if wanted.kind == "folder"
        and (kind in {"", "folder"} or Path(wanted.location).is_absolute())
    ]
    # A folder that holds every split goes before one that lacks some, and a folder that is
    # described as it is, without worked examples, before one that should have them.
    described = [s for s in card.sources if s.kind == "folder" and s not in folders]
    for wanted in (*folders, *(described if folders else ())):
        if found := _folder(card.name, wanted, roots, wanted.files.values()):
            return found
    for wanted in folders:
        if found := _folder(card.name, wanted, roots, [wanted.files["test"]]):
            return found
    for wanted in candidates:
        if wanted.kind == "generated":
            return LocalData(wanted, _no_file)
    if folder:
        raise DataError(f"{card.name}: not in {folder}. {_expected(candidates)}")
    for wanted in candidates:
        if wanted.kind == "folder" or kind not in {"", wanted.kind}:
            continue
        opened = _hub(wanted) if wanted.kind == "hub" else _package(wanted)
        try:
            opened.path("test")
        except hub.Unreachable as cause:
            missed.append(str(cause))
        else:
            return opened
    tried = "".join(f"\n  {line}" for line in missed)
    raise DataError(f"{card.name}: the data is not to be had.{tried}\n{_expected(candidates)}")


class LocalData:
    """Data whose files ``fetch`` makes local one by one; every file is verified on first use."""

    def __init__(
        self,
        source: Source,
        fetch: Callable[[str], Path],
        matching: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        """Serve ``source``.

        Args:
            source: What is served.
            fetch: Path within the source → local path, made present.
            matching: Pattern with ``*`` → all paths within the source that match.
        """
        self._source = source
        self._fetch = fetch
        self._matching = matching
        self._verified: set[str] = set()
        self._media: dict[str, tuple[Path, Media]] = {}
        self._known: dict[Path, Media] = {}

    @property
    def source(self) -> Source:
        """Which of the card's sources was found."""
        return self._source

    def path(self, split: str, **fields: str) -> Path:
        """Return the local, verified path of one file of ``split``.

        Raises:
            DataError: the source has no such split or file, or the file is not the pinned one.
        """
        pattern = self._source.files.get(split)
        if pattern is None:
            known = ", ".join(self._source.files)
            raise DataError(
                f"{_name(self._source)} holds no split {split!r}, only {known}. {self._source.note}"
            )
        absent = set(_FIELD.findall(pattern)) - fields.keys()
        if absent:
            raise DataError(f"{_name(self._source)}: {pattern} needs {', '.join(sorted(absent))}")
        relative = _FIELD.sub(lambda match: fields[match[1]], pattern)
        if ".." in Path(relative).parts or Path(relative).is_absolute():
            raise DataError(f"{_name(self._source)}: {relative!r} leads out of the source")
        self._verify(pattern if pattern in self._source.digests else relative)
        return self._fetch(relative)

    def paths(self, split: str) -> tuple[Path, ...]:
        """Return the local, verified paths of all files that ``split`` matches, in order of name.

        Raises:
            DataError: there are none, they are not the pinned ones, or the source cannot list.
        """
        pattern = self._source.files.get(split, "")
        if self._matching is None or not pattern:
            raise DataError(f"{_name(self._source)} cannot list the files of {split!r}")
        names = sorted(self._matching(_FIELD.sub("*", pattern)))
        if not names:
            raise DataError(f"{_name(self._source)} holds no file {pattern}")
        self._verify(pattern)
        return tuple(self._fetch(name) for name in names)

    def add_media(self, path: Path, mime: str) -> Media:
        """Register a local file as media and return its name by content.

        Raises:
            DataError: the file cannot be read.
        """
        known = self._known.get(path)
        if known is None:
            try:
                content = path.read_bytes()
            except OSError as cause:
                raise DataError(f"{path}: cannot be read ({cause})") from cause
            digest = hashlib.blake2b(content, digest_size=32).hexdigest()
            known = Media(digest=digest, mime=mime, size=len(content))
            self._known[path] = known
            self._media[digest] = (path, known)
        return known

    def read_media(self, media: Media) -> bytes | None:
        """Return the bytes of registered media; None where it is not registered here.

        Raises:
            DataError: the file changed since it was registered.
        """
        if media.digest not in self._media:
            return None
        path, _ = self._media[media.digest]
        content = path.read_bytes()
        if hashlib.blake2b(content, digest_size=32).hexdigest() != media.digest:
            raise DataError(f"{path}: changed while it was in use; start again")
        return content

    def _verify(self, pattern: str) -> None:
        if pattern in self._verified:
            return
        expected = self._source.digests.get(pattern, "")
        if expected:
            names = [pattern]
            if _FIELD.search(pattern):
                names = sorted(self._matching(_FIELD.sub("*", pattern)) if self._matching else ())
            found = sha256(self._fetch(name) for name in names)
            if found != expected:
                raise DataError(
                    f"{_name(self._source)}: {pattern} is not the file that the card pins: "
                    f"sha256 {found}, expected {expected}. Take the pinned file, or use "
                    f"`file:` for data of your own."
                )
        self._verified.add(pattern)


def sha256(paths: Iterable[Path]) -> str:
    """Return the sha256 of the joined content of ``paths``, in hexadecimal."""
    hashed = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                hashed.update(chunk)
    return hashed.hexdigest()


def _folder(
    name: str, source: Source, roots: list[Path], patterns: Iterable[str]
) -> LocalData | None:
    if Path(source.location).is_absolute():
        homes = [Path(source.location)]
    else:
        homes = [place for root in roots for place in (root / source.location, root / name, root)]
    for home in homes:
        if all(any(home.glob(_FIELD.sub("*", pattern))) for pattern in patterns):
            return _at(source, home)
    return None


def _at(source: Source, home: Path) -> LocalData:
    def fetch(relative: str) -> Path:
        path = home / relative
        if not path.exists():
            raise DataError(f"{source.location}: {relative} is not in {home}")
        return path

    def matching(pattern: str) -> list[str]:
        return [path.relative_to(home).as_posix() for path in home.glob(pattern)]

    return LocalData(source, fetch, matching)


def _no_file(relative: str) -> Path:
    raise DataError(f"generated samples have no file {relative}")


def _hub(source: Source) -> LocalData:
    home = cache_folder() / "data" / "hub" / source.location.replace("/", "--")
    home = home / (source.revision or "main")
    return LocalData(source, lambda relative: hub.fetch(source, relative, home / relative))


def _package(source: Source) -> LocalData:
    opened = Package(source, cache_folder() / "data" / "package" / source.location)
    return LocalData(source, opened.fetch, opened.matching)


def _name(source: Source) -> str:
    revision = f"@{source.revision[:12]}" if source.revision else ""
    return f"{source.kind} {source.location}{revision}"


def _expected(sources: list[Source]) -> str:
    lines = [
        f"\n  {_name(source)}: {', '.join(source.files.values())}"
        + (f" (only: {source.subset})" if source.subset else "")
        for source in sources
    ]
    return "Looked for:" + "".join(lines) + "\nName a folder with --data or BENCHWRIGHT_DATA."
