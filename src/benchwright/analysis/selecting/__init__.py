"""Small sets of items that rank models as the whole does."""
