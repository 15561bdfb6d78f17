"""A function's parameters and return value as its annotations tell them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Callable

from salt_sdk import _hints
from salt_sdk._decode import decoder
from salt_sdk._errors import BadInput

_LIST = inspect.Parameter.VAR_POSITIONAL
_DICT = inspect.Parameter.VAR_KEYWORD


class Signature:
    """Reads arguments and results of one function.

    Attributes:
        scope: Names of the function in which this one was written, if it was in one.
    """

    def __init__(self, function: Callable[..., Any], scope: Mapping[str, Any] | None) -> None:
        self.function = function
        self.name = function.__name__
        self.scope = scope
        self.inspected = inspect.signature(function)
        self.parameters = self.inspected.parameters

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Type of each parameter, and ``return``; what has no annotation is not in it."""
        return _hints.of_function(self.function, self.scope)

    def prepare(self) -> None:
        """Do now what each forked child would do again; what is wrong shows when it is used."""
        try:
            for hint in self.hints.values():
                decoder(hint)
        except (BadInput, _hints.Unresolved):
            return

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """The arguments by parameter, as a call would bind them.

        Raises:
            TypeError: They do not fit the parameters.
        """
        try:
            return self.inspected.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}") from None

    def by_name(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call as one dict, the way a workflow's parameters are given."""
        named: dict[str, Any] = {}
        for name, value in self.bind(args, kwargs).arguments.items():
            if self.parameters[name].kind is _DICT:
                named.update(value)
            else:
                named[name] = value
        return named

    def arguments(self, args: list[Any], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """Arguments of trees of JSON as values.

        Raises:
            BadInput: One does not fit its annotation, or is missing, or too many.
        """
        try:
            bound = self.inspected.bind(*args, **kwargs)
        except TypeError as error:
            raise BadInput(f"{self.name}: {error}") from None
        for name, tree in bound.arguments.items():
            kind = self.parameters[name].kind
            try:
                if kind is _LIST:
                    bound.arguments[name] = tuple(self._value(name, part) for part in tree)
                elif kind is _DICT:
                    bound.arguments[name] = {key: self._value(name, tree[key]) for key in tree}
                else:
                    bound.arguments[name] = self._value(name, tree)
            except BadInput as error:
                raise error.at(f"{self.name}({name})") from None
        return bound

    def named(self, params: Any) -> inspect.BoundArguments:
        """Arguments from one JSON object, as a workflow takes them.

        Raises:
            BadInput: A parameter does not exist (with the nearest that does), is missing, or
                does not fit.
        """
        if not isinstance(params, dict):
            raise BadInput(f"{self.name}: the parameters are not a JSON object")
        open_ended = any(p.kind is _DICT for p in self.parameters.values())
        for name in params:
            if name not in self.parameters and not open_ended:
                near = get_close_matches(name, self.parameters, 1)
                known = ", ".join(self.parameters) or "none"
                hint = f"did you mean {near[0]!r}?" if near else f"there are: {known}"
                raise BadInput(f"{self.name} has no parameter {name!r}; {hint}")
        return self.arguments([], params)

    def result(self, tree: Any) -> Any:
        """A result of trees of JSON as a value.

        Raises:
            BadInput: It does not fit the annotation.
        """
        return decoder(self.hints.get("return", Any))(tree)

    def _value(self, name: str, tree: Any) -> Any:
        return decoder(self.hints.get(name, Any))(tree)
