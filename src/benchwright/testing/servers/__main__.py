"""``python -m benchwright.testing.servers``: a stand-in server in a process of its own."""

from __future__ import annotations

import signal
import threading
from typing import get_args

import click

from benchwright.testing.servers import (
    FAULTS,
    AnthropicProvider,
    Behaviour,
    OpenAIProvider,
    Provider,
    StandIn,
    always,
    as_named,
    sometimes,
)
from benchwright.testing.servers.openai import Echo


@click.command()
@click.option("--protocol", type=click.Choice(["openai", "anthropic"]), default="openai")
@click.option("--port", default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--model", default="stand-in", help="The model that it says it serves.")
@click.option("--answer", default="letter", help="letter, number, echo, or a text.")
@click.option("--latency", default=0.0, help="Mean seconds of an answer.")
@click.option("--echo", type=click.Choice(get_args(Echo)), default="honest")
@click.option(
    "--behaviour",
    type=click.Choice(["good", "as-named", *FAULTS]),
    default="good",
    help="A fault; as-named: the one that the prompt names as fault:NAME.",
)
@click.option("--share", default=1.0, help="Share of requests that meet the fault.")
@click.option("--attempts", default=0, help="Attempts at a request that meet it; 0: all.")
def main(
    *,
    protocol: str,
    port: int,
    model: str,
    answer: str,
    latency: float,
    echo: Echo,
    behaviour: str,
    share: float,
    attempts: int,
) -> None:
    """Serve until terminated; the first line printed is the URL of the API."""
    provider: Provider
    if protocol == "openai":
        provider = OpenAIProvider(model=model, answer=answer, latency=latency, echo=echo)
    else:
        provider = AnthropicProvider(model=model, answer=answer, latency=latency)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    chosen = _behaviour(behaviour, provider, share, attempts)
    with StandIn(provider, chosen, port=port, keep_bodies=False) as server:
        click.echo(server.url)
        stop.wait()


def _behaviour(name: str, provider: Provider, share: float, attempts: int) -> Behaviour | None:
    if name == "good":
        return None
    if name == "as-named":
        return as_named(provider)
    if attempts or share < 1:
        return sometimes(
            name, provider, share_of_requests=share, attempts=attempts or 1_000_000_000
        )
    return always(name, provider)


if __name__ == "__main__":
    main()
