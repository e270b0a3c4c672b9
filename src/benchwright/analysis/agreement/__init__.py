"""What benchmarks say of one another, and items of their benchmark."""
