"""How one sample becomes several: one module per perturbation, exporting ``PERTURBATION``."""
