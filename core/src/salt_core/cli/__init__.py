"""The `salt` command."""
