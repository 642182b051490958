"""Budgets for untrusted recordings, each checked before memory is taken. A length in a file is a claim, not a fact."""

MAX_CHUNK_BYTES = 64 * 1024 * 1024
"""Largest uncompressed chunk that is read. Recorders write 1 to 4 MiB; raise it for one that writes larger ones."""

MAX_CHUNK_RATIO = 200
"""Largest compression ratio; applied from RATIO_FREE_BYTES on, because small chunks of zeros are honest."""

RATIO_FREE_BYTES = 4 * 1024 * 1024

MAX_SUMMARY_BYTES = 512 * 1024 * 1024
"""Largest summary section: about four million chunks."""

MAX_COMPANION_BYTES = 32 * 1024 * 1024
"""Largest DBC or drive.json: they are parsed whole, in the process that plans."""

MAX_CHANNELS = 65_535

MAX_LIST_ITEMS = 10_000
"""Most items in one list of a message; the decoder works list position by list position."""

CHILD_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""What a library in a child process may take beside its own code."""

CHILD_SECONDS = 120.0
CHILD_BYTES_PER_SECOND = 250_000
"""A child that reads slower than this, after a start of CHILD_SECONDS, hangs."""

TASK_BYTES = 96 * 1024 * 1024
"""Compressed bytes a task reads."""

BATCH_BYTES = 24 * 1024 * 1024
"""Uncompressed bytes that are decoded together; memory of a task is a small multiple of it. Fewer cost more calls per
byte, more are slower to write: they leave the cache."""
