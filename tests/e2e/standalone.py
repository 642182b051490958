"""A real Spark standalone cluster on loopback, from the classes of the pyspark package, as a context manager."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent
LOOPBACK = "127.0.0.1"
START_S = 90.0


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[str]:
    """A master and `workers` of one core each; yields the address of the master and ends every process.

    Each has a home and a working directory of its own below `folder`, both empty: nothing of this repository.
    """
    port, page = _free_port(), _free_port()
    started = [_start(folder / "master", "master.Master", "--port", str(port), "--webui-port", str(page))]
    address = f"spark://{LOOPBACK}:{port}"
    try:
        _await(page, 0)
        for number in range(workers):
            home = folder / f"worker-{number}"
            options = ["--cores", "1", "--memory", "2g", "--webui-port", "0", "--work-dir", str(home / "work")]
            started.append(_start(home, "worker.Worker", *options, address))
        _await(page, workers)
        yield address
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(home: Path, role: str, *options: str) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True)
    environment = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}
    environment |= {"HOME": str(home), "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": LOOPBACK}
    environment |= {"SPARK_LOCAL_DIRS": str(home / "scratch"), "SPARK_CONF_DIR": str(home / "conf")}
    command = [str(SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", "--host", LOOPBACK, *options]
    with open(home / "log", "wb") as log:
        return subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)


def _await(page: int, workers: int) -> None:
    """Until the master answers and knows `workers`."""
    started, said = monotonic(), "no answer"
    while monotonic() - started < START_S:
        try:
            with urlopen(f"http://{LOOPBACK}:{page}/json/", timeout=5) as answer:
                if (alive := json.load(answer)["aliveworkers"]) >= workers:
                    return
                said = f"{alive} workers"
        except OSError as error:
            said = str(error)
        sleep(0.2)
    raise AssertionError(f"the cluster did not come up in {START_S:.0f} s: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
