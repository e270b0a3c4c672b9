"""Subset files: which samples, chosen how and from what, and all that an estimate needs."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from benchwright.analysis.selecting.calibration import Calibration
from benchwright.analysis.selecting.subset import Expected, Predictor, Subset
from benchwright.core.errors import DataError, DescriptionError

FORM = 1
"""Number of the file's form."""
LARGEST = 200_000_000
"""Most bytes of a file that is read."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The samples of one benchmark."""

    benchmark: str
    """``name@version``; the name alone where a table without versions was calibrated on."""
    samples: tuple[str, ...]
    """Ids of the samples."""
    places: tuple[int, ...] = ()
    """Place of each among all samples of the file; 0, 1 … where it is the only benchmark."""
    low: float = 0.0
    """Score, as it is recorded, that counts as 0."""
    high: float = 1.0
    """Score, as it is recorded, that counts as 1; below ``low`` where lower is better."""

    @property
    def name(self) -> str:
        """The benchmark's name."""
        return self.benchmark.partition("@")[0]


class Learned(Struct, frozen=True, kw_only=True):
    """What the choice was learned from."""

    models: int
    """Number of models."""
    items: int
    """Number of items of the pool that the subset stands for."""
    digest: str
    """Digest of their names and scores."""


class SubsetFile(Struct, frozen=True, eq=False, kw_only=True, omit_defaults=True):
    """A subset that any run can use. Conditions are not part of it."""

    form: int
    """Number of the file's form."""
    method: str
    """How the samples were chosen; ``anchors`` are to be shared, not to estimate from."""
    seed: int
    """Seed of what was drawn."""
    parts: tuple[Part, ...]
    """Benchmark by benchmark, the samples."""
    calibration: Learned
    """What the choice was learned from."""
    weights: np.ndarray | None = None
    """What each sample stands for of the whole."""
    usual: np.ndarray | None = None
    """Mean score of each sample over the calibration models."""
    predictor: Predictor | None = None
    """How their scores become an estimate; None for anchors."""
    expected: Expected | None = None
    """How far estimates were off for held-out models."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    @property
    def size(self) -> int:
        """Number of samples."""
        return sum(len(part.samples) for part in self.parts)

    def drawn(self) -> str:
        """Return 16 hexadecimal characters naming the samples, whatever chose them."""
        hashed = hashlib.blake2b(digest_size=8)
        for part in sorted(self.parts, key=lambda part: part.benchmark):
            for text in (part.benchmark, *sorted(part.samples)):
                hashed.update(len(text.encode()).to_bytes(4, "little") + text.encode())
            hashed.update(b"\n")
        return hashed.hexdigest()

    def order(self) -> list[tuple[str, str]]:
        """Return (benchmark, sample) in the order of the predictor's scores."""
        found = [("", "")] * self.size
        for part in self.parts:
            for place, sample in zip(
                part.places or range(len(part.samples)), part.samples, strict=True
            ):
                found[place] = (part.benchmark, sample)
        return found

    def subset(self) -> Subset:
        """Return the subset, ready to estimate.

        Raises:
            DescriptionError: the file holds anchors, from which nothing is estimated.
        """
        if self.predictor is None or self.weights is None or self.usual is None:
            raise DescriptionError(
                f"These {self.size:,} samples are {self.method}: shared samples that tie models "
                "together for `benchwright rank`; no full score is estimated from them."
            )
        return Subset(
            method=self.method,
            seed=self.seed,
            chosen=np.arange(self.size),
            weights=self.weights,
            usual=self.usual,
            predictor=self.predictor,
            notes=self.notes,
        )


def to_file(
    calibration: Calibration, subset: Subset, *, expected: Expected | None = None
) -> SubsetFile:
    """Return the file of ``subset``; groups are its benchmarks."""
    return SubsetFile(
        form=FORM,
        method=subset.method,
        seed=subset.seed,
        parts=parts_of(calibration, subset.chosen),
        calibration=Learned(
            models=len(calibration.models), items=calibration.size, digest=calibration.digest
        ),
        weights=subset.weights,
        usual=subset.usual,
        predictor=subset.predictor,
        expected=expected,
        notes=subset.notes,
    )


def parts_of(calibration: Calibration, chosen: np.ndarray) -> tuple[Part, ...]:
    """Return the chosen items by group, in the order of the groups' names."""
    found = []
    groups = np.unique(calibration.group[chosen])
    for group in groups:
        inside = np.flatnonzero(calibration.group[chosen] == group)
        found.append(
            Part(
                benchmark=calibration.groups[group],
                samples=tuple(calibration.items[item] for item in chosen[inside]),
                places=tuple(int(place) for place in inside) if len(groups) > 1 else (),
            )
        )
    return tuple(found)


def write_subset(file: SubsetFile, path: str | Path) -> None:
    """Write ``file`` as JSON."""
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.encode(file, enc_hook=_packed)
    place.write_bytes(msgspec.json.format(data, indent=1) + b"\n")


def read_subset(path: str | Path) -> SubsetFile:
    """Read a subset file.

    Raises:
        DescriptionError: there is no such file.
        DataError: it is not a subset file, or of a newer form.
    """
    place = Path(path)
    if not place.is_file():
        raise DescriptionError(f"There is no subset file {place}.")
    if place.stat().st_size > LARGEST:
        raise DataError(f"{place} is too large to be a subset file.")
    try:
        file = msgspec.json.decode(place.read_bytes(), type=SubsetFile, dec_hook=_unpacked)
    except (msgspec.DecodeError, ValueError) as cause:
        raise DataError(f"{place} is not a subset file: {cause}") from cause
    if file.form != FORM:
        raise DataError(f"{place} has form {file.form}; this version reads form {FORM}.")
    _check(file, place)
    return file


def _check(file: SubsetFile, place: Path) -> None:
    names = [part.benchmark for part in file.parts]
    places = [p for part in file.parts for p in part.places or range(len(part.samples))]
    whole = sorted(places) == list(range(file.size))
    if len(set(names)) < len(names) or not whole:
        raise DataError(f"{place}: every sample needs one place, every benchmark one part.")
    if any(len(set(part.samples)) < len(part.samples) for part in file.parts):
        raise DataError(f"{place}: a sample is named twice.")
    for field in (file.weights, file.usual):
        if field is not None and (len(field) != file.size or not np.isfinite(field).all()):
            raise DataError(f"{place}: weights do not fit its {file.size:,} samples.")


_TYPES = {"f8": "<f8", "f2": "<f2", "i8": "<i8"}


def _packed(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a subset file cannot hold {type(value)}")
    kind = "f2" if value.dtype == np.float16 else "f8" if value.dtype.kind == "f" else "i8"
    if value.size > 8 and (value == value.flat[0]).all():
        return {"shape": value.shape, "all": float(value.flat[0]), "as": kind}
    data = np.ascontiguousarray(value).astype(_TYPES[kind]).tobytes()
    return {"shape": value.shape, "as": kind, "data": base64.b64encode(data).decode()}


class _Array(Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "as", "same": "all"}):
    shape: tuple[int, ...]
    kind: str
    data: str = ""
    same: float | None = None


def _unpacked(kind: type, value: Any) -> Any:
    if kind is not np.ndarray:
        raise TypeError(f"a subset file cannot hold {kind}")
    packed = msgspec.convert(value, _Array)
    if packed.kind not in _TYPES or any(length < 0 for length in packed.shape):
        raise ValueError(f"there are no arrays of {packed.kind!r} and shape {packed.shape}")
    size = int(np.prod(packed.shape, dtype=object)) if packed.shape else 1
    if size > LARGEST // 8:
        raise ValueError("an array is too large")
    if packed.same is not None:
        return np.full(packed.shape, packed.same).astype(_TYPES[packed.kind])
    data = base64.b64decode(packed.data, validate=True)
    return np.frombuffer(data, dtype=_TYPES[packed.kind]).reshape(packed.shape)
