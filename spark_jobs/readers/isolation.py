"""Readers that lean on libraries nobody hardened run in a child process: it may crash, hang or eat memory alone.

One child serves many tasks of its parent. It speaks JSON lines inwards and Arrow IPC outwards: nothing is unpickled.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import IO, Any

import pyarrow as pa

from spark_jobs.readers import limits
from spark_jobs.readers.formats import BY_NAME
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, TopicCount

FRAME = 8
"""Bytes of the length in front of each part of an answer."""


class ChildFailed(RuntimeError):  # noqa: N818 - reads as what it says
    """The child died or was stopped; the message says why, in one line."""


class _Child:
    """The child process of this process, started when it is first needed and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], seconds: float) -> Iterator[tuple[str, bytes]]:
        """(kind, content) of each part of the answer.

        Raises:
            ChildFailed: it died, or took longer than `seconds` for the whole answer.
        """
        with self._lock:
            process = self._running()
            watch = threading.Timer(seconds, process.kill)
            watch.start()
            is_whole = False
            try:
                questions, answers = _pipes(process)
                questions.write(json.dumps(request).encode() + b"\n")
                questions.flush()
                while (kind := _part(answers).decode()) != "end":
                    yield kind, _part(answers)
                is_whole = True
            except (OSError, EOFError) as error:
                is_late = not watch.is_alive()
                raise ChildFailed(f"it {f'ran longer than {seconds:.0f} s' if is_late else _death(process)}") from error
            finally:
                watch.cancel()
                if not is_whole:  # half an answer is still in the pipe: the next one must not begin with it
                    self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "spark_jobs.readers.isolated"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        return self._process

    def stop(self) -> None:
        """End the child, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in _pipes(self._process):
                with suppress(BrokenPipeError):  # what the dead child did not take any more
                    pipe.close()
            self._process = None


_CHILD = _Child()
atexit.register(_CHILD.stop)


def plan(source: SourceFile) -> FilePlan:
    """What the reader of `source` plans, made in the child; a child that fails costs this file only."""
    try:
        ((_, answer),) = _CHILD.ask(_request("plan", source), _seconds(source))
    except ChildFailed as error:
        detail = f"its reader was stopped while it looked at the file: {error}"
        return FilePlan(source, [], problems=[Problem("reader_failed", detail, byte_offset=0)])
    found = json.loads(answer)
    tasks = [Task(source, **task) for task in found.pop("tasks")]
    problems = [Problem(**problem) for problem in found.pop("problems")]
    if counts := found.get("recorder_topics"):
        found["recorder_topics"] = {topic: TopicCount(*count) for topic, count in counts.items()}
    return replace(FilePlan(source, tasks, problems=problems), **found)


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """The rows of `task` by table, read in the child.

    Raises:
        ChildFailed: the reader failed, or the child died or was stopped; what was given before must not be kept.
        MemoryError: it wanted more than CHILD_MEMORY_BYTES.
    """
    request = _request("read", task.source) | {"task": [task.start, task.stop, task.first_record_index]}
    for kind, content in _CHILD.ask(request, _seconds(task.source)):
        if kind == "failure":
            failed = Problem(**json.loads(content))
            raise MemoryError(failed.detail) if failed.reason == "over_budget" else ChildFailed(failed.detail)
        yield kind, pa.ipc.open_stream(content).read_all()


def _request(what: str, source: SourceFile) -> dict[str, Any]:
    return {"do": what, "module": BY_NAME[source.format].module, "source": asdict(source)}


def _seconds(source: SourceFile) -> float:
    return limits.CHILD_SECONDS + source.num_bytes / limits.CHILD_BYTES_PER_SECOND


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None  # noqa: S101 - both were asked for
    assert process.stdout is not None  # noqa: S101
    return process.stdin, process.stdout


def _part(pipe: IO[bytes]) -> bytes:
    """The next part: its length in 8 bytes, then its content."""
    head = pipe.read(FRAME)
    if len(head) < FRAME:
        raise EOFError
    size = int.from_bytes(head, "little")
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _death(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    return f"died of signal {-code}" if code < 0 else f"ended with {code}"
