"""What benchmark definitions share: finding data, drawing samples, shots, prompts, solvers."""
