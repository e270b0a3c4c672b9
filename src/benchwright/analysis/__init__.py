"""What the measurements say: estimates, folds, comparisons and tables, over columns only."""
