"""Which versions of which workflows exist, and their bytes: the record in the store, the file in blobs.

A file is kept as its parts, ``parts/<sha256>``, so that a version that shares its dependency
layer with another moves only its sources. A version's record is written after its parts: whoever
can name a version can fetch it.
"""

from salt_core.registry.cache import ArtifactCache
from salt_core.registry.finding import find_version, find_workflow
from salt_core.registry.registry import Registry

__all__ = ["ArtifactCache", "Registry", "find_version", "find_workflow"]
