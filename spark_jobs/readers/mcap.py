"""The MCAP reader: plans tasks of chunk ranges, and turns a task into rows of the bronze tables."""

from collections.abc import Iterator

import pyarrow as pa

from spark_jobs.readers.limits import TASK_BYTES
from spark_jobs.readers.mcap_batches import indexed
from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_file import FileIndex, open_bytes, read_index
from spark_jobs.readers.mcap_records import McapError
from spark_jobs.readers.mcap_rows import batch_rows
from spark_jobs.readers.mcap_scan import Scan
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, TopicCount, yield_quarantine


def plan(source: SourceFile) -> FilePlan:
    """Tasks of about TASK_BYTES from the chunk index; one task for the whole file where there is none to trust."""
    try:
        with open_bytes(source.path) as file:
            index = read_index(file)
    except McapError as error:
        return FilePlan(source, [], problems=[Problem("not_mcap", str(error), byte_offset=0)])
    found = index.statistics
    has_records = found is not None and found.num_messages > 0
    return FilePlan(
        source,
        _tasks(source, index),
        recorder_num_messages=found.num_messages if found else None,
        recorder_library=index.library,
        min_log_time_ns=found.min_log_time_ns if found and has_records else None,
        max_log_time_ns=found.max_log_time_ns if found and has_records else None,
        problems=index.problems,
        recorder_topics=_topics(index),
    )


def _topics(index: FileIndex) -> dict[str, TopicCount] | None:
    """Messages per topic by the recorder's statistics; None where they are absent or do not add up to its own total."""
    found = index.statistics
    if found is None or sum(count for _, count in found.channel_counts) != found.num_messages:
        return None
    names = {number: channel.topic for number, channel in index.directory.channels.items()}
    if any(number not in names for number, _ in found.channel_counts):
        return None
    totals = dict.fromkeys(names.values(), 0)
    for number, count in found.channel_counts:
        totals[names[number]] += count
    return {topic: TopicCount(count) for topic, count in totals.items()}


def _tasks(source: SourceFile, index: FileIndex) -> list[Task]:
    if index.chunks is None:
        return [Task(source, 0, index.num_bytes, 0)]
    tasks, start, first, next_index = [], index.chunks[0].start, 0, 0
    for chunk, following in zip(index.chunks, [*index.chunks[1:], None], strict=True):
        stop, next_index = chunk.start + chunk.length + chunk.index_length, next_index + chunk.num_messages
        if following is None or stop - start >= TASK_BYTES:
            tasks.append(Task(source, start, stop, first))
            first, start = next_index, stop if following is None else following.start
    return tasks


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """Rows of `task`: bronze.messages for every record, the typed tables, and bronze.quarantine."""
    with open_bytes(task.source.path) as file:
        index = read_index(file)
        if index.chunks is None:
            found = Scan(file, index.directory, index.is_closed).batches()
        else:
            chunks = [chunk for chunk in index.chunks if task.start <= chunk.start < task.stop]
            found = indexed(file, chunks, task.first_record_index, index.directory)
        channels = Channels(task.source, index.directory)
        for item in found:
            if isinstance(item, Problem):
                yield from yield_quarantine(task.source, [item])
            else:
                yield from batch_rows(channels, item)
