from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.hf.tree import Batch, Sequence, Tree

TEXTS = st.lists(
    st.lists(st.integers(0, 2), min_size=1, max_size=12).flatmap(
        lambda tokens: st.tuples(st.just(tokens), st.integers(0, len(tokens) - 1))
    ),
    min_size=1,
    max_size=12,
)


class Memory:
    """A backend that only remembers which token stands in which slot, and at which position."""

    def __init__(self) -> None:
        self.slots: dict[int, tuple[int, int]] = {}
        self.evaluated = 0

    def sees(self, batch: Batch) -> list[list[int]]:
        """Return what each row of ``batch`` sees, as the tokens in order of their positions."""
        arrays = batch.arrays()
        self.evaluated += len(arrays.tokens)
        places = zip(arrays.slots, arrays.tokens, arrays.positions, strict=True)
        self.slots |= {int(slot): (int(at), int(token)) for slot, token, at in places}
        seen = []
        for row in arrays.visible:
            context = [self.slots[int(slot)] for slot in arrays.context[row]]
            assert [at for at, _ in sorted(context)] == list(range(len(context)))
            assert sorted(at for at, _ in context) == sorted(arrays.context_positions[row])
            seen.append([token for _, token in sorted(context)])
        return seen


def run(
    tree: Tree, memory: Memory, sequences: list[Sequence], room: int
) -> dict[tuple[Sequence, int], int]:
    """Evaluate everything; return how often each wanted place was read."""
    reads: dict[tuple[Sequence, int], int] = {}
    waiting = sorted(sequences, key=lambda sequence: sequence.key, reverse=True)
    started: list[Sequence] = []
    while waiting:
        batch = Batch(tree, room)
        while waiting:
            if waiting[-1] not in started:
                started.append(waiting[-1])
            if not batch.add(waiting[-1]):
                break
            waiting.pop()
        assert len(batch.rows) <= room
        seen = memory.sees(batch)
        for sequence, index, row in batch.reads:
            assert seen[row] == sequence.tokens[: index + 1]
            reads[sequence, index] = reads.get((sequence, index), 0) + 1
        for sequence in [one for one in started if not one.lacking]:
            sequence.release()
            started.remove(sequence)
    return reads


@given(texts=TEXTS, room=st.integers(1, 20), limit=st.integers(1, 40))
def test_every_wanted_token_is_read_once_and_sees_its_own_past_only(
    texts: list[tuple[list[int], int]], room: int, limit: int
) -> None:
    tree, memory = Tree(limit), Memory()
    for _ in range(2):  # the second time much of it is in the cache
        sequences = [Sequence(tokens, wanted) for tokens, wanted in texts]
        reads = run(tree, memory, sequences, room)

        assert reads == {
            (sequence, index): 1
            for sequence in sequences
            for index in range(sequence.wanted, len(sequence.tokens))
        }
        slots = [node.slot for node in tree.held()]
        assert len(set(slots)) == len(slots)
        assert all(not node.users for node in tree.held())


@given(texts=TEXTS, room=st.integers(1, 20))
def test_with_room_enough_each_distinct_token_is_evaluated_once(
    texts: list[tuple[list[int], int]], room: int
) -> None:
    tree, memory = Tree(1000), Memory()
    sequences = [Sequence(tokens, len(tokens) - 1) for tokens, _ in texts]
    ends = {tuple(tokens) for tokens, _ in texts}
    distinct = {tuple(tokens[: n + 1]) for tokens, _ in texts for n in range(len(tokens))}

    run(tree, memory, sequences, room)

    # Where one text ends within another, its last token may be read in a later batch, anew.
    assert (
        len(distinct)
        <= memory.evaluated
        <= len(distinct)
        + sum(any(other[: len(end)] == end for other in ends - {end}) for end in ends)
        + len(texts)
        - len(ends)
    )


def test_the_coldest_unused_beginning_makes_way_first() -> None:
    tree, memory = Tree(8), Memory()
    run(tree, memory, [Sequence([1, 1, 1, 1], 3)], 8)
    run(tree, memory, [Sequence([2, 2, 2, 2], 3)], 8)
    run(tree, memory, [Sequence([1, 1, 1, 9, 9, 9], 5)], 8)

    held = {tuple(_path(node)) for node in tree.held()}
    assert held >= {(1, 1, 1, 9, 9, 9), (2,)}
    assert not held & {(1, 1, 1, 1), (2, 2, 2, 2), (2, 2, 2)}
    assert tree.size == 8


def test_what_is_in_use_is_never_dropped_whatever_the_limit() -> None:
    tree, memory = Tree(2), Memory()
    sequence = Sequence([5, 6, 7, 8, 9], 4)
    batch = Batch(tree, 3)
    batch.add(sequence)
    memory.sees(batch)
    batch = Batch(tree, 3)

    assert batch.add(sequence)
    assert memory.sees(batch)[-1] == [5, 6, 7, 8, 9]


def _path(node: object) -> list[int]:
    tokens: list[int] = []
    while getattr(node, "parent", None) is not None:
        tokens.append(node.token)  # type: ignore[attr-defined]
        node = node.parent  # type: ignore[attr-defined]
    return tokens[::-1]
