"""Chaos: the promises, while processes are killed and stopped. ``make chaos`` runs the long form."""
