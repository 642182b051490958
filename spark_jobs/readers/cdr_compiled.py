"""CDR and ROS 1 payloads to columns by the compiled walk: programs as tables, and the columns it fills."""

from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from spark_jobs.readers import cdr_kernel as kernel
from spark_jobs.readers.cdr_steps import ListStep, Run, SizeStep, Step, StringStep, Wire
from spark_jobs.readers.columns import Decoded, Ints, Octets
from spark_jobs.readers.compiled_levels import Layout, fill
from spark_jobs.readers.limits import MAX_LIST_ITEMS
from spark_jobs.readers.ros2msg import Primitive

_FAILURES = {
    kernel.TOO_SHORT: "the message is shorter than its definition",
    kernel.TOO_LONG: "a list or string is longer than its message",
    kernel.TOO_MANY: f"a list has more than {MAX_LIST_ITEMS} items",
}
_ALIGN = 8


@dataclass
class _Program:
    """Steps as tables for the kernel."""

    layout: Layout = field(default_factory=Layout)
    operations: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    sizes: list[list[int]] = field(default_factory=list)
    fields: list[tuple[int, int, int]] = field(default_factory=list)
    offsets: list[list[int]] = field(default_factory=list)

    def add(self, steps: tuple[Step, ...], level: int, wire: Wire) -> None:
        """Append `steps`, which fill rows of `level`."""
        for step in steps:
            if isinstance(step, Run):
                self._add_run(step, level, wire)
            elif isinstance(step, StringStep):
                self.operations.append((kernel.STRING, -1 if step.path is None else len(self.layout.texts), 0, 0, 0))
                if step.path is not None:
                    self.layout.texts.append((level, step.path))
            elif isinstance(step, SizeStep):
                self.operations.append((kernel.SIZE, 0, 0, 0, 0))
            elif isinstance(step.item, Primitive):
                self.operations.append((kernel.SKIP, step.item.size, 0, 0, 0))
            else:
                self._add_list(step, step.item, wire)

    def _add_list(self, step: ListStep, items: tuple[Step, ...], wire: Wire) -> None:
        level, begin = self.layout.level(step.level), len(self.operations)
        self.operations.append((kernel.LIST, level, 0, int(step.is_of_numbers), 0))
        self.add(items, level, wire)
        self.operations[begin] = (kernel.LIST, level, len(self.operations), int(step.is_of_numbers), 0)
        self.operations.append((kernel.END, begin, 0, 0, 0))

    def _add_run(self, step: Run, level: int, wire: Wire) -> None:
        alignment, first = step.alignment(wire), len(self.fields)
        layouts = [step.layout(phase, wire) for phase in range(alignment)]
        row = len(self.sizes)
        self.sizes.append([layouts[phase % alignment].itemsize for phase in range(_ALIGN)])
        for path in layouts[0].names or ():  # the same in every phase
            kind = layouts[0][path]
            many = int(np.prod(kind.shape, dtype=int))
            self.fields.append((kind.base.itemsize, many, len(self.layout.columns)))
            starts = [int(layout.fields[path][1]) for layout in layouts if layout.fields]
            self.offsets.append([starts[phase % alignment] for phase in range(_ALIGN)])
            self.layout.columns.append((level, path, kind.base.newbyteorder("=").str, many))
        self.operations.append((kernel.RUN, row, first, len(self.fields), alignment))


@lru_cache(maxsize=1024)
def _program(steps: tuple[Step, ...], wire: Wire) -> tuple[_Program, tuple[npt.NDArray[np.int64], ...]]:
    program = _Program()
    program.add(steps, 0, wire)
    program.operations.append((kernel.STOP, 0, 0, 0, 0))
    tables = (program.operations, program.sizes, program.fields, program.offsets)
    widths = (5, _ALIGN, 3, _ALIGN)
    return program, tuple(
        np.array(table, np.int64).reshape(-1, width) for table, width in zip(tables, widths, strict=True)
    )


def decode(
    steps: tuple[Step, ...], data: Octets, start: Ints, length: Ints, wire: Wire, is_good: npt.NDArray[np.bool_]
) -> Decoded:
    """As cdr.decode, for the messages of `is_good`; the others fail as no plain CDR."""
    program, tables = _program(steps, wire)
    origin, room = start + wire.header_bytes, np.maximum(length - wire.header_bytes, 0)
    is_swapped = wire.order == ">"
    layout = np.array([is_swapped, wire.max_alignment, wire.text_end, wire.has_sizes, MAX_LIST_ITEMS], np.int64)
    failure = np.where(is_good, 0, -1)
    levels = fill(program.layout, partial(kernel.walk, data, origin, room, layout, *tables), data, failure, True)
    failed = np.nonzero(failure)[0]
    return Decoded(levels, failed, _FAILURES.get(int(failure[failed[0]]), "not plain CDR") if len(failed) else "")
