"""A real Trino over the lake, on loopback: what Amazon Athena would answer.

python -m infra.trino install                 download (821 MB, once) and unpack
python -m infra.trino start                   start it and register every table of the lake
python -m infra.trino status | stop
python -m infra.trino register                after tables came or went
python -m infra.trino query FILE.sql          run its statements, print tab-separated rows
python -m infra.trino query - < FILE.sql
"""

import sys
from pathlib import Path

from infra.trino.client import TrinoError, execute, register, statements
from infra.trino.server import VERSION, Server, ServerError, install
from longtail.lake import root
from longtail.settings import settings


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 down or refused, 2 not understood."""
    home = Path(settings().cache).resolve() / f"trino-{VERSION}"
    server = Server(home, home.with_name(f"{home.name}-data"))
    match arguments:
        case ["install"]:
            install(home)
        case ["start"]:
            print(f"trino: starting, about 30 s ({'installed' if home.exists() else 'downloads 821 MB first'}) ...")
            server.start()
            _register(server)
            print(f"trino: {server.url}  catalog awsdatacatalog; python -m infra.trino query sql/athena/*.sql")
        case ["stop"]:
            server.stop()
        case ["status"]:
            is_up = server.process() is not None and server.is_ready()
            print(f"trino: up at {server.url}" if is_up else "trino: down")
            return 0 if is_up else 1
        case ["register"]:
            _register(server)
        case ["query", *files] if files:
            for file in files:
                _query(server, sys.stdin.read() if file == "-" else Path(file).read_text())
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def _register(server: Server) -> None:
    for change in register(server.url, Path(root()), server.metastore):
        print(f"trino: {change}")


def _query(server: Server, text: str) -> None:
    for statement in statements(text):
        result = execute(server.url, statement)
        print("\t".join(result.columns))
        for row in result.rows:
            print("\t".join("NULL" if value is None else str(value) for value in row))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ServerError, TrinoError, OSError) as error:
        sys.exit(f"trino: {error}")
