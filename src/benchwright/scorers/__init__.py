"""How responses are judged: one module per scorer, exporting ``SCORER``; its name is the scorer's.

Modules that begin with an underscore hold what several scorers share.
"""
