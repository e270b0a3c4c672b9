from __future__ import annotations

import pytest

from benchwright.core.content import Text
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._numerals import stated
from benchwright.scorers.gsm8k_number import SCORER
from benchwright.scorers.mgsm_number import SCORER as MGSM


@pytest.mark.parametrize(
    ("text", "number", "rule"),
    [
        ("9 * 2 = 18\n#### 18", "18", "after ####"),
        ("#### 1,234", "1234", "after ####"),
        ("#### $5\nSo 7 people came.", "5", "after ####"),
        ("#### -3", "-3", "after ####"),
        ("She has 4 apples and 10.50 dollars.", "10.5", "last number"),
        ("from 3-4 to 7", "7", "last number"),
        ("it costs $1,000.", "1000", "the only number"),
        ("x2 and y3", None, ""),
        ("none", None, ""),
        ("-0", "0", "the only number"),
        ("18 dollars", "18", "the only number"),
        ("The answer is 18. She sells 9 eggs.", "18", "after a cue"),
        ("The answer is 16 - 3 - 4 = 9, 9 * 2 = 18 dollars.", "18", "after a cue"),
        ("### Answer:\n\n**$18.00** a day", "18", "after a cue"),
        ("First 3 eggs.\n**Step 2:** 9 eggs.\nJanet makes **$18** from 9 eggs.", "18", "bold text"),
        ("\\[ \\boxed{\\$18} \\] for 9 eggs", "18", "box"),
        ("$\\boxed{114{,}200}$", "114200", "box"),
        ("$114,\\!200$", "114200", "the only number"),
        ("The total is $1.5 million.", "1500000", "the only number"),
        ("It comes to 32/4.", "8", "the only number"),
        ("<think>Is it 5? 6?</think>It is 7.", "7", "the only number"),
        ("<think>Is it 5? 6?", None, ""),
        ("Answer: first 3 + 4 = 7. Then 7 * 2 = 14.", "14", "last number"),
    ],
)
def test_a_number_is_read_where_chat_models_state_it(
    text: str, number: str | None, rule: str
) -> None:
    read = stated(text, "en")
    assert (read.number if read else None, read.rule if read else "") == (number, rule)


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("de", "Die Antwort lautet 70.000 Dollar, nicht 5.", "70000"),
        ("de", "Die Antwort ist 18,50 Euro", "18.5"),
        ("de", "Antwort: 1.234,5", "1234.5"),
        ("es", "La respuesta es $80 000.", "80000"),
        ("es", "Respuesta: 2,125", "2125"),
        ("fr", "La réponse est 114\u202f200 $, soit 3 fois plus.", "114200"),
        ("ru", "Ответ — 276 000 долларов за 3 дня.", "276000"),
        ("zh", "答案是 11。共 3 个。", "11"),
        ("zh", "所以他赚了7万美元。", "70000"),
        ("ja", "答えは８万５０００円です。", "85000"),
        ("ja", "3個あるので、答えは11です。", "11"),
        ("th", "มี 3 ฟอง คำตอบคือ ๗๐,๐๐๐", "70000"),
        ("sw", "Kuna mayai 9. Jibu ni 18.", "18"),
        ("bn", "উত্তর: ১,১৪,২০০ টাকা", "114200"),
        ("te", "సమాధానం ౧౮", "18"),
        ("en", "The answer is 3,5 or so", "3"),
        ("de", "The answer is 18", "18"),
    ],
)
def test_digits_separators_and_cue_are_those_of_the_language(
    language: str, text: str, number: str
) -> None:
    sample = Sample(id="s", input=(Text("?"),), target=number, tags={"language": language})
    assert MGSM(sample, Response(parts=(Text(text),))).value == 1.0


def test_the_mark_goes_before_the_last_number_and_their_difference_is_flagged(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="5")
    score = SCORER(sample, answer("#### 5\nSo 7 people came."))
    assert (score.value, score.answer, score.strict_answer) == (1.0, "5", "5")
    assert (score.extractors_agree, score.fallback) == (True, False)


def test_the_last_number_is_a_fallback(answer) -> None:
    sample = Sample(id="s", input=(Text("?"),), target="7")
    score = SCORER(sample, answer("So 7 of 9 people came: the others were 7."))
    assert (score.value, score.strict_answer, score.fallback) == (1.0, None, True)
