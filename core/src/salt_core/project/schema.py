"""``python -m salt_core.project.schema``: write ``salt.schema.json`` anew from the models."""

from __future__ import annotations

import json
from pathlib import Path

from salt_core.project.settings import Settings

FILE = Path(__file__).with_name("salt.schema.json")


def text() -> str:
    """The JSON Schema of salt.yaml."""
    schema = Settings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "salt.yaml"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
