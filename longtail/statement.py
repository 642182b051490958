"""What a query asks for: that it is one SELECT, and which lake tables it names. DuckDB's own parser decides."""

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import duckdb

from longtail import contracts, lake

SEARCH = ("marts", "silver", "bronze", "ops", "ml", "intermediate")
_BUILT_IN = ("information_schema", "pg_catalog", "main", "temp", "system")
_EXPLAIN = re.compile(r"\s*explain\s+(analyze\s+)?", re.IGNORECASE)


class QueryError(ValueError):
    """A query that cannot be answered; the message is one line that says why."""


def tables_of(session: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The lake tables that `query` names, as layer.table, sorted; a bare name is looked up in every layer.

    The parser is the one that will run the query, so what is checked is what runs.

    Raises:
        QueryError: not a single SELECT, or a table that is not there.
    """
    text = _single_select(query)
    (serialized,) = session.execute("select json_serialize_sql(?::varchar)", [text]).fetchone() or ("{}",)
    tree = json.loads(serialized)
    if tree.get("error"):
        raise QueryError(one_line(tree.get("error_message", "cannot read the query")))
    named = set(_base_tables(tree))
    promised = {(schema, name) for schema, name in named if f"{schema}.{name}" in contracts.all_tables()}
    found = {f"{schema}.{name}" for schema, name in promised}
    if named == promised:  # the usual query: no look at the lake is needed to know what it means
        return sorted(found)
    local = {name.lower() for name in _common_names(tree)}
    known = known_tables()
    bare = {table.partition(".")[2] for table in known}
    for schema, name in named - promised:
        is_local = not schema and name in local and name not in bare
        if schema not in _BUILT_IN and not is_local:
            found.add(_resolve(schema, name, known))
    return sorted(found)


def known_tables() -> list[str]:
    """Every name that a query may use: what is in the lake, and what has a contract but no rows yet."""
    return sorted(set(lake.tables()) | set(contracts.all_tables()))


def unknown(wanted: str, known: Sequence[str]) -> str:
    """One line for a table that is not there, with the nearest names."""
    close = get_close_matches(wanted, known, n=3, cutoff=0.75)
    bare = {table.partition(".")[2]: table for table in known}
    close += [bare[name] for name in get_close_matches(wanted.rpartition(".")[2], bare, n=2, cutoff=0.7)]
    names = list(dict.fromkeys(close))
    if names:
        return f"no table {wanted} in {lake.root()}; did you mean {' or '.join(names)}?"
    if wanted.startswith("marts."):
        return f"no table {wanted} in {lake.root()}; `longtail curate` builds the marts"
    return f"no table {wanted} in {lake.root()}; `longtail status` lists what is there"


def one_line(error: object) -> str:
    """The first line of an error and its suggestion, without DuckDB's caret drawing."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))]
    return " ".join([*lines[:1], *hints])


def _single_select(query: str) -> str:
    """The text of the one SELECT in `query` (of an EXPLAIN: what it explains)."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise QueryError(one_line(error)) from error
    kinds = [str(statement.type).rpartition(".")[2] for statement in statements]
    if not kinds:
        raise QueryError("the query is empty")
    if len(kinds) > 1:
        raise QueryError(f"one SELECT at a time, this is {len(kinds)} statements")
    if kinds[0] not in ("SELECT", "EXPLAIN"):
        hint = "; write PIVOT as select * from (pivot ... on ... in (...))" if kinds[0] == "MULTI" else ""
        raise QueryError(f"{kinds[0]} is refused: SQL here reads the lake and changes nothing{hint}")
    text = str(statements[0].query)
    return _EXPLAIN.sub("", text, count=1) if kinds[0] == "EXPLAIN" else text


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of the syntax tree, from the top down."""
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(value)


def _base_tables(tree: Any) -> Iterator[tuple[str, str]]:
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE":
            if node.get("catalog_name"):
                raise QueryError(f"{node['catalog_name']} is not a catalogue here; a table is layer.table")
            yield node["schema_name"].lower(), node["table_name"].lower()


def _common_names(tree: Any) -> Iterator[str]:
    for node in _nodes(tree):
        for entry in (node.get("cte_map") or {}).get("map", []):
            yield entry["key"]


def _resolve(schema: str, name: str, known: Sequence[str]) -> str:
    wanted = f"{schema}.{name}" if schema else name
    matches = [wanted] if schema else [f"{layer}.{name}" for layer in SEARCH if f"{layer}.{name}" in known]
    if len(matches) > 1:
        raise QueryError(f"{name} is in more than one layer; write {' or '.join(matches)}")
    if matches and matches[0] in known:
        return matches[0]
    raise QueryError(unknown(wanted, known))
