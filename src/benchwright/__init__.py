"""Benchwright: measure once, sample by sample; ask any question of the measurements afterwards."""
