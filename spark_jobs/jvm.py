"""What the local Spark driver needs beside pip packages: a Java and two Delta jars."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyspark

MINIMUM_JAVA = 17
# Kernel, Unity Catalog and the rest of Delta's dependency list are not needed; see docs/decisions.
_JARS = {
    "delta-spark_4.2_2.13": ("4.4.0", "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead"),
    "delta-storage": ("4.4.0", "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc"),
}


class JavaMissing(RuntimeError):  # noqa: N818 - reads as what it says
    """No usable Java, or the jars cannot be had; the message is one line with what to do."""


def java() -> tuple[str, str]:
    """Path and version line of the Java that Spark will start ("/usr/bin/java", 'openjdk version "17.0.15" ...').

    Raises:
        JavaMissing: there is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    path = f"{home}/bin/java" if home else shutil.which("java")
    answer = ""
    if path and Path(path).exists():
        answer = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', answer)
    if path is None or found is None:
        raise JavaMissing(f"Spark needs Java {MINIMUM_JAVA} or newer and none was found; install it: {_install_hint()}")
    if int(found.group(1)) < MINIMUM_JAVA:
        raise JavaMissing(f"Spark needs Java {MINIMUM_JAVA} or newer, {path} is {found.group(1)}; {_install_hint()}")
    return path, " ".join(line for line in answer.splitlines() if "Picked up" not in line)


def delta_jars(cache: Path) -> list[Path]:
    """The two Delta jars, fetched once into <cache>/jars by the Ivy that comes with pyspark, checked by sha256.

    Raises:
        JavaMissing: they are not there and cannot be fetched, or are not the pinned bytes.
    """
    folder = cache / "jars"
    jars = []
    for artifact, (version, sha256) in _JARS.items():
        jar = folder / f"{artifact}-{version}.jar"
        if not jar.exists():
            _fetch(jar, artifact, version, sha256)
        jars.append(jar)
    return jars


def _fetch(jar: Path, artifact: str, version: str, sha256: str) -> None:
    jar.parent.mkdir(parents=True, exist_ok=True)
    coordinate = f"io.delta:{artifact}:{version}"
    said = "no answer"
    with tempfile.TemporaryDirectory(dir=jar.parent) as folder:
        ivy = [java()[0], "-cp", f"{Path(pyspark.__file__).parent}/jars/*", "org.apache.ivy.Main", "-error"]
        ivy += ["-cache", f"{folder}/ivy", "-types", "jar", "-notransitive"]
        ivy += ["-dependency", *coordinate.split(":"), "-retrieve", f"{folder}/[artifact]-[revision].[ext]"]
        attempts = [ivy]
        if shutil.which("mvn"):  # where only Maven's own settings know the way out, for example a company mirror
            attempts.append(
                ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={coordinate}", f"-DoutputDirectory={folder}"]
            )
        for command in attempts:
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            part = Path(folder) / jar.name
            if part.is_file():
                digest = hashlib.sha256(part.read_bytes()).hexdigest()
                if digest != sha256:
                    raise JavaMissing(f"{coordinate} as fetched is not the pinned file: its sha256 is {digest}")
                part.replace(jar)
                return
            said = (run.stdout + run.stderr).strip().rpartition("\n")[2] or said
    raise JavaMissing(f"cannot fetch {coordinate} ({said}); put {jar.name} into {jar.parent} and run again")


def _install_hint() -> str:
    if sys.platform == "darwin":
        return "brew install openjdk@17"
    return "sudo apt-get install -y openjdk-17-jre-headless"
