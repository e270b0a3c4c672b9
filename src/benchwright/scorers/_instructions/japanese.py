"""The kinds of instruction of M-IFEval's Japanese part.

The authors cut words with Janome, a dictionary of 200 MB. Here a keyword is looked for in the
text, and a sentence ends in a noun when the character before its end is a kanji, a katakana, a
letter or a digit, or when it ends in one of the usual nouns that are written in hiragana.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from benchwright.scorers._instructions.formats import (
    FORMATS,
    Arguments,
    Verifier,
    compares,
    count_items,
    nth_paragraph,
    one_of,
    spans,
    title,
    without,
)
from benchwright.scorers._instructions.sentences import count_japanese_sentences

_BULLET = re.compile(r"^\s*+(?:(?P<item>・[^・].*))?", re.MULTILINE)
_NUMBERED = re.compile(r"^\s*+(?:(?P<item>\d+\.\s.*))?", re.MULTILINE)
_HIGHLIGHT = re.compile(r"《[^\n《》]*》")
_KANJI = re.compile("[\u4e00-\u9faf]")
_READ_KANJI = re.compile("[\u4e00-\u9faf]++(?P<item>（[ぁ-ん]++）)?")
_NOUN_END = re.compile(
    "(?:[\u4e00-\u9fff々〆ァ-ヺーｦ-ﾟA-Za-zＡ-Ｚａ-ｚ0-9０-９]"
    "|こと|もの|とき|ため|ところ|わけ|はず|ほう|よう|つもり|あなた|わたし|みんな|ひとつ|これ|それ)[。！？]"
)


def _sentences(answer: str, arguments: Arguments) -> bool:
    count = count_japanese_sentences(answer)
    return compares(count, arguments, relation="relation", bound="num_sentences")


def _length(answer: str, arguments: Arguments) -> bool:
    return compares(len(answer), arguments, relation="relation", bound="num_letters")


def _bullets(answer: str, arguments: Arguments) -> bool:
    return count_items(_BULLET, answer) == int(arguments["num_bullets"])


def _numbered(answer: str, arguments: Arguments) -> bool:
    return count_items(_NUMBERED, answer) == int(arguments["num_items"])


def _highlights(answer: str, arguments: Arguments) -> bool:
    found = sum(bool(part.strip("《》").strip()) for part in _HIGHLIGHT.findall(answer))
    return found >= int(arguments["num_highlights"])


def _sections(answer: str, arguments: Arguments) -> bool:
    mark = re.escape(str(arguments["section_spliter"]).strip())
    return len(re.findall(rf"第\d++{mark}", answer)) >= int(arguments["num_sections"])


def _postscript(answer: str, arguments: Arguments) -> bool:
    marker = str(arguments["postscript_marker"]).strip()
    usual = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return re.search(usual.get(marker) or re.escape(marker), answer, re.IGNORECASE) is not None


def _keywords(answer: str, arguments: Arguments) -> bool:
    return all(word in answer for word in arguments["keywords"])


def _keyword_frequency(answer: str, arguments: Arguments) -> bool:
    count = answer.count(str(arguments["keyword"]).strip())
    return compares(count, arguments, relation="relation", bound="frequency")


def _forbidden_words(answer: str, arguments: Arguments) -> bool:
    return not any(word in answer for word in arguments["forbidden_words"])


def _letter_frequency(answer: str, arguments: Arguments) -> bool:
    letter = str(arguments["letter"]).strip()
    count = answer.count(letter) + answer.count(chr(ord(letter) + 96))  # and its katakana
    return compares(count, arguments, relation="let_relation", bound="let_frequency")


def _first_word(answer: str, arguments: Arguments) -> bool:
    paragraph = nth_paragraph(answer, arguments)
    if paragraph is None:
        return False
    text = paragraph.lstrip("「").lstrip("『")
    return text.startswith(str(arguments["first_word"]).lower())


def _repeats_prompt(answer: str, arguments: Arguments) -> bool:
    return answer.strip().startswith(str(arguments["prompt_to_repeat"]).strip())


def _ends_with(answer: str, arguments: Arguments) -> bool:
    phrase = str(arguments["end_phrase"]).strip().strip("」』")
    return answer.strip().strip("」』").endswith(phrase)


def _unified_end(answer: str, arguments: Arguments) -> bool:
    ends = re.split("[。！？]", _unquoted(answer))
    return all(end.endswith(str(arguments["ending"])) for end in ends if end)


def _noun_ends(answer: str, arguments: Arguments) -> bool:
    return len(_NOUN_END.findall(_unquoted(answer))) >= int(arguments["count"])


def _unquoted(answer: str) -> str:
    for opening, closing in ("「」", "『』"):
        kept, at = [], 0
        for start, end in spans(answer, opening, closing):
            kept.append(answer[at:start])
            at = end
        answer = "".join(kept) + answer[at:]
    return answer


def _readings(answer: str, _: Arguments) -> bool:
    runs = [match["item"] for match in _READ_KANJI.finditer(answer)]
    return None not in runs


def _kanji(answer: str, arguments: Arguments) -> bool:
    count = len(_KANJI.findall(answer))
    return compares(count, arguments, relation="relation", bound="kanji_limit")


def _no_hiragana(answer: str, _: Arguments) -> bool:
    return not any("ぁ" <= c <= "ゖ" for c in answer)


def _no_katakana(answer: str, _: Arguments) -> bool:
    return not any("ァ" <= c <= "ヺ" or "ｦ" <= c <= "ﾟ" for c in answer)


def _hiragana_only(answer: str, _: Arguments) -> bool:
    return all("ぁ" <= c <= "ん" or c == "ー" or _no_letter(c) for c in answer)


def _katakana_only(answer: str, _: Arguments) -> bool:
    return all("ァ" <= c <= "ン" or c in "ー・" or "ｦ" <= c <= "ﾟ" or _no_letter(c) for c in answer)


def _no_letter(character: str) -> bool:
    return not unicodedata.category(character).startswith("L")


def _no_digits(answer: str, _: Arguments) -> bool:
    return re.search(r"\d", answer) is None


def _quoted(answer: str, _: Arguments) -> bool:
    text = answer.strip()
    return len(text) > 1 and text[0] == "「" and text[-1] == "」"


JAPANESE: Mapping[str, Verifier] = {
    **FORMATS,
    "keywords:existence": _keywords,
    "keywords:frequency": _keyword_frequency,
    "keywords:forbidden_words": _forbidden_words,
    "keywords:letter_frequency": _letter_frequency,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_letters": _length,
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:number_numbered_lists": _numbered,
    "detectable_format:constrained_response": one_of(
        "はい、そうです。", "いいえ、違います。", "どちらとも言えません。"
    ),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:title": title("『", "』"),
    "detectable_format:nominal_ending": _noun_ends,
    "combination:repeat_prompt": _repeats_prompt,
    "startend:end_checker": _ends_with,
    "startend:sentence_unified_end": _unified_end,
    "startend:quotation": _quoted,
    "letters:furigana": _readings,
    "letters:kansuuji": _no_digits,
    "letters:no_katakana": _no_katakana,
    "letters:katakana_only": _katakana_only,
    "letters:no_hiragana": _no_hiragana,
    "letters:hiragana_only": _hiragana_only,
    "letters:kanji": _kanji,
    "punctuation:no_comma": without("、"),
    "punctuation:no_period": without("。"),
}
"""Kind → verifier."""
