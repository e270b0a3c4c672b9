"""A track being worked on, and the batch that lanes fill together."""

from __future__ import annotations

from benchwright.models.decoding.engine import TokenBatch
from benchwright.models.decoding.job import Job, Read, Track
from benchwright.models.decoding.trie import Node
from benchwright.models.decoding.writing import Writing


class Lane:
    """A track with a sequence of its own: up to ``node`` shared with others, then alone."""

    __slots__ = ("at", "next_token", "node", "own", "reserved", "sequence", "track", "weight")

    def __init__(self, track: Track, sequence: int, node: Node, *, reserved: int, own: int) -> None:
        """Evaluate ``track`` under ``sequence``, with ``reserved`` cells for what it has alone.

        ``own`` of its prompt's tokens no other job ever shared.
        """
        self.track = track
        self.sequence = sequence
        self.node = node
        self.at = node.end
        """Position of the next token that it evaluates alone."""
        self.reserved = reserved
        self.own = own
        self.next_token: int | None = None
        """The answer's last token, not evaluated yet; None while the prompt is."""
        self.weight = 0
        """Tokens that it put into the present batch."""

    def begin_answer(self) -> None:
        """Go on with the answer once the prompt is evaluated and its first token drawn."""
        writing = self.track.writing
        if writing is None or writing.finish is not None or not writing.tokens:
            return
        if self.at >= len(self.track.tokens) and self.node.ready:
            self.next_token = writing.tokens[-1]


class Filling:
    """A batch being filled, and what is to be read from it."""

    def __init__(self, limit: int) -> None:
        """Begin empty; at most ``limit`` tokens."""
        self._limit = limit
        self.tokens = TokenBatch()
        self.nodes: dict[Node, list[int]] = {}
        """Nodes of the trie in this batch → the sequences that will hold them."""
        self.reads: list[tuple[int, list[Read]]] = []
        """Index in the batch, and what is to be read there."""
        self.writers: list[tuple[int, Job, Writing]] = []
        """Index in the batch of an answer's newest token, and whose it is."""

    @property
    def room(self) -> int:
        """Tokens that still fit."""
        return self._limit - len(self.tokens)

    def answer(self, lane: Lane, token: int) -> None:
        """Add the newest token of an answer."""
        index = self.tokens.add(token, lane.at, [lane.sequence], wanted=True)
        if lane.track.writing is not None:
            self.writers.append((index, lane.track.job, lane.track.writing))
        lane.at += 1
        lane.weight += 1

    def node(self, node: Node, lane: Lane) -> None:
        """Add a node of the trie, first for ``lane``; others may join it."""
        sequences = self.nodes[node] = [lane.sequence]
        for position, token in enumerate(node.tokens.tolist(), node.start):
            wanted = [read for read in node.reads.get(position, ()) if not read.done]
            index = self.tokens.add(token, position, sequences, wanted=bool(wanted))
            if wanted:
                self.reads.append((index, wanted))
        self._charge(lane, node.start, node.end)

    def alone(self, lane: Lane) -> None:
        """Add what fits of the prompt's tokens that ``lane`` evaluates for itself."""
        track, begun = lane.track, lane.at
        reads: dict[int, list[Read]] = {}
        for read in track.open_reads:
            reads.setdefault(read.position, []).append(read)
        while lane.at < len(track.tokens) and self.room:
            wanted = reads.get(lane.at, [])
            token = int(track.tokens[lane.at])
            index = self.tokens.add(token, lane.at, [lane.sequence], wanted=bool(wanted))
            if wanted:
                self.reads.append((index, wanted))
            lane.at += 1
        self._charge(lane, begun, lane.at)

    def _charge(self, lane: Lane, begin: int, end: int) -> None:
        lane.weight += end - begin
        job = lane.track.job
        job.evaluated += max(0, min(end, job.prompt_tokens) - begin)
