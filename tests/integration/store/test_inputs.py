"""What a call was given can be asked for afterwards."""

from __future__ import annotations

import pytest
from tests.integration.store.hands import Hands

from salt_core.model.call import Call
from salt_core.model.run import NewRun

pytestmark = pytest.mark.integration


async def test_the_input_of_a_call_is_kept(hands: Hands) -> None:
    await hands.store.create_run(NewRun("r1", "wf", "v", '{"x": 1}'))
    (body,) = await hands.claim(bodies=1)
    await hands.store.push(body.token, [Call(1, "step", '{"args": [7]}')])
    assert await hands.store.input("r1", "1") == '{"args": [7]}'
    assert await hands.store.input("r1", "2") is None
    assert await hands.store.input("gone", "1") is None
