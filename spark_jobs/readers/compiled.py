"""Whether the loops over bytes are compiled (numba), and where their machine code is kept.

Modules named *_kernel.py need numba and are imported where they are first called, so that importing a reader stays
cheap; without numba, or with the setting `compiled` off, plain numpy does the same work more slowly.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from longtail.settings import settings

OCTETS = "Array(uint8, 1, 'C', True)"
"""Argument types of kernels: arrays that are only read may be read-only; those that are written may not."""
INTS = "Array(int64, 1, 'C', True)"
OUT = "int64[::1]"


@cache
def enabled() -> bool:
    """True when the kernels are to be used."""
    return settings().compiled and find_spec("numba") is not None


def kernel(signature: str, inline: str = "never") -> Callable[[Callable[..., Any]], Any]:
    """Compile for `signature` when the module is imported, or load what an earlier process compiled.

    A kernel runs without the interpreter lock and without bounds checks: it has to check every length itself. `inline`
    "always" copies it into its callers: a call that passes arrays costs more than a short kernel does.
    """
    import numba

    is_kept = _keep_machine_code(numba.config)
    compiled: Callable[[Callable[..., Any]], Any] = numba.njit(signature, nogil=True, cache=is_kept, inline=inline)
    return compiled


def _keep_machine_code(config: Any) -> bool:
    """Point numba to a folder of ours, because the one beside the source may be read-only; False: there is none.

    The folder is named after the kernels' source: numba itself notices a change in the function that it compiles, but
    not in one that this function calls.
    """
    if not config.CACHE_DIR:
        config.CACHE_DIR = str(Path(settings().cache).resolve() / "numba" / _source_hash())
    try:
        os.makedirs(config.CACHE_DIR, exist_ok=True)
    except OSError:
        return False
    return os.access(config.CACHE_DIR, os.W_OK)


@cache
def _source_hash() -> str:
    sources = sorted(Path(__file__).parent.glob("*_kernel.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
