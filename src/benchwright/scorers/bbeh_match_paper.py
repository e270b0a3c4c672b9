r"""BBEH's released rule: a fuzzy match of what follows "The answer is" with the target.

Of the text, what follows the last known prefix ("The answer is:", "The final answer is " …, in
capitals as here), without a full stop, ``$…$``, ``\boxed{…}`` and ``\text{…}``; small letters,
``", "`` as ``","``, no ``**``, the first line only. Equal where identical, ``(a)`` for ``a``,
the same float, the same without apostrophes, with brackets round it, or with a question mark.
(google-deepmind/bbeh, ``bbeh/evaluate.py``.)
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule

_PREFIXES = ("The answer is:", "The final answer is ", "The final answer is: ", "The answer is ")
_WRAPPERS = ("boxed{", "text{", "texttt{")


def prediction(text: str) -> str:
    """Return what the released rule reads from ``text``."""
    read = text.strip()
    for prefix in _PREFIXES:
        if prefix in read:
            read = read.rpartition(prefix)[2].strip()
    read = _bare(read.removesuffix(".")).lower()
    read = read.replace(", ", ",").replace("**", "").partition("\n")[0]
    return read.removesuffix(".")


def reference(target: str) -> str:
    """Return the target in the form that predictions are compared with."""
    return target.strip().lower().replace(", ", ",")


def fuzzy(given: str, wanted: str) -> bool:
    """Return whether a prediction matches a reference, both in their compared form."""
    if given == wanted:
        return True
    if _lettered(given):
        return given[1] == wanted
    if _lettered(wanted):
        return wanted[1] == given
    return (
        _same_float(given, wanted)
        or given.replace("'", "") == wanted.replace("'", "")
        or f"[{wanted}]" == given
        or f"[{given}]" == wanted
        or (given.endswith("?") and given[:-1] == wanted)
    )


def _bare(read: str) -> str:
    if read.startswith("$") and read.endswith("$"):
        read = read[1:-1]
    for wrapper in _WRAPPERS:
        if wrapper in read and read.endswith("}"):
            read = read[:-1].split(wrapper)[1]
    return read


def _lettered(text: str) -> bool:
    return len(text) == 3 and text[0] == "(" and text[-1] == ")"


def _same_float(given: str, wanted: str) -> bool:
    try:
        return float(given) == float(wanted)
    except ValueError:
        return False


def _judge(sample: Sample, response: Response) -> Score:
    if not response.text.strip():
        return Score(explanation="no text")
    given = prediction(response.text)
    return Score(
        value=float(fuzzy(given, reference(sample.target))), answer=given, explanation="fuzzy match"
    )


SCORER = Rule("bbeh_match_paper", "1", _judge)
