"""A real Trino over the curated lake, for the tests marked `trino`."""

import pytest

from longtail.settings import REPOSITORY


@pytest.fixture(scope="session")
def trino(curated_lake, tmp_path_factory):
    """Runs a statement on a Trino that knows every table of the curated lake; gives its infra.trino.client.Result.

    Installs Trino where it is not yet: Maven fetches 821 MB, once.
    """
    from infra.airflow.stack import free_port
    from infra.trino.client import execute, register
    from infra.trino.server import VERSION, Server

    server = Server(REPOSITORY / ".cache" / f"trino-{VERSION}", tmp_path_factory.mktemp("trino"), free_port())
    try:
        server.start()
        register(server.url, curated_lake, server.metastore)
        yield lambda statement: execute(server.url, statement)
    finally:
        server.stop()
