"""From the columns a silver module computed to rows of its contract."""

import polars as pl
import pyarrow as pa

from longtail.contracts import conform


def contract_rows(table: str, frame: pl.DataFrame, project_id: str, drive_id: str) -> pa.Table:
    """`frame` as rows of `table` for one drive; NaN becomes null. Row order is kept.

    Raises:
        longtail.contracts.ContractError: the columns do not fit the contract.
    """
    keyed = frame.with_columns(project_id=pl.lit(project_id), drive_id=pl.lit(drive_id))
    defined = keyed.with_columns(pl.selectors.float().fill_nan(None))
    return conform(table, defined.to_arrow(compat_level=pl.CompatLevel.oldest()))
