"""Benchmarks: figures beside baselines that the same run measures. ``make bench`` runs them all."""
