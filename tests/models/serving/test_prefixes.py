from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.content import Image, Media, Message, Text, user
from benchwright.core.request import Generation, Request, Tool
from benchwright.models.serving.prefixes import KEPT, SHORTEST, Prefixes, common_length

SHOTS = {name: f"About {name}. " + f"An example of {name}. " * 40 for name in ("law", "art")}


def raw(*pieces: str) -> Request:
    return Request(prompt=pieces, generation=Generation())


def chat(*messages: Message, **more: object) -> Request:
    return Request(messages=messages, generation=Generation(), **more)


def groups(*requests: Request) -> list[int]:
    prefixes = Prefixes()
    return [prefixes.member(request).group for request in requests]


@given(st.text(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_the_common_length_is_where_two_texts_part(same, one, other):
    length = common_length(same + one, same + other)

    assert (same + one)[:length] == (same + other)[:length]
    assert (same + one)[length : length + 1] != (same + other)[length : length + 1] or (
        length == min(len(same + one), len(same + other))
    )


def test_requests_with_the_same_pieces_before_the_last_are_one_group():
    law, art = SHOTS["law"], SHOTS["art"]

    assert groups(raw(law, "Q1"), raw(art, "Q2"), raw(law, "Q3"), raw(art, "Q4")) == [1, 2, 1, 2]


def test_the_share_is_the_part_that_the_group_has_in_common():
    prefixes = Prefixes()
    shots, question = "s" * 900, "q" * 100

    assert prefixes.member(raw(shots, question)).share == 0.9
    assert prefixes.member(raw("short", question)).share == 0


def test_what_is_shared_but_short_makes_no_group():
    short = "x" * (SHORTEST - 1)

    assert groups(raw(short, "Q1"), raw(short, "Q2")) == [1, 2]


def test_turns_tools_and_pictures_before_the_question_make_the_prefix():
    one, other = (Media(digest=letter * 64, mime="image/png", size=1) for letter in "ab")
    look = Tool(name="look", description="Looks. " * 80)

    def about(media: Media, question: str) -> Request:
        return chat(Message(role="user", parts=(Image(media), Text(question))))

    assert groups(
        about(one, "What is it?"), about(other, "What is it?"), about(one, "Where is it?")
    ) == [1, 2, 1]
    assert groups(
        chat(user("Q1"), tools=(look,)), chat(user("Q2"), tools=(look,)), chat(user("Q3"))
    ) == [1, 1, 2]
    assert groups(
        *(chat(Message(role="system", parts=(Text(SHOTS["law"]),)), user(q)) for q in "abc")
    ) == [1, 1, 1]


def test_texts_in_one_piece_are_grouped_by_their_common_beginnings_in_any_order():
    instruction = "The following are questions. " * 15  # all have it, and it is not the prefix
    texts = [
        (name, instruction + SHOTS[name] + f"Which of the following is {name} {number}?")
        for name in SHOTS
        for number in range(20)
    ]
    random.Random(3).shuffle(texts)

    found = groups(*(raw(text) for _, text in texts))

    by_name = {
        name: {g for (n, _), g in zip(texts, found, strict=True) if n == name} for name in SHOTS
    }
    assert all(len(numbers) == 1 for numbers in by_name.values())
    assert by_name["law"] != by_name["art"]


def test_texts_that_share_less_than_half_are_not_kept_waiting_for_one_another():
    same = "x" * (SHORTEST + 1)

    assert groups(raw(same + "a" * 1000), raw(same + "b" * 1000)) == [1, 2]


@given(st.lists(st.integers(0, 2 * KEPT), max_size=60), st.integers(0, 5))
def test_however_requests_come_equal_ones_are_together_and_memory_is_bounded(numbers, rest):
    prefixes = Prefixes()
    known: dict[int, int] = {}
    for number in numbers:
        member = prefixes.member(raw(f"{number:08}" * 100, f"question {rest}"))
        assert known.setdefault(number, member.group) == member.group
        assert 0 <= member.share <= 1


def test_the_groups_joined_longest_ago_are_forgotten_first():
    prefixes = Prefixes()
    first = prefixes.member(raw("first " * 100, "Q")).group
    for number in range(KEPT - 1):
        prefixes.member(raw(f"{number:06}" * 100, "Q"))
    assert prefixes.member(raw("first " * 100, "Q2")).group == first
    for number in range(KEPT):
        prefixes.member(raw(f"{number:07}" * 100, "Q"))

    assert prefixes.member(raw("first " * 100, "Q3")).group != first
