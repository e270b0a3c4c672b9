from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Source
from benchwright.core.content import Text
from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.core.flow import Flow, execute
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers.exact_match import SCORER as EXACT
from benchwright.testing.data_checks import ALL, QUICK
from benchwright.testing.data_checks.across import Across
from benchwright.testing.data_checks.finding import Finding, Material
from benchwright.testing.data_checks.letters import chi_tail
from benchwright.testing.data_checks.sketches import Index, alike, sketch
from benchwright.testing.data_checks.wording import same, words

CARD = Card(
    name="quiz", version="1", title="Quiz", summary="Questions.", paper="none", licence="CC0",
    size=4,
    sources=(Source(kind="folder", location="quiz", files={"test": "t"}, note="unverified"),),
)  # fmt: skip
TALE = "the quick brown fox jumps over the lazy dog and runs far away from the angry farmer who "
TALE += "shouts at it all through the long night until the morning comes at last"


class NoData:
    source = CARD.sources[0]


def open_material(samples: Sequence[Sample], scorer=EXACT, **more) -> Material:  # type: ignore[no-untyped-def]
    benchmark = OpenAnswer(card=CARD, read=lambda data, split: iter(samples), official=scorer)
    return Material(benchmark, NoData(), samples, **more)  # type: ignore[arg-type]


def choice_material(samples: Sequence[Sample], **more) -> Material:  # type: ignore[no-untyped-def]
    benchmark = MultipleChoice(card=CARD, read=lambda data, split: iter(samples))
    return Material(benchmark, NoData(), samples, **more)  # type: ignore[arg-type]


def asks(name: str, text: str, target: str = "t", choices: tuple[str, ...] = ()) -> Sample:
    return Sample(id=name, input=(Text(text),), target=target, choices=choices)


def counts(check: str, material: Material) -> dict[str, Finding]:
    return {finding.what: finding for finding in ALL[check](material)}


def test_a_check_finds_nothing_in_a_sound_set() -> None:
    samples = [
        asks(f"s{n}", f"What is {n} times {n + 3}, and how do you know?", str(n * (n + 3)))
        for n in range(7, 20)
    ]
    for name, check in ALL.items():
        for finding in check(open_material(samples)):
            assert finding.count == 0, (name, str(finding))


def test_every_quick_check_bears_an_empty_set() -> None:
    for check in QUICK.values():
        assert all(finding.count == 0 for finding in check(open_material([])))


def test_repeated_and_nearly_repeated_questions_are_told_apart() -> None:
    samples = [
        asks("a", TALE),
        asks("b", TALE.upper() + " ", target="other"),
        asks("c", TALE.replace("angry", "furious")),
        asks("d", " ".join(reversed(TALE.split()))),
    ]
    found = counts("duplicates", open_material(samples, shots=[asks("shot", TALE)]))
    assert found["repeat another sample word for word"].examples == ("b = a",)
    assert found["of these have another right answer than what they repeat"].count == 1
    assert found["are nearly another sample"].examples == ("c ≈ a",)
    assert found["worked examples are a question of the test set"].examples == ("shot = a",)


def test_the_same_options_in_another_order_are_the_same_question() -> None:
    samples = [
        asks("a", "Which?", "A", ("north", "south")),
        asks("b", "Which?", "B", ("south", "North.")),
        asks("c", "Which?", "A", ("north", "east")),
    ]
    found = counts("duplicates", choice_material(samples))
    assert found["repeat another sample word for word"].examples == ("b = a",)
    assert found["of these have another right answer than what they repeat"].count == 0


def test_answers_in_the_question_are_counted_beside_wrong_options_there() -> None:
    samples = [
        asks("given", "Is the purple hammer heavy?", "A", ("purple hammer", "red saw")),
        asks("both", "Is it purple hammer or red saws?", "B", ("red saws", "purple hammer")),
        asks("part", "Is hammering loud?", "A", ("hammer", "saw")),
    ]
    (found,) = counts("answers in questions", choice_material(samples)).values()
    assert found.examples == ("given",)
    assert "33.3%" in found.note
    told = [asks("t", "Say blue.", "blue"), asks("u", "Say 12.", "12")]
    (target,) = counts("answers in questions", open_material(told)).values()
    assert target.examples == ("t",)


def test_options_that_are_equal_are_found_and_where_the_right_one_is_among_them() -> None:
    samples = [
        asks("same", "Which?", "A", ("x", "x", "y")),
        asks("form", "Which?", "C", ("One ", "one.", "y")),
        asks("none", "Which?", "A", ("x", "y", " ")),
    ]
    found = [one.examples for one in ALL["options"](choice_material(samples))]
    assert found == [("same",), ("same", "form"), ("same",), ("none",)]


def test_a_favoured_letter_and_a_longer_right_option_have_small_p_values() -> None:
    def of(target: str, n: int) -> Sample:
        right = ("a long right option", "w", "x", "y")
        at = "ABCD".index(target)
        choices = (*right[1 : at + 1], right[0], *right[at + 1 :])
        return asks(f"{target}{n}", f"Question {n}?", target, choices)

    skewed = [of("B" if n % 4 else "ABCD"[n // 4 % 4], n) for n in range(80)]
    letter, longest = ALL["letters"](choice_material(skewed))
    assert letter.what.startswith("have B")
    assert letter.p is not None
    assert letter.p < 1e-6
    assert (longest.count, longest.of) == (80, 80)
    assert longest.p is not None
    assert longest.p < 1e-6
    even = [of("ABCD"[n % 4], n) for n in range(80)]
    letter, _ = ALL["letters"](choice_material(even))
    assert letter.p == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    [(3.841, 1, 0.05), (5.991, 2, 0.05), (7.815, 3, 0.05), (16.919, 9, 0.05), (23.209, 10, 0.01)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(
    statistic: float, freedom: int, tail: float
) -> None:
    assert chi_tail(statistic, freedom) == pytest.approx(tail, rel=2e-3)


def test_empty_and_long_questions_are_counted() -> None:
    samples = [asks("empty", " \n"), asks("long", "x " * 20_000), asks("bare", "Why?", "")]
    found = [one.examples for one in ALL["lengths"](open_material(samples))]
    assert found == [("empty",), ("long (40,000)",), ("bare",)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("the cafÃ© was shut", "mojibake (UTF-8 read as Latin-1)"),
        ("it\u00e2\u20ac\u2122s", "mojibake (UTF-8 read as Latin-1)"),
        ("a \ufffd b", "replacement characters"),
        ("a\x01b", "control characters"),
        ("half \ud83d", "half a surrogate pair"),
        ("$\x0crac{1}{2}$", "LaTeX commands that lost their backslash"),
        ("$3\times 4$", "LaTeX commands that lost their backslash"),
        ("R&amp;D", "entities of HTML"),
        ("caf\\u00e9", "escapes written out"),
        ("zero\u200bwidth", "invisible characters"),
    ],
)
def test_damage_is_named_with_its_place(text: str, kind: str) -> None:
    found = counts("encoding", open_material([asks("s", "Fine?", text)]))
    shown = [name for name, one in found.items() if one.count]
    assert shown == [f"show {kind}"]
    assert "s (target: " in found[f"show {kind}"].examples[0]


@pytest.mark.parametrize(
    "text",
    ["Ça va? Ångström, São Tomé", "a\tb\r\nc\td", r"\frac{1}{2} \times \theta", "«Â ’»—…"[3:]],
)
def test_sound_texts_show_no_damage(text: str) -> None:
    assert not any(one.count for one in ALL["encoding"](open_material([asks("s", text)])))


def test_rejected_right_answers_accepted_noise_and_lucky_strangers_break_the_contract() -> None:
    class Strict:
        name, version = "strict", "1"

        def __call__(self, sample: Sample, response: Response) -> Score:
            return Score(value=float(response.text == sample.target.upper()))

    class Lenient:
        name, version = "lenient", "1"

        def __call__(self, sample: Sample, response: Response) -> Score:
            return Score(value=1.0)

    samples = [asks(f"s{n}", f"Say {n}.", f"t{n}") for n in range(60)]
    broken = [one for one in ALL["scoring"](open_material(samples, Strict())) if one.broken]
    assert [one.count for one in broken] == [60]
    broken = [one for one in ALL["scoring"](open_material(samples, Lenient())) if one.broken]
    assert ["noise" in one.what for one in broken] == [True, False]
    sound = ALL["scoring"](open_material(samples))
    assert not any(one.broken for one in sound)


def test_letters_of_other_samples_score_at_chance() -> None:
    samples = [
        asks(f"s{n}", f"Which is {n}?", "ABCD"[n * 7 % 4], ("w", "x", "y", "z")) for n in range(200)
    ]
    found = counts("scoring", choice_material(samples))
    points = [one for name, one in found.items() if name.startswith("points")]
    assert len(points) == 3
    for one in points:
        assert one.count / one.of == pytest.approx(0.25, abs=0.1)
        assert not one.broken


def test_a_benchmark_without_canonical_answers_says_why() -> None:
    samples = [asks("s0", "Write."), asks("s1", "Sing.")]
    benchmark = OpenAnswer(
        card=CARD, read=lambda data, split: iter(samples), official=EXACT,
        no_canonical="instructions are kept in many ways",
    )  # fmt: skip
    found = list(ALL["scoring"](Material(benchmark, NoData(), samples)))  # type: ignore[arg-type]
    assert [one.count for one in found] == [2, 0]
    assert found[0].note == "instructions are kept in many ways"


def test_benchmarks_that_ask_the_same_are_found_whatever_their_options() -> None:
    across = Across()
    assert list(across.add(open_material([asks("a", TALE), asks("short", "Which is it?")]))) == []
    later = [asks("b", TALE, "A", ("x", "y")), asks("c", TALE.replace("angry", "cross")),
             asks("short2", "Which is it?")]  # fmt: skip
    exact, near = across.add(open_material(later))
    assert (exact.examples, near.examples) == (("b = a",), ("c ≈ a",))
    assert exact.of == 2


texts = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_likeness_is_symmetric_and_of_a_text_with_itself_whole(one, other) -> None:  # type: ignore[no-untyped-def]
    a, b = sketch(one), sketch(other)
    assert alike(a, b) == alike(b, a)
    assert alike(a, a) == 1.0
    assert 0 <= alike(a, b) <= 1


def test_of_short_texts_likeness_is_exact() -> None:
    one, other = TALE.split(), TALE.replace("angry", "furious").split()
    runs = [{tuple(t[i : i + 3]) for i in range(len(t) - 2)} for t in (one, other)]
    share = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
    assert share > 0.6
    assert alike(sketch(one), sketch(other)) == pytest.approx(share, abs=0.05)


def test_a_popular_beginning_does_not_make_the_search_quadratic() -> None:
    index = Index()
    for n in range(300):
        own = [f"{n}w{k}" for k in range(40)]
        index.add(f"t{n}", sketch(["same", "words", "at", "the", "start", "of", "all", *own]))
    assert max(map(len, index._places.values())) <= 32


@given(st.text(max_size=60))
def test_words_and_sameness_take_any_text(text: str) -> None:
    assert same(f" {text}  ") == same(text)
    assert "".join(words(text)).strip() == "".join(words(text))


def test_what_cannot_be_run_here_is_counted_apart() -> None:
    class Runs:
        name, version = "runs", "1"

        def __call__(self, sample: Sample, response: Response) -> Flow[Score]:
            ran = yield from execute(Program(files={"main.py": response.text}))
            return Score(value=float(ran.exit_code == 0))

    def refuse(program: Program) -> Ran:
        if program.files["main.py"] == "pandas":
            raise ProgramNotRun("pandas is not here")
        return Ran(exit_code=0 if program.files["main.py"] == "one" else 1)

    samples = [asks("a", "Say.", "one"), asks("b", "Say.", "pandas"), asks("c", "Say.", "two")]
    found = counts("scoring", open_material(samples, Runs(), execute=refuse))
    assert found["could not be run here, asked by generate"].examples[0].startswith("b (")
    assert found["reject their right answer, asked by generate"].examples == ("c (0.0)",)
