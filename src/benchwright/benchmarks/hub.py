"""Plain files of a hub data set over HTTPS."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchwright.core.benchmark import Source
from benchwright.core.errors import DataError

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Unreachable(DataError):
    """The place did not answer at all: another place may be tried."""


def fetch(source: Source, relative: str, target: Path) -> Path:
    """Return ``target``, downloaded first where it is absent; whole or not at all.

    ``HF_ENDPOINT`` names another hub; ``HF_TOKEN`` is sent to it, over HTTPS or loopback only.

    Raises:
        Unreachable: the hub did not answer.
        DataError: the set is gated, the file is not there, or the hub answers an error.
    """
    if target.is_file():
        return target
    import httpx

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
    address = (
        f"{endpoint}/datasets/{quote(source.location)}/resolve/"
        f"{quote(source.revision or 'main', safe='')}/{quote(relative)}"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    timeout = httpx.Timeout(60.0, connect=10.0)
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=timeout) as client,
            client.stream("GET", address, headers=_headers(endpoint)) as response,
        ):
            _refuse(response.status_code, endpoint, source.location, address)
            with part.open("wb") as stream:
                for chunk in response.iter_bytes():
                    stream.write(chunk)
        part.replace(target)
    except httpx.HTTPError as cause:
        raise Unreachable(f"{address}: {type(cause).__name__}: {cause}") from cause
    except OSError as cause:
        raise DataError(f"{target}: cannot be written ({cause})") from cause
    finally:
        part.unlink(missing_ok=True)
    return target


def _headers(endpoint: str) -> dict[str, str]:
    token = os.environ.get("HF_TOKEN", "")
    where = urlsplit(endpoint)
    safe = where.scheme == "https" or where.hostname in _LOOPBACK
    return {"Authorization": f"Bearer {token}"} if token and safe else {}


def _refuse(status: int, endpoint: str, location: str, address: str) -> None:
    if status in {401, 403}:
        page = f"{endpoint}/datasets/{location}"
        had = (
            "the token in HF_TOKEN does not open it"
            if os.environ.get("HF_TOKEN")
            else ("no HF_TOKEN is set")
        )
        raise DataError(
            f"{location} is gated or private, and {had} (status {status}). Accept its conditions "
            f"at {page}, make a read token at {endpoint}/settings/tokens, and set HF_TOKEN to it."
        )
    if status == 404:
        raise DataError(f"{address}: not there (404); the hub may have moved or removed it")
    if status != 200:
        raise Unreachable(f"{address}: the hub answered {status}")
