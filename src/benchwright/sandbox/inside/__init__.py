"""What runs within the walls: standard library only, as a package of its own named ``inside``.

Nothing here is trusted once a candidate has begun in the same process; the judge's process never
holds candidate code.
"""
