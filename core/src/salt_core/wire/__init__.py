"""The artifact protocol as the platform speaks it; the text is core/sdk/WIRE.md."""

PROTOCOL = 1
