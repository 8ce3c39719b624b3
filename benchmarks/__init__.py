"""Benchmarks: one script per claim; each measures us and a named peer or physical limit in one run."""
