"""The console's own colours; the command palette's ``Theme`` offers Textual's others too."""

from __future__ import annotations

from textual.theme import Theme

SALT = Theme(
    name="salt",
    primary="#5fb3b3",
    secondary="#6699cc",
    accent="#7fd1c7",
    warning="#e0b050",
    error="#ec6a66",
    success="#8cc570",
    foreground="#d8dee6",
    background="#10151b",
    surface="#161d25",
    panel="#1d2630",
    dark=True,
    variables={
        "footer-background": "#161d25",
        "footer-key-foreground": "#7fd1c7",
    },
)
SALT_LIGHT = Theme(
    name="salt-light",
    primary="#1f7a7a",
    secondary="#2f5f9e",
    accent="#0f6f6a",
    warning="#8a5a00",
    error="#b3261e",
    success="#2f6f2f",
    foreground="#1c232b",
    background="#fbfcfd",
    surface="#f1f4f6",
    panel="#e5eaee",
    dark=False,
)
