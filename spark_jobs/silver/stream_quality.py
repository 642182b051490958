"""silver.stream_quality: per stream and second what arrived, is missing, repeated or out of order. No judgement."""

import polars as pl
import pyarrow as pa

from spark_jobs.epochs import S_NS
from spark_jobs.silver.clock_models import ClockModels
from spark_jobs.silver.rows import contract_rows

_WRAP = 2**32  # sequence numbers are uint32 in MCAP and ROS 1
_RESTART = 10_000  # a larger jump is a sender that started anew, not a loss


def build(messages: pl.DataFrame, clocks: ClockModels, drive: tuple[str, str]) -> pa.Table:
    """Rows of silver.stream_quality of one drive, sorted by (topic, t_start_ns).

    `messages`: bronze.messages rows (file_id, topic, record_index, sequence, log_time_ns). Seconds without a message
    have no row: the gap stands in the second that ends it, however long it is.
    """
    if messages.is_empty():
        return contract_rows("silver.stream_quality", pl.DataFrame(), *drive)
    rows = messages.with_columns(t_ns=pl.Series(clocks.log_ns(messages))).sort("topic", "file_id", "record_index")
    before = pl.col("t_ns", "sequence").shift().over("topic", "file_id").name.prefix("last_")
    step = (pl.col("sequence") - pl.col("last_sequence")) % _WRAP
    is_numbered = pl.col("sequence").n_unique().over("topic") > 1
    told = rows.with_columns(before).with_columns(
        dropped=pl.when(is_numbered & step.is_between(2, _RESTART)).then(step - 1).otherwise(0),
        is_numbered=is_numbered,
        is_duplicate=is_numbered & (step == 0) & (pl.col("t_ns") == pl.col("last_t_ns")),
        is_late=pl.col("t_ns") < pl.col("last_t_ns"),
    )
    ordered = told.sort("topic", "t_ns").with_columns(gap=pl.col("t_ns").diff().over("topic"))
    seconds = ordered.group_by("topic", t_start_ns=pl.col("t_ns") // S_NS * S_NS, maintain_order=True).agg(
        num_messages=pl.len().cast(pl.Int64),
        num_dropped=pl.when(pl.col("is_numbered").any()).then(pl.col("dropped").sum()),
        num_duplicates=pl.col("is_duplicate").sum().cast(pl.Int64),
        num_out_of_order=pl.col("is_late").sum().cast(pl.Int64),
        longest_gap_ns=pl.col("gap").max(),
        gap_end_ns=pl.col("t_ns").filter(pl.col("gap") == pl.col("gap").max()).first(),
    )
    periods = ordered.group_by("topic").agg(period_p50_ns=pl.col("gap").median().cast(pl.Int64))
    usual = pl.col("num_messages").median().over("topic")
    found = seconds.join(periods, on="topic", how="left", maintain_order="left").with_columns(
        usual_num_messages=usual, gap_start_ns=pl.col("gap_end_ns") - pl.col("longest_gap_ns")
    )
    return contract_rows("silver.stream_quality", found, *drive)
