"""What a builder writes into an artifact."""

ENTRYPOINT = "flow:flow"
WORKFLOW = "flow"
