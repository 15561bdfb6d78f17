"""What a builder writes into an artifact."""

ENTRYPOINT = "data:data"
WORKFLOW = "data"
