"""What is different in this process while dbt runs in it."""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_OBJECTS_BETWEEN_COLLECTIONS = 100_000  # a manifest is millions of objects, and dbt gives none of them back


@contextmanager
def process_of_dbt(environment: Mapping[str, str]) -> Iterator[None]:
    """`environment` on top of that of the process, and rare searches for cycles; both as before afterwards."""
    before = {name: os.environ.get(name) for name in environment}
    thresholds = gc.get_threshold()
    os.environ.update(environment)
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
