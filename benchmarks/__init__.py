"""Timings of mkrefs, to be run by hand on a quiet machine: ``python -m benchmarks``."""
