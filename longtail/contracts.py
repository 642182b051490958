"""Contracts: the DDL files of spark_jobs/tables as Arrow schemas. Creating, writing and reading go through here."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from longtail.settings import REPOSITORY

TABLES = REPOSITORY / "spark_jobs" / "tables"
_ARROW = {
    "VARCHAR": pa.string(),
    "TEXT": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BINARY": pa.binary(),
}


class ContractError(ValueError):
    """Rows that do not fit the contract of their table."""


@dataclass(frozen=True)
class Contract:
    """What one table promises. `schema` carries nullability and, as field metadata, the column comments."""

    table: str
    ddl: str
    schema: pa.Schema
    comment: str
    grain: str
    ordering: tuple[str, ...]
    writer: str


@cache
def contract(table: str) -> Contract:
    """The contract of `table` ("silver.ego_motion").

    Raises:
        ContractError: there is no DDL file for it, or it uses a type outside the compatibility profile.
    """
    from sqlglot import exp, parse_one

    path = _path(table)
    if not path.exists():
        raise ContractError(f"{table} has no contract; expected {path}")
    ddl = path.read_text()
    tree = parse_one(ddl, dialect="databricks")
    fields = []
    for column in tree.find_all(exp.ColumnDef):
        kind = column.args["kind"].this.name
        if kind not in _ARROW:
            raise ContractError(f"{table}.{column.name}: type {kind} is outside the compatibility profile")
        comment = column.find(exp.CommentColumnConstraint)
        is_required = column.find(exp.NotNullColumnConstraint) is not None
        text = comment.this.name if comment is not None else ""
        fields.append(pa.field(column.name, _ARROW[kind], nullable=not is_required, metadata={"comment": text}))
    properties = {p.name: p.args["value"].name for p in tree.find_all(exp.Property) if "value" in p.args}
    table_comment = tree.find(exp.SchemaCommentProperty)
    return Contract(
        table=table,
        ddl=ddl,
        schema=pa.schema(fields),
        comment=table_comment.this.name if table_comment is not None else "",
        grain=properties["longtail.grain"],
        ordering=tuple(name.strip() for name in properties["longtail.ordering"].split(",")),
        writer=properties["longtail.writer"],
    )


@cache
def all_tables() -> tuple[str, ...]:
    """Every table that has a contract, sorted: ("bronze.can_frames", ...)."""
    return tuple(sorted(f"{path.parent.name}.{path.stem}" for path in TABLES.glob("*/*.sql")))


def conform(table: str, rows: pa.Table) -> pa.Table:
    """`rows` with exactly the columns, order, types and nullability of the contract.

    Missing nullable columns become null; nothing is dropped silently.

    Raises:
        ContractError: an unknown column, a missing or null required value, or a value that does not fit its type.
    """
    schema = contract(table).schema
    given = {name: place for place, name in enumerate(rows.column_names)}
    unknown = set(given) - set(schema.names)
    if unknown:
        raise ContractError(f"{table} has no column {sorted(unknown)}")
    columns = []
    for field in schema:
        if field.name in given:
            column = rows.column(given[field.name])
            try:
                column = column if column.type.equals(field.type) else column.cast(field.type)
            except pa.ArrowInvalid as error:
                raise ContractError(f"{table}.{field.name}: {error}") from error
        else:
            column = pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        if not field.nullable and column.null_count:
            raise ContractError(f"{table}.{field.name}: {column.null_count} null value(s) in a required column")
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema)


def _path(table: str) -> Path:
    layer, _, name = table.partition(".")
    return TABLES / layer / f"{name}.sql"
