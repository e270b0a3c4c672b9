from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.serving.dispatch import LEADER_SECONDS, OVERTAKEN, Dispatcher, Sent
from models.serving.simulated import Server, dispatched, distinct, in_order

PREFIXES = [number // 10 for number in range(200)]
"""200 requests over 20 prefixes, in the benchmark's order."""


def tickets(dispatcher: Dispatcher, limit: int, now: float = 0.0) -> list[int]:
    return [sent.ticket for sent in dispatcher.send(now, [limit])]


@given(
    groups=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    replicas=st.integers(1, 3),
    kind=st.sampled_from(["unknown", "slots", "tree", "none"]),
    draw=st.randoms(use_true_random=True),
)
def test_every_request_goes_out_exactly_once_and_followers_wait_for_their_leader(
    groups, replicas, kind, draw
):
    dispatcher = Dispatcher(replicas, kind=kind)
    seen: dict[int, int] = {}
    out: dict[int, int] = {}
    warm: set[int] = set()  # groups of which something was answered since they came
    asked, now = 0, 0.0
    while len(seen) < len(groups) or out:
        now += 0.1
        if asked < len(groups) and draw.random() < 0.5:
            dispatcher.add(asked, groups[asked], 0.8)
            asked += 1
        limits = [draw.randint(0, 4) for _ in range(replicas)]
        for sent in dispatcher.send(now, limits):
            assert sent.ticket not in seen
            beside = groups[sent.ticket] in {groups[ticket] for ticket in out}
            held = dispatcher.sharing.kind != "none" and now < LEADER_SECONDS
            assert not (beside and held and groups[sent.ticket] not in warm)
            seen[sent.ticket] = out[sent.ticket] = sent.replica
            assert Counter(out.values())[sent.replica] <= limits[sent.replica]
        # Whoever has nothing out and room everywhere sends something.
        assert out or not dispatcher.waiting or not all(limits)
        if out and draw.random() < 0.5:
            ticket = draw.choice(sorted(out))
            del out[ticket]
            if draw.random() < 0.7:
                warm.add(groups[ticket])
                dispatcher.done(ticket, now, tokens=100, cached=draw.choice([None, 0, 80]))
            else:
                dispatcher.failed(ticket, elsewhere=draw.random() < 0.5)
            alive = {groups[other] for other in range(asked) if other not in seen or other in out}
            warm &= alive
        assert dispatcher.out == len(out)
        assert [dispatcher.busy(n) for n in range(replicas)] == [
            Counter(out.values())[n] for n in range(replicas)
        ]


def test_the_first_of_a_prefix_goes_alone_and_others_fill_the_places():
    dispatcher = Dispatcher()
    for ticket, group in enumerate([1, 1, 1, 2, 2, 3]):
        dispatcher.add(ticket, group, 0.8)

    assert tickets(dispatcher, 8) == [0, 3, 5]
    assert tickets(dispatcher, 8) == []


def test_a_follower_takes_its_prefixs_place_before_a_new_prefix_does():
    dispatcher = Dispatcher()
    for ticket, group in enumerate([1, 1, 2, 3]):
        dispatcher.add(ticket, group, 0.8)
    assert tickets(dispatcher, 2) == [0, 2]

    dispatcher.done(0, 1.0)

    assert tickets(dispatcher, 2) == [1]


def test_a_leaders_followers_may_go_once_its_answer_begins():
    dispatcher = Dispatcher(kind="tree")
    for ticket in range(3):
        dispatcher.add(ticket, 1, 0.8)
    assert tickets(dispatcher, 8) == [0]

    dispatcher.begun(0)

    assert tickets(dispatcher, 8) == [1, 2]


def test_of_a_failed_leader_the_next_follower_leads():
    dispatcher = Dispatcher()
    for ticket in range(3):
        dispatcher.add(ticket, 1, 0.8)
    assert tickets(dispatcher, 8) == [0]

    dispatcher.failed(0)

    assert tickets(dispatcher, 8) == [1]


def test_a_leader_that_never_answers_holds_nobody_up_for_ever():
    dispatcher = Dispatcher()
    dispatcher.add(0, 1, 0.8)
    dispatcher.add(1, 1, 0.8)
    assert tickets(dispatcher, 8) == [0]

    assert tickets(dispatcher, 8, LEADER_SECONDS - 1) == []
    assert tickets(dispatcher, 8, LEADER_SECONDS) == [1]


def test_what_has_been_overtaken_long_enough_goes_first():
    dispatcher = Dispatcher()
    dispatcher.add(0, 1, 0.8)
    assert tickets(dispatcher, 1) == [0]
    dispatcher.add(1, 2, 0.8)
    for turn in range(2, OVERTAKEN + 20):
        dispatcher.add(turn, 1, 0.8)  # another follower always waits when a place comes free
        dispatcher.done(turn - 1 if turn > 2 else 0, float(turn))
        (sent,) = tickets(dispatcher, 1, float(turn))
        if sent == 1:
            break
    assert turn in range(OVERTAKEN, OVERTAKEN + 10)


def test_one_prefix_stays_on_one_replica_and_new_ones_go_where_least_is_held():
    dispatcher = Dispatcher(2, kind="tree")
    for ticket, group in enumerate([1] * 10 + [2, 3] + [1] * 5):
        dispatcher.add(ticket, group, 0.8)
    homes: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}
    pending = [(0, dispatcher.send(0.0, [2, 2]))]
    while pending:
        now, sent = pending.pop()
        for one in sent:
            homes[3 if one.ticket == 11 else 2 if one.ticket == 10 else 1].add(one.replica)
        for one in sent:
            dispatcher.done(one.ticket, now + 1.0)
        if more := dispatcher.send(now + 1.0, [2, 2]):
            pending.append((now + 1, more))

    assert homes[1] == {0}
    assert homes[2] == homes[3] == {1}


def test_what_a_replica_failed_goes_to_another_that_answers():
    dispatcher = Dispatcher(2)
    for ticket in range(3):
        dispatcher.add(ticket, 1, 0.8)
    assert dispatcher.send(0.0, [4, 4]) == [Sent(0, 0)]

    dispatcher.failed(0, elsewhere=True)

    assert dispatcher.send(0.1, [0, 4]) == [Sent(1, 1)]


@pytest.mark.parametrize("kind", ["unknown", "slots"])
def test_on_slots_each_prefix_is_evaluated_about_once_and_no_order_is_faster(kind):
    server = Server(8, tree=False)
    seconds = dispatched(Dispatcher(kind=kind), server, PREFIXES, 8)
    shuffled = random.Random(0).sample(PREFIXES, len(PREFIXES))
    others = [Server(8, tree=False), Server(8, tree=False)]
    theirs = [in_order(others[0], shuffled, 8), in_order(others[1], PREFIXES, 8)]

    assert server.evaluated <= 1.1 * distinct(PREFIXES, server)
    assert seconds < min(theirs)
    assert server.evaluated < 0.6 * min(other.evaluated for other in others)


def test_on_a_tree_each_prefix_is_evaluated_once_and_all_places_are_used():
    server = Server(8, tree=True)
    seconds = dispatched(Dispatcher(), server, PREFIXES, 8)

    assert server.evaluated == distinct(PREFIXES, server)
    assert seconds < 1.1 * (distinct(PREFIXES, server) + len(PREFIXES)) / 8000


def test_one_long_prefix_for_all_is_given_to_every_slot_where_much_waits_and_to_few_otherwise():
    many, few = Server(8, tree=False), Server(8, tree=False)
    seconds = dispatched(Dispatcher(), many, [0] * 200, 8)
    dispatched(Dispatcher(), few, [0] * 12, 8)

    assert seconds < 1.4 * (8 * 500 + 200 * 101) / 8000
    assert many.evaluated <= 500 * 8 + 200 * 100
    assert few.evaluated <= 500 * 3 + 12 * 100


def test_where_nothing_is_cached_nobody_waits_for_long():
    dispatcher = Dispatcher()
    for ticket in range(100):
        dispatcher.add(ticket, ticket // 50, 0.8)
    now, out = 0.0, tickets(dispatcher, 16)
    while dispatcher.sharing.kind != "none":
        now += 1
        for ticket in out:
            dispatcher.done(ticket, now, tokens=100, cached=0)
        out = tickets(dispatcher, 16, now)

    assert now <= 8
    dispatcher.add(1000, 9, 0.8)
    dispatcher.add(1001, 9, 0.8)
    assert len(out) == 16
