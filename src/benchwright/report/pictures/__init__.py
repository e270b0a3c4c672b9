"""Pictures of a ranking, drawn as SVG from plain values: one file for each."""
