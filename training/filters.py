"""Which samples a snapshot takes: a filter from a person, parsed and allow-listed before any engine sees it."""

from sqlglot import ErrorLevel, exp, parse
from sqlglot.errors import SqlglotError

SAMPLES = "marts.fct_training_samples"

# What is known before the outcome is: never the label, and never a feature the model is to weigh itself.
COLUMNS = frozenset(
    {
        "project_id",
        "drive_id",
        "split",
        "t_ns",
        "object_class",
        "vehicle_kind",
        "light",
        "weather",
        "road_kind",
        "gap_m",
    }
)
_SYNTAX = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between,
    exp.Is, exp.Null, exp.Boolean, exp.Literal, exp.Neg, exp.Column, exp.Identifier,
)  # fmt: skip


class FilterError(ValueError):
    """A filter that says more than comparisons of allowed columns with plain values."""


def selection(where: str | None) -> exp.Select:
    """The query that chooses the members of a snapshot, ordered by sample_id.

    `where` may combine comparisons (=, <>, <, <=, >, >=, in, between, is null) of COLUMNS with plain values by and, or,
    not. It is parsed, checked node by node and generated anew, so no text of a person reaches an engine as SQL.

    Raises:
        FilterError: it cannot be parsed, or holds anything else.
    """
    query = exp.select("*").from_(exp.to_table(SAMPLES)).order_by("sample_id")
    return query if where is None or not where.strip() else query.where(_condition(where))


def _condition(where: str) -> exp.Expr:
    try:
        statements = parse(where, dialect="duckdb", error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise FilterError(f"cannot read the filter {where!r}: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or statements[0] is None:
        raise FilterError(f"the filter must be one condition: {where!r}")
    condition: exp.Expr = statements[0]
    for node in condition.walk():
        if not isinstance(node, _SYNTAX):
            raise FilterError(f"a filter compares columns with plain values; {node.sql()!r} is not allowed in it")
        if isinstance(node, exp.Column) and (node.table or node.name not in COLUMNS):
            raise FilterError(f"a filter may use {', '.join(sorted(COLUMNS))}; not {node.sql()!r}")
    if not isinstance(condition, exp.Connector | exp.Predicate | exp.Not | exp.Paren | exp.In | exp.Between):
        raise FilterError(f"{where!r} is not a condition; for example: light = 'night' and gap_m < 40")
    return condition
