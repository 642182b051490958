"""A real Airflow on loopback, as `make airflow` and the tests start it: api-server, dag-processor, scheduler.

    python -m infra.airflow.stack [PORT]    # runs until Ctrl-C or SIGTERM, then stops everything it started

Not `airflow standalone`: that opens ports to the network and leaves its children behind on SIGTERM. The database is
SQLite, which is enough for one machine with one known limit: `airflow backfill create` beside a running scheduler
dies with "database is locked" about every second time. For backfills name a Postgres in
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN, the only setting of Airflow that is taken from the environment.
"""

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Self, TypeVar

import psutil

from longtail.settings import REPOSITORY, settings

BIN = Path(sys.executable).parent
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
STOP_ORDER = ("dag-processor", "scheduler", "api-server")  # the API last: running tasks report to it
COMMANDS = {
    "api-server": ["api-server", "--host", "127.0.0.1", "--port", "{port}"],
    "dag-processor": ["dag-processor"],
    "scheduler": ["scheduler", "--skip-serve-logs"],  # its log server would listen on every interface
}
TUNING = {
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",  # they start by an event or by hand, never by a clock
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__PARALLELISM": "3",  # forked workers; the default of 32 costs memory and buys nothing on a laptop
    "CORE__HOSTNAME_CALLABLE": "airflow.utils.net.get_host_ip_address",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
    "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",  # name:role; the password is in the file
    "API__HOST": "127.0.0.1",
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "10",  # the default lets a new file wait for five minutes
    "LOGGING__COLORED_CONSOLE_LOG": "False",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "WORKERS__EXECUTION_API_TIMEOUT": "30",  # a busy laptop answers late; the default of 5 s fails the task
    "WORKERS__EXECUTION_API_RETRIES": "10",
    "WORKERS__MAX_FAILED_HEARTBEATS": "15",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # a finished task holds its worker this long
}
Result = TypeVar("Result")


class StackError(RuntimeError):
    """Airflow did not come up, ended by itself, or did not get there in time."""


class Stack:
    """One Airflow in `home`. A context manager: entering starts it (about 40 s), leaving stops all of it.

    `environment` is added to what the tasks' DAG files see, for example LONGTAIL_LAKE.
    """

    def __init__(self, home: Path, dags: Path, port: int = 0, environment: dict[str, str] | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password_file = home / "passwords.json"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)  # Airflow makes its database and logs readable by all
        keys = self._secrets()
        airflow = TUNING | {
            "API__BASE_URL": self.url,
            "API__PORT": str(self.port),
            "API__SECRET_KEY": keys["api"],
            "API_AUTH__JWT_SECRET": keys["jwt"],
            "CORE__DAGS_FOLDER": str(dags),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__FERNET_KEY": keys["fernet"],
            "CORE__PLUGINS_FOLDER": str(home / "plugins"),
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.password_file),
            "DATABASE__SQL_ALCHEMY_CONN": os.environ.get(DATABASE, f"sqlite:///{home}/airflow.db"),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # doubles the CPU time of every process start
        self.environment = inherited | {"AIRFLOW_HOME": str(home)} | (environment or {})
        self.environment |= {f"AIRFLOW__{name}": value for name, value in airflow.items()}

    def _secrets(self) -> dict[str, str]:
        """Keys of this home, made once. Airflow's own generated password file would be readable by all."""
        path = self.home / "secrets.json"
        if not path.exists():
            _write_private(self.password_file, {"admin": secrets.token_urlsafe(18)})
            fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            _write_private(path, {"fernet": fernet, "api": secrets.token_hex(32), "jwt": secrets.token_hex(64)})
        keys: dict[str, str] = json.loads(path.read_text())
        return keys

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, timeout_s: float = 240) -> None:
        """Migrates the database and starts the three processes.

        The order matters: a scheduler that is up before the API loses the first tasks, and the first request to the
        execution API takes seconds, which no task should wait for.
        """
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                raise StackError(f"port {self.port} is taken; give another one: python -m infra.airflow.stack PORT")
        migrate = [BIN / "airflow", "db", "migrate"]
        done = subprocess.run(migrate, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise StackError(f"airflow db migrate failed: {done.stderr[-2000:]}")
        self._spawn("api-server")
        self._spawn("dag-processor")
        self.wait(lambda: self._is_healthy("metadatabase"), timeout_s, "api-server")
        urllib.request.urlopen(f"{self.url}/execution/health", timeout=timeout_s).read()  # noqa: S310 - loopback
        self._spawn("scheduler")
        self.wait(lambda: self._is_healthy("scheduler", "dag_processor"), timeout_s, "scheduler")

    def _spawn(self, name: str) -> None:
        arguments = [part.format(port=self.port) for part in COMMANDS[name]]
        with (self.home / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [BIN / "airflow", *arguments],
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches this supervisor only, which stops them in order
            )

    def _is_healthy(self, *parts: str) -> bool:
        self.check()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
                health = json.load(answer)
        except OSError:
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    def check(self) -> None:
        """Raises StackError when one of the processes has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                tail = (self.home / f"{name}.log").read_text(errors="replace")[-2000:]
                raise StackError(f"airflow {name} ended with {process.returncode}: {tail}")

    def stop(self) -> None:
        """Ends all processes, those of running tasks too (they are safe to run again); nothing is left behind."""
        for name in STOP_ORDER:
            if name in self._processes:
                _end(self._processes.pop(name))

    def wait(self, condition: Callable[[], Result], timeout_s: float, what: str) -> Result:
        """The first true value of `condition`, asked twice a second.

        Raises:
            StackError: not within `timeout_s`, or a process ended meanwhile.
        """
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            self.check()
            time.sleep(0.5)
        raise StackError(f"{what}: not there after {timeout_s:.0f} s; logs are in {self.home}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _write_private(path: Path, content: dict[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)


def _end(process: subprocess.Popen[bytes], grace_s: float = 8) -> None:
    """SIGTERM and some grace, then SIGKILL to all it started: a scheduler waits for its tasks as long as they take."""
    family: set[psutil.Process] = set()
    if process.poll() is None:
        # Task processes have sessions of their own: a signal to the process group misses them.
        family |= set(psutil.Process(process.pid).children(recursive=True))
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    if process.poll() is None:
        family |= set(psutil.Process(process.pid).children(recursive=True))
        process.kill()
    for child in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # compares the start time: never a stranger with a reused id
            child.kill()
    process.wait(10)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Starts Airflow on the port given (8080 when none is), says where it is, and waits."""
    signal.signal(signal.SIGTERM, _interrupt)
    home = Path(settings().cache).resolve() / "airflow"
    print("airflow: starting, about 40 s ...", flush=True)
    try:
        with Stack(home, REPOSITORY / "dags", port=int(sys.argv[1]) if sys.argv[1:] else 8080) as stack:
            print(f"airflow: {stack.url}  user admin, password in {stack.password_file}", flush=True)
            print("airflow: trigger `ingest`, or post an event of the asset `landing`; Ctrl-C stops", flush=True)
            while True:
                stack.check()
                time.sleep(1)
    except KeyboardInterrupt:
        print("airflow: stopped")
    except StackError as error:
        sys.exit(f"airflow: {error}")


if __name__ == "__main__":
    main()
