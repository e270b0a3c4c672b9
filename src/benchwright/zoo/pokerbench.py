"""PokerBench: 11,000 decisions of no-limit hold'em against a solver's."""

from __future__ import annotations

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.poker import FIGURES, read
from benchwright.core.benchmark import Card, Metric, ReferenceScore, Source
from benchwright.core.request import Generation
from benchwright.scorers.poker_action import SCORER

_PUBLISHED = {
    "GPT-4": (0.5355, 0.5218, 0.5500),
    "Llama-3-8B": (0.2602, 0.1496, 0.3777),
    "Llama-3-8B, fine-tuned": (0.7826, 0.7652, 0.8010),
}
_FILES = {
    "test": "preflop_1k_test_set_prompt_and_label.json",
    "postflop": "postflop_10k_test_set_prompt_and_label.json",
}
_DIGESTS = {
    _FILES["test"]: "221027a6dace36d4ab13eb6c54431d4522f33c24cc9390b36eb31baf2eb825b4",
    _FILES["postflop"]: "ba4fdbe4dbd0efa1f33b1a5c73fb4e194da3504bcb1a83e68d26392cd27f348c",
}

CARD = Card(
    name="pokerbench",
    version="1",
    title="PokerBench",
    summary="Choosing a solver's action in six-handed no-limit hold'em, before and after the flop.",
    paper="Zhuang et al. 2025, AAAI, arXiv:2501.08328",
    licence="Apache-2.0",
    size=11_000,
    sources=(
        Source(
            kind="hub",
            location="RZ412/PokerBench",
            revision="7ac61f961c81a50fc0f667820b2fb0e432dfec0d",
            files=_FILES,
            digests=_DIGESTS,
            note="Revision, digests and licence as a public project pins them; not fetched by us.",
        ),
        Source(
            kind="folder",
            location="pokerbench",
            files=_FILES,
            digests=_DIGESTS,
            note="The hub's two test files.",
        ),
    ),
    metric=Metric(name="exact match", average="macro:stage"),
    stratum="stage",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting=f"exact match, {part}; 5-shot (fine-tuned: 0-shot), temperature 0.1",
            read_at="arXiv:2501.08328, table 2",
        )
        for model, scores in _PUBLISHED.items()
        for part, score in zip(("overall", "post-flop", "pre-flop"), scores, strict=True)
    ),
    notes="The mean weighs pre-flop and post-flop the same; the paper's overall is .5137 post-flop "
    "and .4863 pre-flop. How an action is read is ours; `poker_action_paper` is the released rule, "
    "to which `raise 1` occurs in `raise 12`. An answer may have 512 tokens here; the released "
    "script cuts it off after 20. Asked without examples: the authors' five come from training "
    "files of 600 MB. Playing validation (big blinds won per 100 hands) is not here.",
)

BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    layout=Layout(name="pokerbench", lead="", strip=False, cue="", shown="target"),
    generation=Generation(max_tokens=512, temperature=0.1, top_p=0.95),
    raw_stop=("\n\n",),
    figures=FIGURES,
)
