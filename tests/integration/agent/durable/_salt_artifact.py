"""What a builder writes into an artifact."""

ENTRYPOINT = "durable:durable"
WORKFLOW = "durable"
