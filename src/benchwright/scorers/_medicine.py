"""MedS-Bench's rules, one per kind of task (MAGIC-AI4Med/MedS-Ins@185cfc0, Metrics/*.py).

A sample's metadata name its ``rule``; ``labels`` (joined by ``|``) are the answers of ``label`` and
the classes of ``classes``. ``paper=True`` judges as the released scripts do; the corrected rules
look for whole words, for what is stated as the answer, and count nothing twice:

| rule | corrected | released |
|---|---|---|
| ``letter`` | the letter stated | the first character |
| ``label`` | the one label stated, or the only one named | the label occurs anywhere (true/false: and the other does not; yes/no: the first character) |
| ``contains`` | the target occurs as whole words | the target occurs anywhere, quotes and full stops dropped |
| ``entities`` | F1 of the entities | the same, but every list loses its last character |
| ``classes`` | F1 of the classes named | the same |
| ``text`` | BLEU-1, and ROUGE-L beside it | the same with the package ``rouge`` |
"""  # noqa: E501 - a table

from __future__ import annotations

import re
from collections.abc import Sequence

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._letters import alone, opening, stated, whole
from benchwright.scorers._overlap import bleu, rouge_l, rouge_l_of_sets, words
from benchwright.scorers._stated import statements, without_thinking

LETTERS = "ABCDE"
NOTHING = re.compile(r"there (?:is|are) no (?:related )?(?:entity|enetity|entities)|^none$")
_PREAMBLES = ("the right answer is", "the diagnosis result is", "the treatment planning is:")
_SAID = re.compile(r"^(?:[^:\n]{0,60}(?:entities|answers?|are|is)\s{0,3}:)\s*")
_DRESS = " \t\n.*_`\"'$(){}[]:"
_SEPARATORS = re.compile(r"\s*[,;\n]\s*")


def judge(sample: Sample, response: Response, *, paper: bool) -> Score:
    """Return the score by the rule that the sample names."""
    text = response.text if paper else without_thinking(response.text)
    rule = sample.metadata.get("rule", "text")
    if not text.strip():
        return Score(explanation="no text")
    if rule == "text":
        return _overlap(sample, text.strip(), paper=paper)
    if rule == "entities":
        wanted, found = (entities(one, paper=paper) for one in (sample.target, text))
        return _shared(wanted, found, "entities")
    labels = tuple(filter(None, sample.metadata.get("labels", "").split("|")))
    if rule == "classes":
        found = classes(text, labels)
        if not found and not paper:
            return Score(explanation="no class is named")
        return _shared(classes(sample.target, labels), found, "classes")
    if paper:
        return _released(sample, text, rule, labels)
    if rule == "letter":
        options = sample.metadata.get("options", "").split("\n")
        answer, target = letter(text) or only_named(text, options), letter(sample.target)
    elif rule == "label":
        answer, target = label(text, labels), sample.target.strip().rstrip(".").casefold()
    else:
        return _contained(sample, text)
    return Score(
        value=None if answer is None else float(answer == target),
        answer=answer,
        explanation=f"the {rule} stated" if answer else f"no single {rule} is stated",
    )


def entities(text: str, *, paper: bool = False) -> frozenset[str]:
    """Return the entities of a list joined by commas; empty where it says that there are none."""
    plainer = text.replace(".", "").strip().lower() if paper else text.strip().rstrip(".").lower()
    if paper:
        none = plainer == "there is no related enetity"
        return frozenset() if none else frozenset(plainer[:-1].split(", "))
    if NOTHING.search(plainer):
        return frozenset()
    listed = _SAID.sub("", plainer)
    found = (part.strip(" .*-•\"'`") for part in _SEPARATORS.split(listed))
    return frozenset(part for part in found if part)


def classes(text: str, known: tuple[str, ...]) -> frozenset[str]:
    """Return the classes of which the text holds the whole name."""
    said = text.lower()
    return frozenset(name for name in known if name in said)


def letter(text: str) -> str | None:
    """Return the letter that a text states as its answer."""
    said = _without_preamble(text.strip())
    if found := whole(said, LETTERS) or opening(said, LETTERS):
        return found
    if told := stated(text, LETTERS):
        return told[-1]
    single = alone(text, LETTERS)
    return single[0] if len(single) == 1 else None


def only_named(text: str, options: Sequence[str]) -> str | None:
    """Return the letter of the only option whose whole text occurs in the answer."""
    said = text.casefold()
    named = [
        letter
        for letter, option in zip(LETTERS, options, strict=False)
        if option and re.search(rf"(?<!\w){re.escape(option.casefold())}(?!\w)", said)
    ]
    return named[0] if len(named) == 1 else None


def label(text: str, labels: tuple[str, ...]) -> str | None:
    """Return the label stated last as the answer, or else the only one that is named."""
    told = [statement.line for statement in statements(text)]
    for line in (text, *told):
        if (own := line.strip(_DRESS).casefold()) in labels:
            return own
    for line in (*told, text.strip().split("\n")[0], text):
        named = _named(line.casefold(), labels)
        if len(named) == 1:
            return named[0]
    return None


def numbers_of(answer: str) -> tuple[float, float] | None:
    """Return (BLEU-1, ROUGE-L) of an answer as this module writes them."""
    match = re.fullmatch(r"BLEU-1 ([0-9.]+), ROUGE-L ([0-9.]+)", answer)
    return (float(match[1]), float(match[2])) if match else None


def _overlap(sample: Sample, text: str, *, paper: bool) -> Score:
    target = sample.target.strip()
    if sample.metadata.get("case") == "folded":
        text, target = text.lower(), target.replace(".", "").strip().lower()
    own, reference = words(text), words(target)
    unigrams = bleu(own, [reference], order=1)
    if paper:
        spaced = sample.tags.get("language") in {"zh", "ja"}  # whose authors put spaces in first
        pair = (" ".join(own), " ".join(reference)) if spaced else (text, target)
        subsequence = rouge_l_of_sets(*pair)
    else:
        subsequence = rouge_l([w.lower() for w in own], [w.lower() for w in reference])
    told = f"BLEU-1 {unigrams:.6f}, ROUGE-L {subsequence:.6f}"
    return Score(value=unigrams, answer=told, explanation=f"{len(own)} words")


def _shared(wanted: frozenset[str], found: frozenset[str], what: str) -> Score:
    shared = len(wanted & found)
    total = len(wanted) + len(found)
    return Score(
        value=2 * shared / total if total else 1.0,
        answer="; ".join(sorted(found)),
        explanation=f"{shared} of {len(wanted)} {what}, {len(found) - shared} others",
    )


def _contained(sample: Sample, text: str) -> Score:
    wanted = " ".join(words(_without_preamble(_unquoted(sample.target)).rstrip(" .").casefold()))
    said = " ".join(words(_unquoted(text).casefold()))
    there = f" {wanted} " in f" {said} "
    return Score(value=float(there), answer=text.strip(), explanation="whole words of the answer")


def _released(sample: Sample, text: str, rule: str, labels: tuple[str, ...]) -> Score:
    said, wanted = text.lower().strip(), sample.target.lower().strip()
    if rule == "letter" or labels[:2] == ("yes", "no"):
        known = "abcd" if rule == "letter" else "yn"
        said, wanted = (one.replace(_PREAMBLES[0], "").strip()[:1] for one in (said, wanted))
        right = said == wanted and said in known and bool(said)
    elif labels == ("true", "false"):
        other = {"true": "false", "false": "true"}.get(wanted, "")
        right = bool(other) and wanted in said and other not in said
    else:
        if sample.metadata.get("line") == "first":
            said = said.split("\n")[0]
        right = _without_preamble(_unquoted(wanted).replace(".", "")).strip() in _unquoted(said)
    return Score(value=float(right), answer=text.strip(), explanation="as released")


def _named(text: str, labels: tuple[str, ...]) -> list[str]:
    return [one for one in labels if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]


def _unquoted(text: str) -> str:
    return text.replace('"', "").replace("'", "").replace("\n", " ")


def _without_preamble(text: str) -> str:
    for preamble in _PREAMBLES:
        if text.lower().startswith(preamble.rstrip(":")):
            return text[len(preamble.rstrip(":")) :].lstrip(": ")
    return text
