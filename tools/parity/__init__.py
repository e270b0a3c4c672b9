"""Published scores beside ours: ``python -m parity`` in ``tools/`` writes ``docs/parity.md``.

A module of this package, one per group of benchmarks, exports ``cases(data)``.
"""
