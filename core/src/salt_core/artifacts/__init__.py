"""An artifact on this machine: unpacked once, run by the right interpreter, asked what it holds."""

from salt_core.artifacts.command import clean_environment, command
from salt_core.artifacts.describe import describe
from salt_core.artifacts.interpreters import find_python
from salt_core.artifacts.unpack import Unpacked, unpack

__all__ = ["Unpacked", "clean_environment", "command", "describe", "find_python", "unpack"]
