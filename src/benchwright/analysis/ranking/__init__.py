"""Scores, differences, ranks and tiers, with intervals that hold."""
