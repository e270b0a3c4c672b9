r"""Damage of encodings: mojibake, lost characters, control characters, broken LaTeX.

A LaTeX command whose backslash was read as an escape leaves a control character before the rest of
its name: ``\frac`` becomes a form feed and ``rac``, ``\times`` a tab and ``imes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchwright.testing.data_checks.finding import Finding, Material, counted
from benchwright.testing.data_checks.wording import texts

SIGNS = {
    "mojibake (UTF-8 read as Latin-1)": re.compile(
        "Ã[\u0080-\u00bf]|â€[\u0080-\u00bf™œ“”˜¦¢]|Â[\u00a0-\u00bf](?![\u0370-\u03ff])|ï»¿"
    ),
    "replacement characters": re.compile("\ufffd"),
    "half a surrogate pair": re.compile("[\ud800-\udfff]"),
    "control characters": re.compile("[\x00-\x06\x0b\x0e-\x1f\x7f\x80-\x9f]"),
    "LaTeX commands that lost their backslash": re.compile(
        r"\f(?:rac|orall|lat)|\x08(?:eta|ar|inom|ox|old|mod)|\x07(?:lpha|pprox|ngle|st)"
        r"|\t(?:imes|heta|ext|an|au|frac|o\b|riangle)(?=[{\\ ^_$}])|\r(?:ight|ho|ightarrow|m\b)"
        r"|\x0b(?:ec|ert|arepsilon|dots)"
    ),
    "entities of HTML": re.compile(r"&(?:amp|lt|gt|quot|nbsp|apos|#\d{1,6}|#x[0-9a-fA-F]{1,5});"),
    "escapes written out": re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}"),
    # The joiners U+200C and U+200D are letters' neighbours in Persian and Indian scripts.
    "invisible characters": re.compile(
        "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]"
    ),
}
"""Kind of damage → what shows it; all linear."""


def check(material: Material) -> Iterator[Finding]:
    """Yield how many samples show each kind of damage anywhere."""
    found: dict[str, list[str]] = {kind: [] for kind in SIGNS}
    for sample in material.samples:
        joined = "\n\n".join(text for _, text in texts(sample))
        for kind, sign in SIGNS.items():
            match = sign.search(joined)
            if match:
                place = next(where for where, text in texts(sample) if sign.search(text))
                found[kind].append(f"{sample.id} ({place}: {match[0]!a})")
    for kind, names in found.items():
        yield counted(f"show {kind}", names, len(material.samples))
