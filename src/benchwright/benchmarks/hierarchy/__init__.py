"""Questions about hierarchies, generated from a seed: trees, JSON documents, formulas, code."""
