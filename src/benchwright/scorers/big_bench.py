"""BIG-bench's preferred score of one example, whatever dress a right answer wears.

Of options the likeliest counts its target score, ties the mean of theirs. An answer in text is the
one that is stated ("the answer is …", a box), else what the task's file cuts out of it, else the
whole: right where it equals a target but for case, outer white space, Markdown and a full stop,
where it is the same number, or where it names exactly one option. The strict extractor beside it is
the released rule (``big_bench_paper``). BLEU and ROUGE are of the whole answer where a task's file
cuts nothing (the released default ends it at the first full stop), ROUGE in every script.
"""

from __future__ import annotations

import json
import re

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers import big_bench_paper as paper
from benchwright.scorers._big_bench import (
    cut,
    log_probabilities,
    normalised,
    options_of,
    overlap,
    told,
    weights,
)
from benchwright.scorers._numerals import plain as plain_number
from benchwright.scorers._rule import Rule
from benchwright.scorers._stated import bold, plain, statements, without_thinking
from benchwright.scorers.big_bench_paper import UNMEASURED, right, unmeasured
from benchwright.scorers.exact_match import normal

_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")


def _judge(sample: Sample, response: Response) -> Score:
    preferred = sample.tags["preferred"]
    if preferred in UNMEASURED:
        return unmeasured(preferred)
    if response.continuations:
        return _likeliest(sample, response)
    text = without_thinking(response.text).strip()
    if not text:
        return Score(explanation="no text")
    strict = cut(text, sample)
    targets = json.loads(sample.metadata["targets"])
    whole = strict.strip() if "output" in sample.metadata else text
    found = overlap(whole, targets, preferred, latin=False)
    if found is not None:
        return Score(value=found, answer=whole, explanation=preferred)
    answer, rule = _answer(text, strict, sample)
    if answer is None:
        return Score(explanation=rule, strict_answer=strict)
    return Score(
        value=_value(answer, sample, targets),
        answer=answer,
        explanation=rule,
        strict_answer=strict,
        extractors_agree=strict.strip() == answer,
    )


def _likeliest(sample: Sample, response: Response) -> Score:
    logs, scores = normalised(log_probabilities(sample, response)), weights(sample)
    best = [place for place, log in enumerate(logs) if log == max(logs)]
    value = sum(scores[place] for place in best) / len(best)
    told_by = f"a tie of {len(best)} options" if len(best) > 1 else "the likeliest option"
    answer = told(sample, logs, scores, best[0])
    return Score(value=value, answer=answer, explanation=told_by)


def _answer(text: str, strict: str, sample: Sample) -> tuple[str | None, str]:
    options = options_of(sample)
    if options:
        if (place := _option(text, options)) is not None:
            return options[place], "an option"
        return None, "no rule reads one option"
    if normal(plain(text)) in {
        normal(plain(one)) for one in json.loads(sample.metadata["targets"])
    }:
        return plain(text), "whole"
    for statement in statements(text):
        if answer := plain(statement.line):
            return answer, statement.rule
    if strict.strip() and normal(plain(strict)) == normal(plain(text)):
        return plain(strict), "whole"
    told_bold = bold(text)
    if told_bold and "\n" in text:
        return plain(told_bold[0]), "bold"
    own = strict.strip() if "output" in sample.metadata else ""
    return plain(own or text.partition("\n")[0]), "the task's cut" if own else "first line"


def _option(text: str, options: list[str]) -> int | None:
    forms = {normal(plain(option)): place for place, option in enumerate(options)}
    for piece in [*(statement.line for statement in statements(text)), text, *bold(text)]:
        stripped = re.sub(r"^(?:choice|option)\s*[:)]\s*", "", plain(piece), flags=re.IGNORECASE)
        if (place := forms.get(normal(stripped))) is not None:
            return place
    lowered = " ".join(text.split()).lower()
    named = [
        place
        for form, place in forms.items()
        if form and re.search(rf"(?<!\w){re.escape(form)}(?!\w)", lowered)
    ]
    longest = [
        place
        for place in named
        if not any(
            options[place].lower() in options[other].lower() and place != other for other in named
        )
    ]
    return longest[0] if len(longest) == 1 else None


def _value(answer: str, sample: Sample, targets: list[str]) -> float:
    options = options_of(sample)
    if options:
        return weights(sample)[options.index(answer)]
    if sample.tags["preferred"] == "numeric_match_with_0_1_relative_error":
        match = _NUMBER.search(answer)
        return right(match[0].replace(",", "") if match else answer, sample)
    given = normal(answer)
    if given in {normal(plain(target)) for target in targets}:
        return 1.0
    return float(any(_same_number(answer, target) for target in targets))


def _same_number(answer: str, target: str) -> bool:
    if not _NUMBER.fullmatch(target.strip()):
        return False
    found = _NUMBER.findall(answer.rpartition("=")[2])
    wanted = plain_number(target.strip().removeprefix("+"))
    return len(found) == 1 and plain_number(found[0].removeprefix("+")) == wanted


SCORER = Rule(
    "big_bench",
    "1",
    _judge,
    others_score="some tasks are measured by BLEU or ROUGE, and some options are partly right",
)


KIT = (
    paper.KIT[0],
    Example(sample=paper.KIT[0].sample, right=said("The answer is **Yes**."), wrong=(said("no"),)),
    Example(
        sample=paper.KIT[1].sample,
        right=said("So the answer is 1,000."),
        wrong=(said("100"), said("1000 or 2000")),
    ),
    Example(sample=paper.KIT[2].sample, right=said("The cat sat"), wrong=(said("the dog ran"),)),
)
