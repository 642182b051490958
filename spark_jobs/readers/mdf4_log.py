"""An MDF4 file as asammdf (LGPL, in the extra `can`) describes it. Nothing else imports it."""

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from asammdf.blocks.mdf_v4 import MDF4

from spark_jobs.readers.mdf4_blocks import Records
from spark_jobs.readers.mdf4_channels import MASTER, Channel, channel_of

_LOCAL_TIME = 1  # bit of header.time_flags: the start time is local time, its offset from UTC unknown
_ORIGINAL_FILE = 0
_TIME = 1  # sync type of a master channel that counts seconds


class Log(MDF4):
    """An MDF4 file. The class behind asammdf's front is used because its clean-up after an opening that failed halfway
    stumbles over what it never set up, and says so on the terminal.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        options: dict[str, Any] = {"original_name": path, "__internal__": True}
        super().__init__(path, **options)

    def __del__(self) -> None:
        with suppress(AttributeError):
            super().__del__()

    def cycles(self) -> list[int]:
        """Records of each channel group."""
        return [int(group.channel_group.cycles_nr) for group in self.groups]

    @property
    def is_local_time(self) -> bool:
        """True when the start time is local time of an unknown zone."""
        return bool(self.header.time_flags & _LOCAL_TIME)

    @property
    def start_ns(self) -> int:
        """When the measurement began, ns UTC as far as the header tells it."""
        return int(self.header.abs_time)

    def kind(self, index: int) -> str | None:
        """The bus logging channel of a group (CAN_DataFrame, LIN_Frame ...); None: it holds other measurements."""
        names = [channel.name for channel in self.groups[index].channels]
        known = ("CAN_DataFrame", "CAN_RemoteFrame", "CAN_ErrorFrame")
        found = next((name for name in names if name in known), None)
        return found or next((name for name in names if name.startswith("LIN_") and "." not in name), None)

    def topic(self, index: int) -> str:
        """What a group that is no bus is called."""
        return self.groups[index].channel_group.acq_name or f"group/{index}"

    def records(self, index: int) -> Records | None:
        """The records of a group where they lie in the file one behind the other, all of one length; None elsewhere:
        several groups mixed, data of changing length beside the records, or a file that was not closed."""
        group = self.groups[index]
        data, size = group.data_group, group.channel_group.samples_byte_nr + group.channel_group.invalidation_bytes_nr
        is_plain = group.sorted and data.record_id_len == 0 and not group.uses_ld and data.data_block_addr != 0
        if (
            not is_plain
            or group.data_location != _ORIGINAL_FILE
            or self.identification.file_identification != b"MDF     "
        ):
            return None
        return Records(self._path, data.data_block_addr, size, self.cycles()[index]) if size else None

    def channels(self, index: int) -> tuple[Channel | None, list[Channel]]:
        """(time, the other numeric channels) of a group with records of one length; no time: it needs asammdf."""
        group = self.groups[index]
        size = group.channel_group.samples_byte_nr
        found = [(block, channel_of(block, size)) for block in group.channels]
        time = next(
            (own for block, own in found if own and block.channel_type == MASTER and block.sync_type == _TIME), None
        )
        return time, [own for block, own in found if own is not None and block.channel_type != MASTER]

    def bytes_at(self, index: int, name: str) -> tuple[int, int] | None:
        """(byte offset, width) of a byte array of fixed size in the record; None where the group has no such one."""
        for block in self.groups[index].channels:
            if block.name == name and block.channel_type == 0 and block.bit_offset == 0 and block.bit_count % 8 == 0:
                return block.byte_offset, block.bit_count // 8
        return None

    def times_ns(self, index: int, offset: int, count: int) -> npt.NDArray[np.int64]:
        """Times of records of a group, by asammdf.

        Raises:
            ValueError: not all of them are there.
        """
        master = self.get_master(index, record_offset=offset, record_count=count)
        if len(master) != count:
            raise ValueError(f"{len(master)} of {count} records are there")
        return self.start_ns + np.rint(np.asarray(master, np.float64) * 1e9).astype(np.int64)
