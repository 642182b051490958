"""Every sign and operator of a statement, turned round one at a time."""

import re
from collections.abc import Iterator

FLIPS = {
    "<": ">", ">": "<", "<=": ">", ">=": "<", "=": "<>", "<>": "=", "+": "-", "-": "+", "*": "/", "/": "*",
    "and": "or", "or": "and", "min": "max", "max": "min", "least": "greatest", "greatest": "least",
    "lag": "lead", "lead": "lag", "not": "", "abs": "", "is": "is not", "asc": "desc", "desc": "asc",
}  # fmt: skip
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|<=|>=|<>|[<>=+*/-]|\b[a-z_][a-z_0-9]*\b|\d[\d.e]*")
_NAMED_LIKE_FUNCTIONS = {"min", "max", "least", "greatest", "lag", "lead", "abs"}


def flips(sql: str) -> Iterator[tuple[str, str]]:
    """(what was flipped where, the statement with it). Joins are not conditions, and `*` after a dot is no product."""
    for found in _WORD.finditer(sql):
        word = found[0]
        if word not in FLIPS or _is_other(word, sql, found.start(), found.end()):
            continue
        line = sql.count("\n", 0, found.start()) + 1
        context = " ".join(sql[max(found.start() - 40, 0) : found.end() + 30].split())
        yield (
            f"line {line}: {word} -> {FLIPS[word]!r} in ...{context}...",
            (sql[: found.start()] + FLIPS[word] + sql[found.end() :]),
        )


def _is_other(word: str, sql: str, start: int, end: int) -> bool:
    before, after = sql[:start].rstrip(), sql[end:].lstrip()
    if word == "=":  # the key of a join is no condition, and without it the rows explode
        left, right = re.search(r"\w+\.(\w+)$", before), re.match(r"\w+\.(\w+)", after)
        return bool(left and right and left[1] == right[1])
    if word == "*":
        return before.endswith((".", "select", "(", ",")) or after.startswith((",", ")", "from"))
    if word == "-":
        return before.endswith(("e", "E")) and before[-2:-1].isdigit()
    if word in _NAMED_LIKE_FUNCTIONS:
        return not after.startswith("(")
    if word == "is":
        return after.startswith(("not", "distinct"))
    return False
