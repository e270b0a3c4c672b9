"""The table that rankings are made of: models × items, read from anything that holds scores."""
