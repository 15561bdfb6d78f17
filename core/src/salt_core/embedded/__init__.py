"""The embedded default: a real server of this user, started on first need."""
