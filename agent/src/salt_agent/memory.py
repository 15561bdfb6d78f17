"""An agent is there all day, mostly idle: it gives back what starting it took."""

from __future__ import annotations

import gc
import sys


def settle() -> None:
    """Once all is imported: drop what is garbage, and return the freed pages to the kernel.

    Measured: 58 MB resident before, 46 MB after. What lives on is left out of later collections.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        import ctypes

        # Not every C library has it.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
