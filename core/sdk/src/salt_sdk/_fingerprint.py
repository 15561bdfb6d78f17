"""What a task's own code is, as a sha256: two that are equal compute the same from the same inputs.

It covers the function and, from there, the functions, classes and plain constants of the same
project that it refers to: their bytecode, constants, defaults and annotations. It is the same in
every process and on every machine that runs the same Python version; comments, line numbers, the
words of docstrings and the place of the files are no part of it. The versions of installed distributions are
no part of it either, nor is what code finds out by itself: files, the environment, a name put
together at run time.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import inspect
import re
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Callable
from uuid import UUID

from salt_sdk import _hints
from salt_sdk._owned import Project

_TEXT = (str, bytes, int, float, complex, Decimal, UUID, date, time, timedelta, PurePath)
_FLAGS = 0x0F | 0x20 | 0x80 | 0x200
"""Of a code object: how it takes arguments, and whether it is a generator or a coroutine."""
_OF_THE_FILE = frozenset(
    [
        "__file__",
        "__name__",
        "__spec__",
        "__loader__",
        "__builtins__",
        "__cached__",
        "__path__",
        "__package__",
    ]
)
_NOT_CODE = frozenset(
    [
        "__module__",
        "__qualname__",
        "__doc__",
        "__dict__",
        "__weakref__",
        "__firstlineno__",
        "__static_attributes__",
        "__annotations__",
        "__annotations_cache__",
        "__annotate__",
        "__annotate_func__",
        "__slots__",
        "__match_args__",
        "__parameters__",
        "__orig_bases__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__abstractmethods__",
        "_abc_impl",
    ]
)


@functools.cache
def fingerprint(function: Callable[..., Any]) -> str:
    """sha256 of a function's code and of what it refers to in its own project, as 64 hex digits."""
    walk = _Walk(Project.of(function))
    walk.value(function)
    return walk.digest.hexdigest()


class _Walk:
    """Visits values in an order that only the code decides, and hashes what it meets."""

    def __init__(self, project: Project) -> None:
        self.digest = hashlib.sha256(str(sys.version_info[:2]).encode())
        self._project = project
        self._seen: dict[int, int] = {}
        self._kept: list[Any] = []
        self._imported: set[str] = set()

    def say(self, *words: object) -> None:
        for word in words:
            data = str(word).encode("utf-8", "surrogatepass")
            self.digest.update(b"%d:" % len(data) + data)

    def value(self, value: Any) -> None:
        """One value, of any kind."""
        if value is None or value is Ellipsis or type(value) is bool:
            self.say(value)
        elif isinstance(value, Enum):
            self.say("enum", type(value).__qualname__, value.name)
        elif isinstance(value, _TEXT):
            self.say(type(value).__name__, repr(value).replace(self._project.root, ""))
        elif isinstance(value, re.Pattern):
            self.say("pattern", value.pattern, value.flags)
        elif isinstance(value, (set, frozenset)):
            self.unordered(value)
        elif id(value) in self._seen:
            self.say("seen", self._seen[id(value)])
        else:
            self._seen[id(value)] = len(self._seen)
            self._kept.append(value)  # an id is only one's own while one lives
            self.compound(value)

    def compound(self, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            self.say(type(value).__name__, len(value))
            for part in value:
                self.value(part)
        elif isinstance(value, (dict, types.MappingProxyType)):
            self.say("mapping", len(value))
            for key, part in list(value.items()):
                self.value(key)
                self.value(part)
        elif isinstance(value, types.CodeType):
            self.code(value, None)
        elif isinstance(value, types.ModuleType):
            self.say("module", value.__name__)
        elif isinstance(value, type):
            self.of_class(value)
        elif isinstance(value, functools.partial):
            self.say("partial")
            self.value(value.func)
            self.value(value.args)
            self.value(value.keywords)
        else:
            self.callable(value)

    def callable(self, value: Any) -> None:
        """Functions, what wraps them, and all other instances."""
        if isinstance(value, types.FunctionType):
            self.function(value)
            return
        self.say(type(value).__module__, type(value).__qualname__)
        inner = _inside(value)
        if isinstance(value, property):
            for part in (value.fget, value.fset, value.fdel):
                self.value(part)
        elif inner is not None:
            self.value(inner)
        elif self._project.owns(type(value).__module__):
            self.value(type(value))
            if is_dataclass(value):
                for field in fields(value):
                    self.say(field.name)
                    self.value(getattr(value, field.name, None))

    def unordered(self, values: Any) -> None:
        """Sets: each by its own hash, for their order differs from process to process."""
        parts = []
        for value in values:
            other = _Walk(self._project)
            other.value(value)
            parts.append(other.digest.hexdigest())
        self.say("set", *sorted(parts))

    def function(self, function: types.FunctionType) -> None:
        if not self._project.owns(function.__module__):
            self.say("function", function.__module__, function.__qualname__)
            return
        self.say("function", function.__name__)
        self.value(function.__defaults__)
        self.value(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.value(cell.cell_contents)
            except ValueError:
                self.say("empty cell")
        self.hints(function.__annotations__, lambda: _hints.of_function(function))
        self.code(function.__code__, function.__doc__)
        self.globals(function.__code__, function.__globals__)
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            self.value(wrapped)

    def code(self, code: types.CodeType, doc: str | None) -> None:
        """Bytecode and constants, without the names of files and lines."""
        self.say("code", code.co_name, code.co_argcount, code.co_posonlyargcount)
        self.say(code.co_kwonlyargcount, code.co_flags & _FLAGS, code.co_code.hex())
        self.say(getattr(code, "co_exceptiontable", b"").hex())
        self.say(*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
        for number, constant in enumerate(code.co_consts):
            if number == 0 and doc is not None and constant == doc:
                continue
            self.value(constant)

    def globals(self, code: types.CodeType, scope: Mapping[str, Any]) -> None:
        """What the code refers to by name, and by name in the project's own modules."""
        names = sorted(_names(code) - _OF_THE_FILE)
        modules: list[types.ModuleType] = []
        for name in names:
            if name in scope:
                self.named(name, scope[name], modules)
        for name in _imports(code, scope):
            self.imported(name)
        looked: set[str] = set()
        while modules:
            module = modules.pop(0)
            if module.__name__ in looked or not self._project.owns(module.__name__):
                continue
            looked.add(module.__name__)
            inside = vars(module)
            for name in names:
                if name in inside:
                    self.named(f"{module.__name__}.{name}", inside[name], modules)

    def named(self, name: str, value: Any, modules: list[types.ModuleType]) -> None:
        self.say("name", name)
        if isinstance(value, types.ModuleType):
            modules.append(value)
        self.value(value)

    def imported(self, name: str) -> None:
        """A module of the project that is imported when the code runs: all of it."""
        code = self._project.code(name)
        if code is None or name in self._imported:
            return
        self._imported.add(name)
        self.say("import", name)
        self.code(code, None)
        for other in _imports(code, {"__package__": name.rpartition(".")[0]}):
            self.imported(other)

    def of_class(self, cls: type) -> None:
        if not self._project.owns(cls.__module__):
            self.say("class", cls.__module__, cls.__qualname__)
            return
        self.say("class", cls.__name__, len(cls.__bases__))
        for base in cls.__bases__:
            self.value(base)
        if issubclass(cls, Enum):
            for name, member in cls.__members__.items():
                self.say(name)
                self.value(member.value)
        self.hints(vars(cls).get("__annotations__", {}), lambda: _hints.of_class(cls))
        if is_dataclass(cls):
            for field in fields(cls):
                self.say(field.name, field.init)
                for default in (field.default, field.default_factory):
                    self.part(field.name, default)
        for name, field in getattr(cls, "model_fields", {}).items():
            self.part(name, getattr(field, "default", None))
        for name, member in sorted(vars(cls).items()):
            if name not in _NOT_CODE and not name.startswith("__pydantic"):
                self.part(name, member)

    def part(self, name: str, member: Any) -> None:
        """What a class has under a name, as far as it is code or a plain constant."""
        code = (types.FunctionType, classmethod, staticmethod, property, type)
        if (
            isinstance(member, (*code, *_TEXT, list, tuple, dict, set, frozenset, bool, Enum))
            or _inside(member) is not None
        ):
            self.say("part", name)
            self.value(member)

    def hints(self, written: Mapping[str, Any], read: Callable[[], Mapping[str, Any]]) -> None:
        """Annotations: values are read by them."""
        try:
            found: Mapping[str, Any] = read()
        except _hints.Unresolved:
            found = {name: str(hint) for name, hint in written.items()}
        for name, hint in found.items():
            self.say("hint", name)
            self.hint(hint)

    def hint(self, hint: Any) -> None:
        args = getattr(hint, "__args__", None)
        if isinstance(hint, type) and not args:
            self.value(hint)
        elif args:
            origin = getattr(hint, "__origin__", type(hint))
            self.say(getattr(origin, "__name__", str(origin)), len(args))
            for part in (*args, *getattr(hint, "__metadata__", ())):
                self.hint(part)
        elif isinstance(hint, (*_TEXT, Enum, type(None), bool)):
            self.value(hint)
        else:
            self.say(getattr(hint, "__name__", type(hint).__name__))


def _inside(value: Any) -> types.FunctionType | None:
    """The function in a method, or in what a decorator made of one: ``@task`` too."""
    if isinstance(value, (types.MethodType, classmethod, staticmethod)):
        found = value.__func__
    elif isinstance(value, functools.cached_property):
        found = value.func
    else:
        found = inspect.getattr_static(value, "__wrapped__", None)
    return found if isinstance(found, types.FunctionType) else None


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code, and that of functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _names(code: types.CodeType) -> set[str]:
    return {name for part in _codes(code) for name in part.co_names}


def _imports(code: types.CodeType, scope: Mapping[str, Any]) -> list[str]:
    """Modules that the code imports when it runs, by their full names."""
    found: set[str] = set()
    for part in _codes(code):
        stack: list[Any] = []
        base = ""
        for step in dis.get_instructions(part):
            if step.opname in ("LOAD_CONST", "LOAD_SMALL_INT"):
                stack.append(step.argval)
            elif step.opname == "IMPORT_NAME":
                level = next((c for c in reversed(stack[-2:]) if type(c) is int), 0)
                base = _absolute(step.argval or "", level, str(scope.get("__package__") or ""))
                found.add(base)
            elif step.opname == "IMPORT_FROM":
                found.add(f"{base}.{step.argval}")
    return sorted(name for name in found if name)


def _absolute(name: str, level: int, package: str) -> str:
    if not level:
        return name
    parent = package.split(".")[: len(package.split(".")) - (level - 1)]
    return ".".join([*parent, name] if name else parent)
