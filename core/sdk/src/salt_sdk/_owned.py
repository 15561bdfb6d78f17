"""Which modules are the user's own project, and not the standard library or installed."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
import types
from typing import Any, Callable

_INSTALLED = ("site-packages", "dist-packages", ".deps")
_OURS = __name__.partition(".")[0]


class Project:
    """The modules below the folder from which one function was imported.

    Attributes:
        root: That folder.
    """

    def __init__(self, root: str, package: str) -> None:
        self.root = root
        self._package = package
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Project:
        """The project that a function is a part of."""
        code: types.CodeType = function.__code__
        module = sys.modules.get(function.__module__)
        file = os.path.abspath(getattr(module, "__file__", None) or code.co_filename)
        levels = function.__module__.count(".") + (os.path.basename(file) == "__init__.py")
        root = os.path.dirname(file)
        for _ in range(levels):
            root = os.path.dirname(root)
        # A task of an installed distribution: its own package, not all that is installed.
        installed = os.path.basename(root) in _INSTALLED
        return cls(root, function.__module__.partition(".")[0] if installed else "")

    def owns(self, module: str | None) -> bool:
        """Whether a module is the project's."""
        if not module:
            return False
        found = self._known.get(module)
        if found is None:
            found = self._known[module] = self._owns(module)
        return found

    def _owns(self, module: str) -> bool:
        top = module.partition(".")[0]
        if top == _OURS or top in sys.builtin_module_names:
            return False
        loaded = sys.modules.get(module)
        file = getattr(loaded, "__file__", None)
        return (file is not None and self._inside(file, top)) or module == "__main__"

    def _inside(self, file: str, top: str) -> bool:
        file = os.path.abspath(file)
        if not file.startswith(os.path.join(self.root, "")):
            return False
        if self._package:
            return top == self._package
        below = file[len(self.root) :].split(os.sep)
        if any(part in _INSTALLED for part in below):
            return False
        library = sysconfig.get_paths()["stdlib"] + os.sep
        return not file.startswith(library)

    def code(self, module: str) -> types.CodeType | None:
        """The code of a module of the project, which need not be imported; ``None``: not one."""
        top = module.partition(".")[0]
        if top == _OURS:
            return None
        try:
            spec = importlib.util.find_spec(module)
            if spec is None or not spec.origin or not self._inside(spec.origin, top):
                return None
            read: Any = getattr(spec.loader, "get_code", None)
            code = read(module) if read is not None else None
        except (ImportError, AttributeError, ValueError, SyntaxError):
            return None
        return code if isinstance(code, types.CodeType) else None
