"""The benchmarks: one module each, exporting ``BENCHMARK``; the file's name is its name."""
