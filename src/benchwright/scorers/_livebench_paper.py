r"""LiveBench's released rules, task by task, with their quirks (LiveBench/LiveBench@995e86f).

Each function is given the answer (thinking removed) and the ground truth, and returns what
``livebench/process_results/<category>/<task>/utils.py`` gives. Two rest on other libraries than
the released code: LaTeX is compared by ``_equivalence`` (there: sympy's parsers), and tables are
read by ``_tables`` (there: pandas).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from benchwright.scorers._edits import distance
from benchwright.scorers._equivalence import same
from benchwright.scorers._mapping import mapping_of
from benchwright.scorers._tables import read_table, same_table
from benchwright.scorers._typed import CALLED

_SOLUTION = re.compile(r"<solution>(.*?)</solution>")
_UNOPENED = re.compile(r"</solution>(.*?)</solution>")
_BOLD = re.compile(r"\*\*(.*?)\*\*")
_BOLD_PHRASE = re.compile(r"\*\*([^\*]+)\*\*")
_PHRASE = re.compile(r"^\s*(?:Here|Input)\b[^\n]*?\b(?:format|table)\s*[:)]\s*", re.IGNORECASE)
_SHAPES = ("tetrahedra", "tetrahedron", "triangle", "square")
_KINDS = ("yes", "no", "unknown")


def boxed(text: str) -> str | None:
    r"""Return what stands in the last ``\boxed`` (or ``\fbox``), as the released code cuts it."""
    if "\\boxed " in text:
        return text.rpartition("\\boxed ")[2].partition("$")[0]
    start = max(text.rfind("\\boxed"), -1)
    start = start if start >= 0 else text.rfind("\\fbox")
    if start < 0:
        return None
    depth = 0
    for match in re.finditer(r"[{}]", text[start:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            whole = text[start : start + match.end()].replace("$", "").replace("fbox", "boxed")
            return whole[len("\\boxed{") : -1] if whole.startswith("\\boxed{") else None
    return None


def math_contest(answer: str, truth: str, question: str) -> float:
    """AMC and SMC: the letter five times, boxed, its option's text at the end, or the last line."""
    solutions = _SOLUTION.findall(answer)
    if solutions and len(set(solutions[-1])) == 1 and solutions[-1][0].lower() == truth.lower():
        return 1.0
    if truth * 4 in answer:
        return 1.0
    box = boxed(answer.replace("\\\\fbox{", "\\\\boxed{"))
    if box and _unwrapped(box).lower() == truth.lower():
        return 1.0
    value = _option(question, truth)
    if value in answer[-(20 + len(value)) :]:
        return 1.0
    last = answer.strip().rpartition("\n")[2]
    if last.strip().replace("*", "").lower() == truth.lower():
        return 1.0
    inner = last.partition("(")[2].partition("(")[0].partition(")")[0]
    return float("(" in last and ")" in last and inner.lower() == truth.lower())


def _option(question: str, letter: str) -> str:
    found = re.findall(r"\\textbf{\(([A-E])\)\s?}(.*?)(?:\\qquad|\$)", question)
    value = {name: text.strip() for name, text in found}.get(letter) or "FAILURE"
    return value.strip().strip("$").strip("~")


def aime(answer: str, truth: str) -> float:
    """Score the three digits anywhere in the last 50 characters."""
    return float(truth in answer[-50:])


def rearrangement(answer: str, truth: str) -> float:
    """Olympiad proofs: 1 less the edit distance of the lists over the longer one's length."""
    wanted = [int(number) for number in truth.split(",")]
    given = _completions(answer)
    return 1 - distance(given, wanted) / max(len(given), len(wanted))


def _completions(answer: str) -> list[int | str]:
    lowered = answer.lower()
    if "answer:" in lowered and (numbers := _numbers(_last_answer(lowered.strip()))):
        return numbers
    if "\\boxed" in answer:
        box = boxed(answer)
        inner = answer if box is None else box
        inner = _unwrapped(inner)
        if numbers := _some([_whole(part.strip()) for part in inner.strip().split(",")]):
            return numbers
    last = lowered.strip().rpartition("\n")[2]
    digits = [_digits(part)[0] for part in last.strip().split(",")]
    if numbers := _some([_whole(part) for part in digits if part]):
        return numbers
    listed: list[int | str] = []
    for place, part in enumerate(lowered.rpartition("answer:")[2].split(",")):
        run, removed = _digits(part.strip())
        if run:
            listed.append(_whole(run))
        if place and removed:
            break
    return listed


def _last_answer(text: str) -> str:
    lines = text.split("\n")
    place = max(index for index, line in enumerate(lines) if "answer:" in line)
    said = lines[place].split("answer:")[1].replace("**", "").replace(".", "").strip()
    if not said and place + 1 < len(lines):
        said = lines[place + 1].replace("answer:", "").replace("**", "").replace(".", "").strip()
    return said


def _numbers(said: str) -> list[int | str]:
    parts = [part.strip().rpartition(" ")[2] for part in said.split(",")]
    return _some([_whole(re.sub(r"[${}\\<>]|boxed", "", part)) for part in parts])


def _some(numbers: list[int | str]) -> list[int | str]:
    return numbers if any(isinstance(number, int) for number in numbers) else []


def _whole(text: str) -> int | str:
    try:
        return int(text) if len(text) <= 400 else "NO ANSWER"
    except ValueError:
        return "NO ANSWER"


def _digits(text: str) -> tuple[str, int]:
    match = re.search(r"\d+", text)
    return (match[0], len(text) - len(match[0])) if match else ("", len(text))


def amps_hard(answer: str, truth: str) -> float:
    r"""Score expressions: the last box, else the last ``$…$``, else the end of the text."""
    for old, new in _RESPELT:
        answer = answer.replace(old, new)
    truth = truth.replace("\\left", "").replace("\\right", "").replace(" ^", "^")
    truth = truth.replace("\\ ", "*")
    box = boxed(answer)
    if box:
        return float(_equivalent(_final(box), truth))
    if answer.count("$") >= 2:
        close = answer.rfind("$")
        close -= answer[close - 1] == "$"
        maths = answer[answer.rfind("$", 0, close) + 1 : close]
        if "=" in maths:
            maths = maths.rpartition("=")[2].strip()
        else:
            maths = maths.rpartition("\\quad \\text{or} \\quad")[2].strip()
        return float(_equivalent(_final(maths), truth))
    return float(answer.removesuffix(".").endswith(truth))


_RESPELT = (
    *((constant, "") for constant in ("+C", "+ C", "+ c", "+c")),
    ("\\\\fbox{", "\\\\boxed{"),
    ("\\dfrac", "\\frac"),
    ("\\tfrac", "\\frac"),
    *((f"\\{size}", "") for size in ("left", "right", "bigl", "bigr", "Bigl", "Bigr")),
    ("\\,", ""),
    ("\\;", ""),
    ("\n", ""),
    ("\\cdot", "*"),
)


def _final(answer: str) -> str:
    answer = answer.rpartition("=")[2]
    answer = re.sub(r"[^$]*\$([^$]*)\$.*", r"\1", answer)
    answer = re.sub(r"\\(?:text|textbf|overline)\{([^}]*)\}", r"\1", answer)
    answer = re.sub(r"(frac)([^{])(.)", r"frac{\2}{\3}", answer)
    answer = re.sub(r"(sqrt)([^{\[])", r"sqrt{\2}", answer).replace("$", "")
    return answer.replace(",", "") if answer.replace(",", "").isdigit() else answer


def _equivalent(answer: str, truth: str) -> bool:
    return same(answer, truth.replace("*", "\\cdot "))


def spatial(answer: str, truth: str) -> float:
    """Score the truth among the last three bold phrases (or the number in words), or boxed."""
    if answer == truth:
        return 1.0
    wanted = truth.strip().lower()
    for phrase in [bold.strip().lower() for bold in _BOLD_PHRASE.findall(answer)[-3:]]:
        if phrase == wanted or CALLED.get(phrase) == wanted:
            return 1.0
        if wanted in _SHAPES and wanted in phrase and len(phrase) < 2 * len(wanted) + 5:
            return 1.0
    box = boxed(answer.replace("\\\\fbox{", "\\\\boxed{")) or ""
    for wrapper in ("\\textbf{", "\\mathbf{", "\\text{", "}"):
        box = box.replace(wrapper, "")
    return float(box == truth)


def web_of_lies(answer: str, truth: str) -> float:
    """Score the three words in ``<solution>``, else in bold, in a box, or the last in a row."""
    solutions = _SOLUTION.findall(answer) or _UNOPENED.findall(answer)
    parsed = solutions[-1] if solutions else None
    if parsed is None:
        words = [word.lower() for phrase in _BOLD.findall(answer) for word in phrase.split()]
        kinds = [word for word in (w.replace(",", "").replace(".", "") for w in words)
                 if word in _KINDS]  # fmt: skip
        parsed = ", ".join(kinds[-3:]) or None
    if parsed is None or not parsed.strip():
        respelt = answer.replace("\\\\boxed{\\\\textbf{", "\\\\boxed{")
        respelt = respelt.replace("\\\\fbox{", "\\\\boxed{").replace("\\textbf{", "\\boxed{")
        parsed = boxed(respelt) or parsed
    if parsed is None:
        rows = [", ".join(kinds) for kinds in itertools.product(_KINDS, repeat=3)]
        lowered = answer.lower()
        found = {lowered.find(row): row for row in rows if row in lowered}
        parsed = found[max(found)] if found else None
    if not parsed:
        return 0.0
    if parsed == truth.lower():
        return 1.0
    return float(sum(parsed.count(kind) for kind in _KINDS) == 3 and truth.lower() in parsed)


def zebra(answer: str, truth: str) -> float:
    """Since 2024-11-25: half for all items right, half for the share; an item may hold more."""
    wanted = truth.split(",")
    found = _SOLUTION.findall(answer) or _UNOPENED.findall(answer)
    if not found and (box := boxed(answer.replace("\\\\fbox{", "\\\\boxed{"))) is not None:
        found = [_unwrapped(box)]
    if not found:
        last = answer.strip().rpartition("\n")[2]
        found = [last] if last.count(",") == len(wanted) - 1 else []
    if not found:
        return 0.0
    items = found[-1].split(",")
    if len(found) > 1:
        items = [item for text in found for item in text.split(",")][-len(wanted) :]
    spelt = [item.strip().lower().replace("-", " ") for item in items]
    right = sum(
        one.strip().lower().replace("-", " ") in other.replace("position", "")
        for one, other in zip(wanted, spelt, strict=False)
    )
    return ((right == len(wanted)) + right / len(wanted)) / 2


def old_zebra(answer: str, truth: str) -> float:
    """Score the last ``***word***``, else the last word; digits may stand for words."""
    bold = re.findall(r"\*\*\*(\w+)\*\*\*", answer)
    words = bold or re.findall(r"\b\w+\b", answer)
    word = words[-1] if words else ""
    spelt = {digit: name for name, digit in CALLED.items()}.get(word, word)
    return float(truth.lower() in {word.lower(), spelt, f"{word.lower()} movies"})


def cta(answer: str, truth: str) -> float:
    """Score an answer that ends with the class's name, letters and digits only."""
    if "\\boxed{" in answer:
        answer = _unwrapped(boxed(answer) or "")
    return float(_letters(answer).endswith(_letters(truth)))


def _letters(text: str) -> str:
    return re.sub(r"[^\w]", "", text.lower())


def tablejoin(answer: str, truth: str) -> float:
    """Score F1 over pairs of columns, to two decimals."""
    given = mapping_of(_dictionary(answer))
    return round(f1(given, mapping_of(truth) or {}), 2) if given else 0.0


def f1(given: dict[str, str | None], wanted: dict[str, str | None]) -> float:
    """Return the F1 of pairs; a pair with the wrong value is both wrong and missing."""
    given = {key: value for key, value in given.items() if value is not None}
    right = sum(wanted.get(key) == value for key, value in given.items())
    wrong = len(given) - right
    missing = sum(key not in given or given[key] != value for key, value in wanted.items())
    return 2 * right / (2 * right + wrong + missing) if given or wanted else 0.0


def _dictionary(answer: str) -> str:
    tagged = re.findall(r"<solution>(.*?)</solution>", answer, re.DOTALL)
    text = tagged[-1].strip() if tagged else answer
    if mapping_of(text) is not None:
        return text
    flat = text.replace("\n", "")
    for fence in ("```python", "```json", "```"):
        if blocks := re.findall(f"{fence}(.*?)```", flat):
            return str(blocks[-1])
    return boxed(flat) or text


def tablereformat(answer: str, truth: str, kind: str) -> float:
    """Score the same table in the wanted format: columns in any order, rows in the given one."""
    wanted = read_table(truth, kind, by_column=True)
    given = read_table(_table(answer), kind, by_column=True)
    if wanted is None or given is None:
        return 0.0
    return float(same_table(given, wanted))


def _table(answer: str) -> str:
    tagged = re.findall(r"<solution>(.*?)</solution>", answer, re.DOTALL)
    text = tagged[-1].strip() if tagged else answer
    for language in ("json", "html"):
        if blocks := re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL):
            return str(blocks[-1]).strip()
    text = re.sub(r"^```.*\n", "", text).replace("&amp;", "&").replace("```", "").strip()
    return _PHRASE.sub("", text)


def followed(kept: Sequence[bool]) -> float:
    """Instruction following: the mean of "all kept" and of the share kept."""
    return (all(kept) + sum(kept) / len(kept)) / 2


def _unwrapped(box: str) -> str:
    return box.replace("\\text{", "").replace("}", "").replace("\\", "")
