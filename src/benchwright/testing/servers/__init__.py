"""Stand-in model servers on the loopback interface: good, strict, bad and counting.

In a test::

    with StandIn(OpenAIProvider(answer="number")) as server:
        model = open_model(f"stand-in@{server.url}", ModelSettings())
        ...
        assert len(server.requests) == 10

``python -m benchwright.testing.servers`` runs one in a process of its own and prints its URL;
``GET /log`` then tells what it received and when each full reply was sent.
"""

from benchwright.testing.servers.anthropic import AnthropicProvider
from benchwright.testing.servers.faults import FAULTS, always, as_named, sometimes
from benchwright.testing.servers.openai import OpenAIProvider
from benchwright.testing.servers.standin import Behaviour, Provider, StandIn, Utterance
from benchwright.testing.servers.wire import Exchange, Received, Reply

__all__ = [
    "FAULTS",
    "AnthropicProvider",
    "Behaviour",
    "Exchange",
    "OpenAIProvider",
    "Provider",
    "Received",
    "Reply",
    "StandIn",
    "Utterance",
    "always",
    "as_named",
    "sometimes",
]
