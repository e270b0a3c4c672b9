"""Keeps an engine full: shared prefixes once, several questions a batch, answers one by one.

Requests become tracks (token paths) in a trie. Waiting tracks are worked off in the order of their
tokens, so that neighbours share the longest prefix; a track that is taken up forks from whatever of
its path is in the cache, and tokens that several tracks need go into the batch once, under all
their sequences. What is read from a token's logits belongs to the trie: one evaluation answers
everyone who wants something there. Answers that are being written add one token a batch each; when
one ends, its place is taken in the next batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchwright.core.model import Asked
from benchwright.core.response import Failure, Response
from benchwright.models.decoding.cache import CacheSize, PrefixCache
from benchwright.models.decoding.crowding import Crowd, Crowding
from benchwright.models.decoding.engine import Engine, EngineFailed
from benchwright.models.decoding.job import Job, Track
from benchwright.models.decoding.lane import Filling, Lane
from benchwright.models.decoding.sampling import Logits
from benchwright.models.decoding.trie import Node

NEAR = 4
"""Tracks at the head of the queue whose prefixes stay in the cache."""

Answered = tuple[Asked, Response | Failure]


class Tally:
    """What was evaluated so far."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.batches = 0
        """Calls of the engine."""
        self.tokens = 0
        """Tokens evaluated."""
        self.seconds = 0.0
        """Wall time within the engine."""


class Scheduler:
    """Works off jobs on one engine."""

    def __init__(
        self,
        engine: Engine,
        size: CacheSize,
        *,
        batch: int,
        writers: int,
        crowding: Crowding | None = None,
        plain: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Use batches of at most ``batch`` tokens and at most ``writers`` answers at once.

        ``crowding`` says what answers at once cost one another, where they do. ``plain`` evaluates
        one track at a time and shares nothing: the reference.
        """
        self._engine = engine
        self._cache = PrefixCache(engine, size)
        self._batch = batch
        self._writers = writers
        self._crowd = Crowd(writers, crowding)
        self._plain = plain
        self._clock = clock
        self._arrived: list[Job] = []
        self._questions: dict[bytes, Job] = {}
        """Jobs in hand by their question."""
        self._queue: list[Track] = []
        """Tracks that wait, the next one last."""
        self._lanes: list[Lane] = []
        self._held = 0
        self.tally = Tally()

    @property
    def held(self) -> int:
        """Jobs that are not answered yet."""
        return self._held

    def add(self, job: Job) -> None:
        """Take up ``job`` at the next opportunity, or with one in hand that asks the same."""
        self._held += 1
        twin = None if self._plain else self._questions.get(job.question)
        if twin is not None:
            twin.twins.append(job)
            return
        self._questions[job.question] = job
        self._arrived.append(job)

    @property
    def waiting(self) -> bool:
        """Whether there is anything that ``give_up`` could return."""
        return bool(self._arrived or self._queue)

    def give_up(self) -> list[Asked]:
        """Forget the jobs that are not being worked on and return what they were asked."""
        working = {lane.track.job for lane in self._lanes}
        waiting = dict.fromkeys([*self._arrived, *(track.job for track in self._queue)])
        given = [job for job in waiting if not job.answered and job not in working]
        dropped = set(given)
        for track in self._queue:
            if track.job in dropped:
                self._leave(track)
        self._queue = [track for track in self._queue if track.job not in dropped]
        self._arrived = []
        for job in given:
            self._questions.pop(job.question, None)
            self._held -= 1 + len(job.twins)
        return [one.asked for job in given for one in (job, *job.twins)]

    def step(self) -> list[Answered]:
        """Evaluate one batch and return what it completed."""
        if not self._held:
            return []
        try:
            self._admit()
            batch = Filling(self._batch)
            self._fill(batch)
            if not len(batch.tokens):
                return self._failed("no waiting request fits into the cache")
            begun = self._clock()
            self._engine.decode(batch.tokens)
            self._count(batch, self._clock() - begun)
            return self._settle(self._read(batch))
        except (EngineFailed, ValueError) as error:
            return self._failed(str(error))

    def _admit(self) -> None:
        """Put what arrived into the queue, in the order of its tokens, behind what waits."""
        if not self._arrived or len(self._queue) > self._writers:
            return
        tracks = [track for job in self._arrived for track in job.tracks]
        self._arrived = []
        tracks.sort(key=lambda track: track.tokens.astype(">i4").tobytes(), reverse=True)
        self._queue = tracks + self._queue
        if not self._plain:
            for track in tracks:
                self._insert(track)

    def _insert(self, track: Track) -> Node:
        """Place ``track`` in the trie with all that is to be read along it."""
        end = track.node = self._cache.trie.insert(track.tokens, track.job)
        nodes = iter(end.path())
        node = next(nodes)
        for read in track.open_reads:
            while read.position >= node.end:
                node = next(nodes)
            others = [other for other in node.reads.get(read.position, ()) if not other.done]
            node.reads[read.position] = [*others, read]
        return end

    def _fill(self, batch: Filling) -> None:
        for lane in self._lanes:
            lane.weight = 0
            if lane.next_token is not None:
                batch.answer(lane, lane.next_token)
        for lane in self._lanes:
            if lane.next_token is None:
                self._extend(lane, batch)
        skipped: list[Track] = []
        while self._queue and batch.room and len(skipped) <= self._writers:
            if self._plain and self._lanes:
                break
            track = self._queue.pop()
            if track.job.answered or track.done:
                self._leave(track)
            elif (lane_or_none := self._take_up(track)) is None:
                skipped.append(track)
            else:
                self._extend(lane_or_none, batch)
        self._queue += reversed(skipped)

    def _take_up(self, track: Track) -> Lane | None:
        """Give ``track`` a sequence and cells, or return None if it must wait."""
        writing = track.writing
        beside = [lane.own for lane in self._lanes if lane.track.writing is not None]
        if writing is not None and len(beside) >= self._writers:
            return None
        cache = self._cache
        if self._plain:
            cache.clear()
            track.node = None
        whole = track.node or self._insert(track)
        own = sum(len(node.tokens) for node in whole.path() if node.uses <= 1)
        if writing is not None and len(beside) >= self._crowd.room([*beside, own], writing.limit):
            return None
        cache.bring_back(whole)
        ready, alone_from = cache.usable(whole), len(track.tokens)
        if any(node.ready for node in whole.path() if node.start >= ready.end):
            alone_from = ready.end
        if track.open_reads and track.open_reads[0].position < ready.end:
            # What is wanted there was not read when it was evaluated: once more, for this track.
            alone_from = track.open_reads[0].position
        end = cache.trie.at(whole, alone_from)
        fork = ready if ready.end <= end.end else end
        reserved = len(track.tokens) - alone_from + (writing.limit if writing is not None else 0)
        if not cache.has_sequence(fork) or not cache.claim(end, fork, reserved):
            return None
        lane = Lane(track, cache.sequence(fork), end, reserved=reserved, own=own)
        lane.begin_answer()
        self._lanes.append(lane)
        return lane

    def _extend(self, lane: Lane, batch: Filling) -> None:
        """Put what fits of the lane's prompt into the batch."""
        if lane.next_token is not None:
            if batch.room:
                batch.answer(lane, lane.next_token)
            return
        for node in lane.node.path():
            if node.ready:
                continue
            if node in batch.nodes:
                batch.nodes[node].append(lane.sequence)
                continue
            if not batch.room:
                return
            whole = len(node.tokens) <= batch.room
            batch.node(node if whole else self._cache.trie.split(node, batch.room), lane)
            if not whole:
                return
        batch.alone(lane)

    def _count(self, batch: Filling, seconds: float) -> None:
        """Share the batch's time among its jobs, by the tokens that each put into it.

        A job that only reads what another one's tokens give counts as one token.
        """
        self.tally.batches += 1
        self.tally.tokens += len(batch.tokens)
        self.tally.seconds += seconds
        weights: dict[Job, int] = {}
        for lane in self._lanes:
            weights[lane.track.job] = weights.get(lane.track.job, 0) + lane.weight
        for _, reads in batch.reads:
            for read in reads:
                weights[read.track.job] = weights.get(read.track.job, 0) or 1
        total = sum(weights.values())
        for job, weight in weights.items():
            job.seconds += seconds * weight / total

    def _read(self, batch: Filling) -> list[Job]:
        """Read what was wanted and return the jobs concerned, in the order of the batch."""
        for node, sequences in batch.nodes.items():
            self._cache.evaluated(node, sequences)
            node.reads.clear()
        jobs: dict[Job, None] = {}
        for index, reads in batch.reads:
            logits = Logits(self._engine.row(index))
            for read in reads:
                if not read.done:
                    read.track.job.read(read, logits)
                    jobs[read.track.job] = None
        for index, job, writing in batch.writers:
            writing.accept(Logits(self._engine.row(index)))
            jobs[job] = None
        return list(jobs)

    def _settle(self, jobs: list[Job]) -> list[Answered]:
        """End what is complete, go on with the rest, and return the answers."""
        going_on = []
        for lane in self._lanes:
            if lane.track.done:
                if lane.track.writing is not None:
                    self._crowd.ended(len(lane.track.writing.tokens))
                self._cache.unclaim(lane.reserved)
                self._cache.release(lane.sequence, lane.node)
                self._leave(lane.track)
            else:
                lane.begin_answer()
                going_on.append(lane)
        self._lanes = going_on
        self._cache.trim(self._near())
        for job in jobs:
            job.note_first_token()
        return [answer for job in jobs if job.complete for answer in self._answer(job)]

    def _near(self) -> set[Node]:
        """Return the nodes of the tracks whose turn comes next."""
        ends = [track.node for track in self._queue[-NEAR:] if track.node is not None]
        return {node for end in ends for node in end.path()}

    def _answer(self, job: Job, failure: Failure | None = None) -> list[Answered]:
        """Return the answer to ``job`` and to those that ask the same."""
        job.answered = True
        self._questions.pop(job.question, None)
        self._held -= 1 + len(job.twins)
        answers = [(job.asked, failure or job.response())]
        answers += [(twin.asked, failure or job.twin_response()) for twin in job.twins]
        return answers

    def _leave(self, track: Track) -> None:
        if track.node is not None:
            self._cache.trie.leave(track.node)
            track.node = None

    def _failed(self, message: str) -> list[Answered]:
        """Answer what was being worked on with a failure, and begin anew with the rest."""
        jobs = {lane.track.job: None for lane in self._lanes} or {
            track.job: None for track in self._queue[-1:]
        }
        failure = Failure(kind="defect", message=f"the engine failed: {message}")
        answers = [one for job in jobs if not job.answered for one in self._answer(job, failure)]
        self._lanes = []
        self._cache.clear()
        self._queue = [track for track in self._queue if not track.job.answered]
        for track in self._queue:
            track.node = None
            if track.job.complete and not track.job.answered:
                answers += self._answer(track.job)
            elif not self._plain:
                self._insert(track)
        return answers
