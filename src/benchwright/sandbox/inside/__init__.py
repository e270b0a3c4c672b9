"""What runs within the walls: standard library only, imported there by its plain module names.

Nothing here is trusted once a candidate has begun in the same process; the judge's process never
holds candidate code.
"""
