"""A project: a folder with pyproject.toml and salt.yaml."""
