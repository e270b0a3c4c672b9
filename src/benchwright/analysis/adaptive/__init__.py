"""Which samples to ask next, and what the answers so far say of the whole benchmark.

Columns in, values out: nothing here knows a model or a prompt. docs/adaptive.md gives the reasons.
"""
