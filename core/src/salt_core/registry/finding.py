"""From a name that a person types to a workflow or a version, or to a sentence that helps."""

from __future__ import annotations

from difflib import get_close_matches

from salt_core.errors import BadInput, NotFound
from salt_core.model.workflow import Version, Workflow
from salt_core.store import RegistryVerbs

_LISTED = 5


async def find_workflow(store: RegistryVerbs, name: str) -> Workflow:
    """The workflow of that name.

    Raises:
        NotFound: There is none; tells the nearest name, or what there is.
    """
    found = await store.workflow(name)
    if found is not None:
        return found
    known = [one.name for one in await store.workflows()]
    remedy = nearest(name, known) if known else "None is registered yet: salt register PATH"
    raise NotFound(f"There is no workflow {name!r}.", remedy)


async def find_version(store: RegistryVerbs, workflow: Workflow, wanted: str) -> Version:
    """The version ``wanted`` of ``workflow``, or the only one that begins so.

    Raises:
        NotFound: There is none; tells what there is.
        BadInput: Several versions begin so.
    """
    name = workflow.name
    exact = await store.version(name, wanted) if wanted else None
    if exact is not None:
        return exact
    versions = await store.versions(name)
    found = [one for one in versions if wanted and one.version.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"{len(found)} versions of {name!r} begin with {wanted!r}.", "Type more of the version."
        )
    raise NotFound(
        f"Workflow {name!r} has no version {wanted!r}.",
        nearest(wanted, [one.version for one in versions]),
    )


def nearest(name: str, known: list[str]) -> str:
    """What a person may have meant by ``name``, as a sentence."""
    near = get_close_matches(name, known, n=3)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if not known:
        return "There is none yet."
    more = ", …" if len(known) > _LISTED else ""
    return f"There are: {', '.join(known[:_LISTED])}{more}."
