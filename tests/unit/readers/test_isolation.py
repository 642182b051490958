"""What a library does in the child process of a reader costs its file, and nothing else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_jobs.readers import isolation, limits, registry
from spark_jobs.readers.formats import BY_NAME, Format
from spark_jobs.readers.source import SourceFile, Task

Make = Callable[[str], SourceFile]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A file of the format that misbehaves, by what it says."""
    module = "tests.unit.readers.misbehaving_reader"
    form = Format("bad", module, re.compile(r".+\.bad"), is_isolated=True)
    monkeypatch.setitem(BY_NAME, "bad", form)

    def make(text: str) -> SourceFile:
        path = tmp_path / f"{text.replace(' ', '-')}.bad"
        path.write_text(text)
        return SourceFile(str(path), "ab" * 32, "p", "d", "bad", len(text))

    return make


@pytest.mark.parametrize(
    ("what", "said"),
    [("die", "died of signal 6"), ("raise", "KeyError"), ("eat", "MemoryError"), ("hang", "longer than")],
)
def test_a_reader_that_fails_while_planning_is_a_problem_of_its_file(
    file: Make, what: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.plan(file("read nothing")).tasks  # the child has started: that is not what is timed
    monkeypatch.setattr(limits, "CHILD_SECONDS", 2.0 if what == "hang" else 60.0)
    plan = registry.plan(file(f"plan {what}"))
    (problem,) = plan.problems
    assert said in problem.detail
    assert problem.reason == ("over_budget" if what == "eat" else "reader_failed")
    assert plan.tasks == []


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("die", isolation.ChildFailed),
        ("raise", isolation.ChildFailed),
        ("eat", MemoryError),
        ("hang", isolation.ChildFailed),
    ],
)
def test_a_reader_that_fails_while_reading_raises_and_the_next_file_is_read(
    file: Make, what: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.plan(file("read nothing")).tasks
    monkeypatch.setattr(limits, "CHILD_SECONDS", 2.0 if what == "hang" else 60.0)
    found = registry.read(Task(file(f"read {what}"), 0, 1, 0))
    assert next(found)[1].num_rows == 1
    with pytest.raises(error):
        list(found)
    monkeypatch.setattr(limits, "CHILD_SECONDS", 60.0)
    assert len(list(registry.read(Task(file("read nothing"), 0, 1, 0)))) == 1


def test_what_a_library_prints_does_not_get_into_the_answers(file: Make) -> None:
    assert registry.plan(file("plan print")).recorder_num_messages == 1
    assert len(list(registry.read(Task(file("read print"), 0, 1, 0)))) == 1


def test_an_answer_that_is_not_taken_to_its_end_does_not_spoil_the_next(file: Make) -> None:
    source = file("read nothing")
    next(registry.read(Task(source, 0, 1, 0)))
    assert registry.plan(source).recorder_num_messages == 1
