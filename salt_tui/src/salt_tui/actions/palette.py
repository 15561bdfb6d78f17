"""The command palette: every action of the registry, and every workflow by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from salt_tui.readmodel import LOST
from salt_tui.text import plain

if TYPE_CHECKING:
    from salt_tui.app import SaltApp


@dataclass(frozen=True, slots=True)
class _Offer:
    name: str
    help: str
    do: Callable[[], Any]


class SaltCommands(Provider):
    """What can be done here, and what can be run or opened."""

    @property
    def _salt(self) -> SaltApp:
        return cast("SaltApp", self.app)

    async def startup(self) -> None:
        self._offers = self._of_registry()
        try:
            workflows = await self._salt.model.store.workflows()
        except LOST:
            return
        for name in sorted(workflow.name for workflow in workflows):
            shown = plain(name)
            run = partial(self._salt.ask_and_run, name)
            show = partial(self._salt.open_runs, name)
            self._offers.append(_Offer(f"Run {shown}", f"salt run {shown}", run))
            self._offers.append(_Offer(f"Runs of {shown}", f"salt runs --workflow {shown}", show))

    def _of_registry(self) -> list[_Offer]:
        offers = []
        for action in self._salt.possible():
            if action.id == "palette":
                continue
            keys = self._salt.keymap.shown(action)
            name = f"{action.label}  ({keys})" if keys else action.label
            command = self._salt.command_of(action)
            help_ = f"{action.help}  {plain(command)}" if command else action.help
            offers.append(_Offer(name, help_, partial(self._salt.do, action)))
        return offers

    async def discover(self) -> Hits:
        for offer in self._offers:
            yield DiscoveryHit(Content(offer.name), offer.do, text=offer.name, help=offer.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for offer in self._offers:
            score = matcher.match(offer.name)
            if score > 0:
                yield Hit(score, Content(offer.name), offer.do, text=offer.name, help=offer.help)
