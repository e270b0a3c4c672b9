"""Whether an answer keeps instructions that a program can verify: IFEval, M-IFEval, LiveBench.

``verdicts`` is the way in; a module per language says what its instructions mean. The rules are
those of the authors' registry of instructions (google-research/instruction_following_eval;
lightblue-tech/M-IFEval for Spanish, French and Japanese), written anew so that no answer takes
long: each verifier is linear in the length of the answer. What differs is said where it differs:

* where their code draws something at random (a "letter" that is none of a–z), what the data says
  is taken;
* sentences are cut by the same Punkt models from another package, nothing is downloaded;
* Spanish sentences and Japanese words, which the authors cut with large statistical models, are
  cut by the rules in ``sentences`` and ``japanese``.
"""
