"""Contestants by the processor time of this process, so that what else the machine does counts less."""

from collections.abc import Callable
from time import process_time

from side_by_side import Contestant


class OneCore:
    """A contestant by its processor time, times `scale`."""

    def __init__(self, name: str, work: Callable[[], int], num_bytes: int, scale: float = 1.0) -> None:
        self.work, self.scale, self.seconds = work, scale, 0.0
        self.contestant = Contestant(name, self.run, num_bytes, lambda: self.seconds)

    def run(self) -> int:
        start = process_time()
        answer = self.work()
        self.seconds = (process_time() - start) * self.scale
        return answer
