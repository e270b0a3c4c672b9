"""One way of writing: an answer in LaTeX, Unicode or as typed, brought to a common form.

Nothing here decides equality beyond "the same but for dress": spaces, sizes of brackets, fonts,
dollar and degree signs, thousands separators, units after a number, a final period.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2_000
"""Characters beyond which an answer is taken as it stands."""

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∗": "*",
    "÷": "/", "√": r"\sqrt", "π": r"\pi ", "∞": r"\infty ", "°": "", "º": "", "≤": "≤", "≥": "≥",
    "∪": "∪", "⋃": "∪", "±": "±", "∈": "∈", "⁄": "/", "∕": "/", "’": "'", "θ": r"\theta ",
    "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "⟨": "(", "⟩": ")", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:\{,\}|,? *\\[!,;: ] *)(?=[0-9]{3}(?![0-9]))")
_SIZES = re.compile(
    r"\\(?:left|right|bigg?[lrm]?|Bigg?[lrm]?|displaystyle|textstyle|limits|middle)"
    r"(?![A-Za-z])\.?"
)
_SPACES = re.compile(r"(?<!\\)\\(?:[!,;:> ]|quad(?![A-Za-z])|qquad(?![A-Za-z])|hspace\{[^{}]*\})|~")
_WORDS = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\dbinom": r"\binom",
    r"\tbinom": r"\binom", r"\choose": r"\choose", r"\leq": "≤", r"\le": "≤", r"\geq": "≥",
    r"\ge": "≥", r"\lt": "<", r"\gt": ">", r"\neq": "≠", r"\ne": "≠", r"\cup": "∪", r"\pm": "±",
    r"\in": "∈", r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\mid": "|", r"\langle": "(",
    r"\rangle": ")", r"\lbrace": "⦃", r"\rbrace": "⦄", r"\lbrack": "[", r"\rbrack": "]",
    r"\degree": "", r"\approx": "≈", r"\colon": ":", r"\ldots": "…", r"\cdots": "…", r"\dots": "…",
    r"\varnothing": "∅", r"\emptyset": "∅", r"\to": "→", r"\implies": "→", r"\cap": "∩",
}  # fmt: skip
_COMMAND = re.compile(r"\\[A-Za-z]+")
_FONT = re.compile(r"\\(?:mathrm|mathbf|mathit|mathsf|boldsymbol|bm|rm|bf|operatorname|mathbb)\b *")
_WRAPPED = re.compile(
    r"\\(?:text|mbox|textbf|textit|textrm|texttt|emph|hbox|mathrm|mathbf|boxed|fbox)"
    r" *\{([^{}]*)\}"
)
_WRAPPED_UNIT = re.compile(
    r"\\(?:text|mbox|textrm|textbf|mathrm|hbox) *\{([^{}]*)\}(?: *(?:\^ *\{? *[0-9] *\}?))?"
)
_DEGREES = re.compile(r"\^ *(?:\{ *(?:\\circ|\\degree) *\}|\\circ(?![A-Za-z]))|\\circ(?![A-Za-z])")
_TEMPERATURE = re.compile(
    r"(?:°|º|\^ *(?:\{ *\\circ *\}|\\circ)) *(?:\\(?:text|mathrm) *\{ *[CF] *\}|[CF]\b)"
)
_MIXED = re.compile(r"(?<![0-9.])([0-9]{1,9}) +([0-9]{1,9})/([0-9]{1,9})(?![0-9.])")
_EMPTY = re.compile(r"\^ *\{ *\}|(?<=[0-9])(?:st|nd|rd|th)\b")
_NUMERAL = re.compile(r"(?<=[0-9]) *\([A-Za-z -]{2,40}\)$")
_CURRENCY = re.compile(r"\\?[$£€¥]|(?<![A-Za-z])(?:USD|EUR|GBP|US)(?= *[0-9])")
_PERCENT = re.compile(r"\\?%|\bpercent\b|\bper cent\b")
_JOINED = re.compile(r"(?:,| )+(?:and|or)(?= )|^and ")
_UNIT = re.compile(r"^(?P<number>.*[0-9})])(?P<unit>(?: +(?:[A-Za-z]+(?:\^?\{?[0-9]\}?)?[./]?))+)$")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_NAMES = frozenset(
    [
        "pi",
        "sin",
        "cos",
        "tan",
        "log",
        "ln",
        "sqrt",
        "exp",
        "i",
        "e",
        "and",
        "or",
        "cot",
        "sec",
        "csc",
        "mod",
    ]
)


def cleaned(text: str) -> str:
    """Return ``text`` in the common form; spaces stay where they may tell words apart."""
    text = text.strip().strip("*`").strip()
    if len(text) > LONGEST:
        return text
    text = _TEMPERATURE.sub("", text)
    text = _POWER.sub(lambda match: f"^{{{match[0].translate(_RAISED)}}}", text)
    text = "".join([_SIGNS.get(sign, sign) for sign in text])
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    text = text.replace(r"\{", "⦃").replace(r"\}", "⦄").replace("**", "^")
    text = _CURRENCY.sub("", text)
    text = text.replace(r"\(", " ").replace(r"\)", " ").replace(r"\[", " ").replace(r"\]", " ")
    text = _BETWEEN_DIGITS.sub("", text)
    text = _SIZES.sub("", _SPACES.sub(" ", text))
    text = _DEGREES.sub("", text)
    text = _unwrapped(text)
    text = _NUMERAL.sub("", _EMPTY.sub("", text))
    text = _COMMAND.sub(lambda match: _WORDS.get(match[0], match[0]), text)
    text = _FONT.sub("", _PERCENT.sub("", text))
    text = _MIXED.sub(r"\1\\frac{\2}{\3}", _JOINED.sub(",", text))
    return _ended(" ".join(text.split()))


def _unwrapped(text: str) -> str:
    r"""Return ``text`` without units in ``\text{…}``; words that are all of it are kept."""
    whole = _WRAPPED.fullmatch(text.strip())
    if whole:
        return whole[1]

    def unit(match: re.Match[str]) -> str:
        words = match[1].strip()
        return f" {words} " if words in {"and", "or", ","} or len(words) == 1 else " "

    bare = _WRAPPED_UNIT.sub(unit, text)
    return bare if any(sign.isalnum() for sign in bare) else _WRAPPED.sub(r"\1", text)


def _ended(text: str) -> str:
    """Return ``text`` without a final period or comma, a leading sign of equality, a unit."""
    text = text.strip(" =≈").rstrip(" .,;:!" if "!" not in text else " .,;:").removeprefix(": ")
    match = _UNIT.fullmatch(text)
    if match:
        words = match["unit"].split()
        unit = any(len(word) > 1 for word in words) and not _NAMES.intersection(words)
        if unit and not _algebra(match["number"]):
            return match["number"]
    return text.strip()


def _algebra(text: str) -> bool:
    """Whether a letter outside commands stands in ``text``: then a word is no unit."""
    return bool(re.search(r"[A-Za-z]", _COMMAND.sub("", text)))


def squeezed(text: str) -> str:
    """Return a cleaned text without any space, braces of single signs dropped."""
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"\\frac([0-9])([0-9])", r"\\frac{\1}{\2}", text)
    return re.sub(r"(?<=[\^_])\{([A-Za-z0-9])\}", r"\1", text)


def ungrouped(text: str) -> str | None:
    """Return a number without its thousands separators; None where there are none."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else None


def percent(text: str) -> bool:
    """Whether ``text`` is given in percent."""
    return bool(_PERCENT.search(text[:LONGEST]))


def worded(text: str) -> str:
    """Return the letters and digits of a cleaned text, for comparing words."""
    return "".join([sign for sign in text[:LONGEST].casefold() if sign.isalnum()])
