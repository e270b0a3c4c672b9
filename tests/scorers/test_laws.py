"""Laws that hold for every question: the target scores 1, and what a scorer ignores is ignored."""

from __future__ import annotations

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from benchwright.core.content import Text
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.perturbations.rotate_choices import PERTURBATION
from benchwright.scorers.choice_letter import SCORER as CHOICE_LETTER
from benchwright.scorers.exact_match import SCORER as EXACT_MATCH
from benchwright.scorers.first_letter import SCORER as FIRST_LETTER
from benchwright.scorers.gsm8k_number import SCORER as GSM8K_NUMBER
from benchwright.scorers.likeliest import SCORER as LIKELIEST
from benchwright.scorers.likeliest_per_byte import SCORER as PER_BYTE
from benchwright.scorers.likeliest_per_character import SCORER as PER_CHARACTER
from benchwright.scorers.mmlu_pro_chain import SCORER as MMLU_PRO_CHAIN

words = (
    st.text(string.ascii_lowercase + " -éß", min_size=2, max_size=12)
    .map(lambda word: word.strip(" -"))  # "-a" is option A in a list
    .filter(lambda word: len(word) > 1)
)
texts = st.text(max_size=40)
spaces = st.text(" \n\t", max_size=3)


@st.composite
def choices(draw: st.DrawFn) -> Sample:
    options = draw(st.lists(words, min_size=2, max_size=10, unique_by=lambda w: w.casefold()))
    target = LETTERS[draw(st.integers(0, len(options) - 1))]
    return Sample(id="s", input=(Text("?"),), choices=tuple(options), target=target)


def said(text: str) -> Response:
    return Response(parts=(Text(text),))


LETTER_FORMS = (
    "{}", "({})", "{}.", "**{}**", "The answer is {}.", "Answer: {}", "\\boxed{{{}}}",
    "**Answer:** {}", "Final answer: **({})**", "the correct option is {}, of course.",
    "{} is the correct answer.", "I would choose {}.", "<answer>{}</answer>",
    '{{"answer": "{}"}}', "<think>so it is A, or B</think>{}", "答案是{}。", "Die Antwort ist {}.",
    "La respuesta correcta es la opción {}.",
)  # fmt: skip


@given(choices(), st.sampled_from(LETTER_FORMS), spaces, spaces)
def test_the_target_scores_one_in_every_form_that_a_letter_is_given(
    sample: Sample, form: str, before: str, after: str
) -> None:
    response = said(before + form.format(sample.target) + after)
    score = CHOICE_LETTER(sample, response)
    assert (score.value, score.answer, score.fallback) == (1.0, sample.target, False)
    assert score.extractors_agree is True


@given(choices(), st.sampled_from(LETTER_FORMS), st.data())
def test_another_letter_scores_zero(sample: Sample, form: str, data: st.DataObject) -> None:
    wrong = data.draw(st.sampled_from(LETTERS[: len(sample.choices)]))
    assume(wrong != sample.target)
    assert CHOICE_LETTER(sample, said(form.format(wrong))).value == 0.0


@given(choices(), st.sampled_from(LETTER_FORMS[4:]), st.sampled_from(LETTER_FORMS[4:]), st.data())
def test_of_two_statements_the_last_holds_and_the_strict_extractor_reads_neither(
    sample: Sample, first: str, last: str, data: st.DataObject
) -> None:
    wrong = data.draw(st.sampled_from(LETTERS[: len(sample.choices)]))
    assume(wrong != sample.target and "<think>" not in last)
    score = CHOICE_LETTER(sample, said(f"{first.format(wrong)}\n{last.format(sample.target)}"))
    assert (score.value, score.fallback) == (1.0, False)
    if "<think>" not in first:
        assert score.strict_answer is None


@given(
    choices(), st.sampled_from(["The answer is not {}.", "It cannot be {}", "If the answer is {}"])
)
def test_what_is_denied_or_supposed_is_no_answer(sample: Sample, form: str) -> None:
    read = CHOICE_LETTER(sample, said(form.format(sample.target)))
    assert read.value is None or read.explanation == "named"  # an option may be the word "is"


@given(choices(), st.sampled_from(["{}", "({})", "{}. because", "{}) it", "{}\nsince"]), spaces)
def test_the_first_letter_is_read_behind_white_space(
    sample: Sample, form: str, before: str
) -> None:
    assert FIRST_LETTER(sample, said(before + form.format(sample.target))).value == 1.0


@given(choices())
def test_the_right_options_text_scores_one(sample: Sample) -> None:
    text = sample.choices[sample.target_index]
    assert CHOICE_LETTER(sample, said(text)).value == 1.0
    assert CHOICE_LETTER(sample, said(f"  {text.upper()}.\n")).value in {1.0, None}


@given(choices(), texts)
def test_letters_are_read_from_the_options_only(sample: Sample, text: str) -> None:
    for scorer in (CHOICE_LETTER, FIRST_LETTER):
        read = scorer(sample, said(text)).answer
        assert read is None or read in LETTERS[: len(sample.choices)]


@given(choices(), texts)
def test_white_space_around_an_answer_changes_no_letter(sample: Sample, text: str) -> None:
    one, other = CHOICE_LETTER(sample, said(text)), CHOICE_LETTER(sample, said(f"\n {text} \n"))
    assert (one.value, one.answer, one.explanation) == (
        other.value,
        other.answer,
        other.explanation,
    )


@given(words, spaces, spaces, st.booleans())
def test_exact_match_ignores_case_outer_space_and_a_final_period(
    target: str, before: str, after: str, period: bool
) -> None:
    sample = Sample(id="s", input=(Text("?"),), target=target)
    response = said(before + target.upper() + "." * period + after)
    assert EXACT_MATCH(sample, response).value == 1.0
    assert EXACT_MATCH(sample, said(target + " more")).value == 0.0


@given(st.integers(-(10**9), 10**9), st.sampled_from(["{}", "#### {}", "so ${} in all.", "= {}."]))
def test_a_number_is_right_in_every_notation(number: int, form: str) -> None:
    sample = Sample(id="s", input=(Text("?"),), target=str(number))
    for text in (f"{number}", f"{number:,}", f"{number}.0", f"{number}.00"):
        assert GSM8K_NUMBER(sample, said(form.format(text))).value == 1.0
    assert GSM8K_NUMBER(sample, said(form.format(number + 1))).value == 0.0


@given(choices(), st.sampled_from(["the answer is ({}).", "Answer: {}", "answer:\n{}", "hm, {}"]))
def test_the_mmlu_pro_chain_reads_the_target(sample: Sample, form: str) -> None:
    assert MMLU_PRO_CHAIN(sample, said(form.format(sample.target))).value == 1.0


@given(choices(), st.data())
def test_the_likeliest_option_goes_with_its_text_when_options_are_rotated(
    sample: Sample, data: st.DataObject
) -> None:
    logprobs = {choice: data.draw(st.floats(-50, -0.01), label=choice) for choice in sample.choices}
    assume(len(set(logprobs.values())) == len(logprobs))
    for scorer in (LIKELIEST, PER_BYTE, PER_CHARACTER):
        values = set()
        for variant in PERTURBATION.expand(sample):
            scores = tuple(
                ContinuationScore(
                    logprob=logprobs[c], tokens=1, bytes=len(c.encode()), greedy=False
                )
                for c in variant.sample.choices
            )
            score = scorer(variant.sample, Response(continuations=scores, finish="scored"))
            values.add((score.value, score.explanation.startswith("a tie")))
        ties = any(tie for _, tie in values)
        assert ties or len(values) == 1
