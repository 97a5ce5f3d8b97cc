"""Benchmarks: each prints one JSON object with --json, and reproduces the figures of the README."""
