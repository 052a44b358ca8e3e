"""benchmarks - micro benchmarks and the end-to-end comparison with Postfix in one run."""
