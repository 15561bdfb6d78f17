"""What a builder writes into an artifact."""

ENTRYPOINT = "conformance:conformance"
WORKFLOW = "registered-name"
