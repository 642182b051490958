"""`make airflow` itself: what it says, where it listens, and that it leaves nothing behind."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from infra.airflow.stack import free_port
from longtail.settings import REPOSITORY

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The supervisor as a process, ready; its port and everything it started."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.airflow.stack", str(port)],
        cwd=REPOSITORY,
        env=os.environ | {"LONGTAIL_CACHE": str(tmp_path_factory.mktemp("cache"))},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = [process.stdout.readline() for _ in range(2)]
    assert f"http://127.0.0.1:{port}" in said[1], said
    yield process, port, psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    process.wait(60)


def test_it_listens_on_loopback_only(running):
    _, port, family = running
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in family
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", port)}


def test_without_a_token_the_api_answers_nothing(running):
    _, port, _ = running
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/dags", timeout=30)


def test_sigterm_ends_everything_it_started(running):
    process, _, family = running
    assert len(family) >= 4  # api, dag-processor, scheduler and its workers
    process.terminate()
    assert process.wait(60) == 0
    assert "airflow: stopped" in process.stdout.read()
    end = time.monotonic() + 10
    while any(member.is_running() for member in family) and time.monotonic() < end:
        time.sleep(0.2)
    assert [member.cmdline() for member in family if member.is_running()] == []
