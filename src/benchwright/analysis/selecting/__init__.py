"""Small subsets of a pool's items that tell what the whole would: chosen, weighed and checked."""
