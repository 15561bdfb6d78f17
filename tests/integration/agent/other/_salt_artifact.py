"""What a builder writes into an artifact."""

ENTRYPOINT = "other:double"
WORKFLOW = "other"
