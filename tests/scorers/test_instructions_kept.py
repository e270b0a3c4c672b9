from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.content import Text
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._instructions.detecting import detected
from benchwright.scorers._instructions.sentences import count_japanese_sentences, count_sentences
from benchwright.scorers._instructions.verdicts import (
    LANGUAGES,
    kept,
    kept_loosely,
    loosened,
    verifier,
)
from benchwright.scorers._instructions.words import count_capitals, spanish_words
from benchwright.scorers.instructions_kept import SCORER

ARGUMENTS = {
    "keywords": ["blue"],
    "keyword": "blue",
    "forbidden_words": ["red"],
    "letter": "e",
    "let_frequency": 2,
    "let_relation": "at least",
    "frequency": 2,
    "relation": "at least",
    "language": "en",
    "num_sentences": 2,
    "num_words": 3,
    "num_letters": 3,
    "num_paragraphs": 2,
    "nth_paragraph": 1,
    "first_word": "blue",
    "num_placeholders": 2,
    "postscript_marker": "P.S.",
    "num_bullets": 2,
    "num_items": 2,
    "num_highlights": 2,
    "num_sections": 2,
    "section_spliter": "Section",
    "prompt_to_repeat": "Say blue.",
    "end_phrase": "Bye.",
    "capital_frequency": 2,
    "capital_relation": "at least",
    "forbidden_char": "œ",
    "word_to_accentuate": {"ete": "été"},
    "kanji_limit": 2,
    "count": 1,
    "ending": "です",
}


@pytest.mark.parametrize(
    ("kind", "arguments", "right", "wrong"),
    [
        ("keywords:existence", {"keywords": ["Mom"]}, "my mom's", "my mo"),
        (
            "keywords:frequency",
            {"keyword": "war", "relation": "at least", "frequency": 2},
            "War, warm",
            "war",
        ),
        ("keywords:forbidden_words", {"forbidden_words": ["rock"]}, "rocket", "a Rock!"),
        (
            "keywords:letter_frequency",
            {"letter": "Q", "let_relation": "less than", "let_frequency": 2},
            "q",
            "qQ",
        ),
        (
            "keywords:letter_frequency",
            {"letter": "#", "let_relation": "at least", "let_frequency": 2},
            "##",
            "#",
        ),
        (
            "language:response_language",
            {"language": "de"},
            "Das ist ein ganz einfacher Satz.",
            "This is a plain sentence.",
        ),
        (
            "length_constraints:number_sentences",
            {"relation": "less than", "num_sentences": 3},
            "Dr. Who came. Bye.",
            "It is. We go. They do.",
        ),
        (
            "length_constraints:number_words",
            {"relation": "at least", "num_words": 3},
            "it's so",
            "well-off",
        ),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", "a *** *** b"),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Weekend"},
            "a\n\n'weekend, b",
            "a\n\nb weekend",
        ),
        ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b]", "[a [b]"),
        ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "a\np. p. s x", "P.S. x"),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "\n* a\n - b", "* a\n** b"),
        ("detectable_format:constrained_response", {}, " My answer is maybe. ", "Maybe."),
        (
            "detectable_format:number_highlighted_sections",
            {"num_highlights": 2},
            "*a* **b**",
            "** **",
        ),
        (
            "detectable_format:multiple_sections",
            {"section_spliter": "SECTION", "num_sections": 2},
            "SECTION 1 a SECTION2",
            "Section 1 Section 2",
        ),
        ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "{a: 1}"),
        ("detectable_format:title", {}, "a <<b>> c", "<< >>"),
        ("combination:two_responses", {}, "a******b", "a******a"),
        (
            "combination:repeat_prompt",
            {"prompt_to_repeat": "Say it."},
            " say it. Yes",
            "Yes. Say it.",
        ),
        ("startend:end_checker", {"end_phrase": "Bye."}, 'a "bye."', "bye. a"),
        ("startend:quotation", {}, ' "a" ', "'a'"),
        (
            "change_case:capital_word_frequency",
            {"capital_relation": "at least", "capital_frequency": 2},
            "I'M well",
            "I am well",
        ),
        (
            "change_case:english_capital",
            {},
            "THIS IS A PLAIN ENGLISH SENTENCE",
            "This is a plain sentence",
        ),
        (
            "change_case:english_lowercase",
            {},
            "this is a plain english sentence",
            "This is a plain sentence",
        ),
        ("punctuation:no_comma", {}, "a; b", "a, b"),
        ("es:punctuation:question_marks", {}, "¿Qué?", "¿? qué?"),
        (
            "es:startend:end_checker",
            {"end_phrase": "Un saludo"},
            "Hola. Un saludo.",
            "Un saludo, Ana",
        ),
        ("es:special_character:enie", {"let_frequency": 2}, "El niño sueña.", "El niño."),
        (
            "es:length_constraints:number_words",
            {"relation": "como máximo", "num_words": 3},
            "- uno, dos (tres)",
            "1. uno dos tres +",
        ),
        (
            "es:change_case:spanish_capital",
            {},
            "EL NIÑO COMIÓ UNA MANZANA EN LA ESCUELA",
            "El niño",
        ),
        ("fr:detectable_format:title", {}, "##Titre##", "<<Titre>>"),
        (
            "fr:detectable_content:informal_address",
            {},
            "Que fais-tu ?",
            "Que faites-vous, tue-mouches ?",
        ),
        ("fr:special_character:accents", {"word_to_accentuate": {"ete": "été"}}, "l'été", "l'ete"),
        ("fr:startend:quotation", {}, "« oui »", "« oui"),
        ("ja:letters:furigana", {}, "漢字（かんじ）です", "漢字です"),
        (
            "ja:detectable_format:nominal_ending",
            {"count": 2},
            "静かな夜。大切なこと。",
            "走った。夜だ。",
        ),
        (
            "ja:startend:sentence_unified_end",
            {"ending": "です"},
            "「行く。」はい、そうです。夜です。",
            "夜です。行く。",
        ),
        (
            "ja:length_constraints:number_sentences",
            {"relation": "未満", "num_sentences": 3},
            "夜。「はい。いいえ。」",
            "一。二。三。",
        ),
        (
            "ja:detectable_format:number_bullet_lists",
            {"num_bullets": 2},
            "・一\n・二",
            "* 一\n* 二",
        ),
        (
            "ja:keywords:letter_frequency",
            {"letter": "か", "let_relation": "以上", "let_frequency": 2},
            "かカ",
            "か",
        ),
    ],
)
def test_an_instruction_is_kept_by_what_keeps_it_and_broken_by_what_nearly_does(
    kind: str, arguments: dict[str, object], right: str, wrong: str
) -> None:
    assert kept(kind, arguments, right)
    assert not kept(kind, arguments, wrong)


def test_an_english_kind_is_known_with_and_without_its_language() -> None:
    assert verifier("punctuation:no_comma") is verifier("en:punctuation:no_comma")
    with pytest.raises(KeyError):
        verifier("en:punctuation:no_semicolon")


def test_arguments_that_are_none_count_as_absent_and_an_empty_answer_keeps_nothing() -> None:
    assert kept("detectable_format:number_bullet_lists", {"num_bullets": 1, "x": None}, "* a")
    assert not kept("punctuation:no_comma", {}, " \n")


def test_loosely_first_and_last_line_and_stars_may_be_dropped() -> None:
    answer = "Sure!\n**Hello**\nAnything else, sir?"
    assert not kept("punctuation:no_comma", {}, answer)
    assert kept_loosely("punctuation:no_comma", {}, answer)
    assert len(loosened(answer)) == 8
    assert {"Hello", "**Hello**\nAnything else, sir?"} <= {*loosened(answer)}


@given(st.text(max_size=80), st.sampled_from(["*", "\n", ",", "[a]", "<<t>>", "P.S."]))
def test_what_is_kept_strictly_is_kept_loosely(text: str, mark: str) -> None:
    answer = f"{text}{mark}{text}"
    kinds = "punctuation:no_comma", "detectable_format:title", "detectable_content:postscript"
    for kind in kinds:
        assert kept_loosely(kind, ARGUMENTS, answer) >= kept(kind, ARGUMENTS, answer)


@pytest.mark.parametrize("flood", ["\n", " ", "*", "[", "「", "漢", "<<", "¿", "- ", "1. ", "##"])
def test_no_answer_takes_long(flood: str) -> None:
    answer = (flood * 10_000)[:10_000] + "x"
    for language, kinds in LANGUAGES.items():
        arguments = dict(ARGUMENTS)
        if language == "ja":
            arguments |= {"letter": "か"}
        for kind, verify in kinds.items():
            if "sentences" in kind or "language" in kind or "case" in kind:
                continue  # other people's libraries: their time is their own, and linear
            began = time.process_time()
            verify(answer, arguments)
            assert time.process_time() - began < 0.5, (language, kind)


def test_sentences_are_those_of_nltk_before_it_knew_typographic_quotes() -> None:
    assert count_sentences("“Where are you?”* he said.", "english") == 1
    assert count_sentences("Wow!!!", "english") == 2
    assert count_sentences("M. Dupont dort. Il rêve.", "french") == 2
    assert count_japanese_sentences("これは私の\n本です。（はい。）") == 2


def test_capitals_and_spanish_words_are_cut_as_the_authors_libraries_do() -> None:
    assert count_capitals("DON'T go; I'M A well-off MAN. CANNOT") == 8
    found = spanish_words("Los EE.UU., «sí» (3,5 km/h).")
    assert found == ["Los", "EE.UU.", "sí", "3,5", "km/h"]
    assert len(spanish_words("uno  dos")) == 3


def test_a_language_is_told_the_same_way_each_time_and_none_without_letters() -> None:
    guesses = {detected("tu te es de la") for _ in range(5)}
    assert len(guesses) == 1
    assert detected("12 !?") is None


def test_the_score_is_one_where_all_are_kept_and_the_answer_tells_each_verdict() -> None:
    stated = [["punctuation:no_comma", {}], ["startend:quotation", {}]]
    sample = Sample(
        id="s",
        input=(Text("?"),),
        target="punctuation:no_comma; startend:quotation",
        metadata={"instructions": json.dumps(stated)},
    )
    assert SCORER(sample, said('"a b"')).value == 1.0
    half = SCORER(sample, said('Well, yes:\n"a b"'))
    assert half.value == 0.0
    assert half.answer == "punctuation:no_comma: kept loosely; startend:quotation: kept loosely"
    assert SCORER(sample, said(" ")).value is None
    assert SCORER(sample, said('<think>Well, then</think>"a b"')).value == 1.0
    assert SCORER(sample, said("<think>Well, then")).value is None
