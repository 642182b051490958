"""A message definition as the steps that decode it, and how numbers, strings and lists lie in a payload."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from spark_jobs.readers.ros2msg import Array, Primitive, String, Struct, Type


@dataclass(frozen=True)
class Wire:
    """How numbers, strings and lists are laid out.

    Numbers align to their size, at most to `max_alignment`, counted from behind the `header_bytes`. `text_end` is the
    number of closing zeros of a string. With `has_sizes` (XCDR2) the size in bytes stands before a list of anything but
    numbers, and before a fixed array of structures.
    """

    order: str
    max_alignment: int = 8
    header_bytes: int = 4
    text_end: int = 1
    has_sizes: bool = False


@dataclass(frozen=True)
class Run:
    """Numbers that follow each other: (path or None when not wanted, primitive, count)."""

    fields: tuple[tuple[str | None, Primitive, int], ...]

    @cache  # noqa: B019 runs live as long as the definitions that a process has seen
    def alignment(self, wire: Wire) -> int:
        """What the layout depends on: the offset of the start of the run modulo this."""
        return min(max(primitive.size for _, primitive, _ in self.fields), wire.max_alignment)

    @cache  # noqa: B019
    def layout(self, phase: int, wire: Wire) -> np.dtype[np.void]:
        """Where the wanted numbers are when the run starts at an offset that is `phase` modulo the alignment."""
        names, formats, offsets, at = [], [], [], phase
        for path, primitive, count in self.fields:
            step = min(primitive.size, wire.max_alignment)
            at = -(-at // step) * step
            if path is not None:
                names.append(path)
                code = wire.order + primitive.code
                formats.append((code, (count,)) if count > 1 else code)
                offsets.append(at - phase)
            at += primitive.size * count
        return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": at - phase})


@dataclass(frozen=True)
class StringStep:
    """A string; path None: skipped."""

    path: str | None


@dataclass(frozen=True)
class ListStep:
    """A list at `level`. Its items are steps; a number alone means a list of numbers that nobody wants."""

    level: str
    item: "Primitive | tuple[Step, ...]"
    is_of_numbers: bool = False


@dataclass(frozen=True)
class SizeStep:
    """Where XCDR2 puts a size in bytes that nobody needs."""


Step = Run | StringStep | ListStep | SizeStep


def program(definition: Struct, wanted: Iterable[str]) -> tuple[Step, ...]:
    """The steps that decode `definition`. `wanted` names fields: "header.stamp.sec", "detections/bbox.size.x".

    The items of a list of numbers or strings are named "item": "shape.dimensions/item".
    """
    return _steps(definition, frozenset(wanted), "")


def _steps(item: Type, wanted: frozenset[str], level: str) -> tuple[Step, ...]:
    """`item` flattened, runs merged; `level` is the list path that it belongs to."""
    steps: list[Step] = []
    run: list[tuple[str | None, Primitive, int]] = []

    def close_run() -> None:
        if run:
            steps.append(Run(tuple(run)))
            run.clear()

    def is_wanted(path: str) -> bool:
        return (f"{level}/{path}" if level else path) in wanted

    def flatten(inner: Type, path: str) -> None:
        if isinstance(inner, Primitive):
            run.append((path if is_wanted(path) else None, inner, 1))
        elif isinstance(inner, Array) and isinstance(inner.item, Primitive):
            run.append((path if is_wanted(path) else None, inner.item, inner.count))
        elif isinstance(inner, Array):
            close_run()
            steps.append(SizeStep())
            for k in range(inner.count):
                flatten(inner.item, f"{path}.{k}")
        elif isinstance(inner, Struct):
            for name, child in inner.fields:
                flatten(child, f"{path}.{name}" if path else name)
        elif isinstance(inner, String):
            close_run()
            steps.append(StringStep(path if is_wanted(path) else None))
        else:
            close_run()
            below = f"{level}/{path}" if level else path
            if isinstance(inner.item, Primitive) and f"{below}/item" not in wanted:
                steps.append(ListStep(below, inner.item, is_of_numbers=True))
            elif isinstance(inner.item, Struct):
                steps.append(ListStep(below, _steps(inner.item, wanted, below)))
            else:
                items = _steps(Struct("", (("item", inner.item),)), wanted, below)
                steps.append(ListStep(below, items, isinstance(inner.item, Primitive)))

    flatten(item, "")
    close_run()
    return tuple(steps)
