"""Every sign and operator of a statement, turned round one at a time."""

import re
from collections.abc import Iterator

FLIPS = {
    "<": ">", ">": "<", "<=": ">", ">=": "<", "=": "<>", "<>": "=", "+": "-", "-": "+", "*": "/", "/": "*",
    "and": "or", "or": "and", "min": "max", "max": "min", "least": "greatest", "greatest": "least",
    "lag": "lead", "lead": "lag", "not": "", "abs": "", "is": "is not", "asc": "desc", "desc": "asc",
}  # fmt: skip
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|<=|>=|<>|[<>=+*/-]|\b[a-z_][a-z_0-9]*\b|\d[\d.e]*")
_NAMED_LIKE_FUNCTIONS = {"min", "max", "least", "greatest", "lag", "lead", "abs"}


def flips(sql: str) -> Iterator[tuple[str, str]]:
    """(what was flipped where, the statement with it). Joins are not conditions, and `*` after a dot is no product."""
    for found in _TOKEN.finditer(sql):
        token = found[0]
        if token not in FLIPS or _is_other(token, sql, found.start(), found.end()):
            continue
        line = sql.count("\n", 0, found.start()) + 1
        context = " ".join(sql[max(found.start() - 40, 0) : found.end() + 30].split())
        yield (
            f"line {line}: {token} -> {FLIPS[token]!r} in ...{context}...",
            (sql[: found.start()] + FLIPS[token] + sql[found.end() :]),
        )


def _is_other(token: str, sql: str, start: int, end: int) -> bool:
    before, after = sql[:start].rstrip(), sql[end:].lstrip()
    if token == "*":
        return before.endswith((".", "select", "(", ",")) or after.startswith((",", ")", "from"))
    if token == "-":
        return before.endswith(("e", "E")) and before[-2:-1].isdigit()
    if token in _NAMED_LIKE_FUNCTIONS:
        return not after.startswith("(")
    if token == "is":
        return after.startswith(("not", "distinct"))
    return False
