"""The loop that keeps the model fed: every batch as full as the requests in hand allow."""

from __future__ import annotations

import time
from collections import Counter
from operator import attrgetter

from benchwright.core.errors import ModelError, boundary
from benchwright.core.model import Asked, Inbox
from benchwright.core.response import RequestFailed
from benchwright.models.hf.evaluator import Evaluator
from benchwright.models.hf.jobs import Desk, Scoring, Writing
from benchwright.models.hf.tree import Batch, Sequence


class Shared:
    """Requests evaluated together, what they share once, a finished answer's place taken at once.

    Each batch first carries the next token of every answer in the making, then prompts of waiting
    ones, then continuations to be scored, sorted so that common beginnings meet.
    """

    def __init__(self, evaluator: Evaluator, desk: Desk, *, width: int, held: int, answers: int):
        """Take ``width`` tokens a batch, ``held`` requests at once, ``answers`` of them written."""
        self._evaluator = evaluator
        self._desk = desk
        self._width = width
        self._held = held
        self._answers = answers
        self._jobs: dict[Sequence, Scoring | Writing] = {}
        self._asked = 0
        self._growing: list[Sequence] = []
        self._prompts: list[Sequence] = []
        self._scored: list[Sequence] = []
        self._arrived: list[Sequence] = []

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed."""
        while True:
            if self._asked < self._held:
                for asked in inbox.take(self._held - self._asked, 0 if self._jobs else None):
                    self._accept(asked, inbox)
            if inbox.closed:
                return
            if self._jobs:
                with boundary(ModelError, "transformers, evaluating a batch"):
                    self._step(inbox)

    def _accept(self, asked: Asked, inbox: Inbox) -> None:
        try:
            job = self._desk.job(asked)
        except RequestFailed as failed:
            inbox.answer(asked, failed.failure)
            return
        self._asked += 1
        if isinstance(job, Writing):
            self._jobs[job.sequence] = job
            self._prompts.append(job.sequence)
            self._prompts.sort(key=attrgetter("key"), reverse=True)
        else:
            self._jobs |= dict.fromkeys(job.sequences, job)
            self._arrived += job.sequences

    def _step(self, inbox: Inbox) -> None:
        batch = self._batch()
        began = time.perf_counter()
        logits = self._evaluator.evaluate(batch)
        wanted: list[tuple[int, int]] = []
        scored: list[tuple[Scoring, list[tuple[int, int]]]] = []
        written: list[tuple[Writing, int]] = []
        for sequence, index, row in batch.reads:
            job = self._jobs[sequence]
            if isinstance(job, Writing):
                written.append((job, row))
            else:
                targets = job.targets.get((sequence, index), [])
                scored.append((job, targets))
                wanted += [(row, token) for _, token in targets]
        found = iter(logits.of(wanted))
        finished: list[Scoring | Writing] = [
            job for job, targets in scored if job.read(targets, [next(found) for _ in targets])
        ]
        finished += [job for job, row in written if not job.take(logits.row(row))]
        self._charge(batch, time.perf_counter() - began)
        for job in finished:
            self._finish(job, inbox)

    def _batch(self) -> Batch:
        batch = Batch(self._evaluator.tree, self._width)
        # Those that need one token first: a long prompt must not hold up what is being written.
        for sequence in sorted(self._growing, key=attrgetter("lacking")):
            batch.add(sequence)
        while self._prompts and not batch.full and self._admitted():
            self._growing.append(self._prompts.pop())
            batch.add(self._growing[-1])
        while not batch.full:
            if not self._scored:
                self._scored = sorted(self._arrived, key=attrgetter("key"), reverse=True)
                self._arrived = []
            if not self._scored or not batch.add(self._scored[-1]):
                break
            self._scored.pop()
        return batch

    def _admitted(self) -> bool:
        if not self._growing:
            return True
        new = self._prompts[-1]
        places = sum(len(sequence.slots) for sequence in (*self._growing, new))
        return len(self._growing) < self._answers and places <= self._evaluator.tree.limit

    def _charge(self, batch: Batch, seconds: float) -> None:
        share = seconds / len(batch.rows)
        for sequence, count in Counter(sequence for sequence, _ in batch.added).items():
            self._jobs[sequence].seconds += share * count
        for sequence, index in batch.added:
            self._jobs[sequence].evaluated.add(index)

    def _finish(self, job: Scoring | Writing, inbox: Inbox) -> None:
        sequences = [job.sequence] if isinstance(job, Writing) else job.sequences
        for sequence in sequences:
            sequence.release()
            del self._jobs[sequence]
        if isinstance(job, Writing):
            self._growing.remove(job.sequence)
        self._asked -= 1
        inbox.answer(job.asked, job.response())


class Alone:
    """Every request by itself, sharing nothing: the reference, and what every model can do."""

    def __init__(self, evaluator: Evaluator, desk: Desk) -> None:
        """Evaluate with ``evaluator`` what ``desk`` reads."""
        self._evaluator = evaluator
        self._desk = desk

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed."""
        while not inbox.closed:
            for asked in inbox.take(1):
                try:
                    job = self._desk.job(asked)
                except RequestFailed as failed:
                    inbox.answer(asked, failed.failure)
                    continue
                with boundary(ModelError, "transformers, evaluating a text"):
                    began = time.perf_counter()
                    self._write(job) if isinstance(job, Writing) else self._score(job)
                    job.seconds = time.perf_counter() - began
                inbox.answer(asked, job.response())

    def _score(self, job: Scoring) -> None:
        for sequence in job.sequences:
            logits = self._evaluator.alone(sequence.tokens, sequence.wanted)
            job.evaluated.update(range(len(sequence.tokens)))
            for (of, place), targets in job.targets.items():
                if of is sequence:
                    job.read(targets, logits.of([(place, token) for _, token in targets]))

    def _write(self, job: Writing) -> None:
        logits, past = self._evaluator.step(job.prompt, None)
        job.evaluated.update(range(len(job.prompt)))
        while job.take(logits.row(0)):
            logits, past = self._evaluator.step(job.sequence.tokens[-1:], past)
