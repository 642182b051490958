"""Trino without Trino: splitting files, deciding what to register, telling our server from a stranger."""

import json
import os
import socket

import psutil
import pytest

from infra.trino import client
from infra.trino.client import Result, TrinoError, register, statements
from infra.trino.server import Server, ServerError


def test_a_file_is_split_where_a_semicolon_ends_a_line():
    text = "-- What is it?\nselect ';' as a;  \n\n-- a comment only;\nselect 2\n-- inside\nas b\n;\n"
    assert list(statements(text)) == ["select ';' as a", "select 2\nas b"]


@pytest.fixture
def sent(monkeypatch):
    """Statements that register() sends, instead of a server."""
    log = []
    monkeypatch.setattr(client, "execute", lambda url, statement: log.append(statement) or Result([], [], []))
    return log


def make_table(lake, name):
    log = lake / name / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json").touch()


def know(metastore, name, location):
    (metastore / name).mkdir(parents=True)
    (metastore / name / ".trinoSchema").write_text(json.dumps({"externalLocation": location}))


def test_register_adds_what_is_new_drops_what_is_gone_moves_what_moved_and_leaves_the_rest(tmp_path, sent):
    lake, metastore = tmp_path / "lake", tmp_path / "metastore"
    for name in ("marts/new", "marts/same", "silver/moved"):
        make_table(lake, name)
    know(metastore, "marts/same", f"local://{lake}/marts/same")
    know(metastore, "silver/moved", "local:///elsewhere/silver/moved")
    know(metastore, "marts/gone", f"local://{lake}/marts/gone")
    changes = register("http://x", lake, metastore)
    assert changes == ["- marts.gone", "+ marts.new", "- silver.moved", "+ silver.moved"]
    assert not [statement for statement in sent if "'same'" in statement]


def test_a_hostile_folder_name_never_becomes_sql(tmp_path, sent):
    make_table(tmp_path, 'x"; drop schema marts/t')
    with pytest.raises(TrinoError, match="not a name of the lake"):
        register("http://x", tmp_path, tmp_path / "metastore")
    assert sent == []


def test_a_quote_in_a_path_stays_inside_its_literal(tmp_path, sent):
    make_table(tmp_path / "o'hara", "marts/t")
    register("http://x", tmp_path / "o'hara", tmp_path / "metastore")
    assert "o''hara/marts/t'" in sent[-1]


def test_a_stranger_with_the_process_id_of_a_dead_server_is_not_taken_for_it(tmp_path):
    server = Server(tmp_path / "home", tmp_path / "data")
    (tmp_path / "data").mkdir()
    mine = psutil.Process(os.getpid())
    record = tmp_path / "data" / "process.json"
    record.write_text(json.dumps({"pid": mine.pid, "created": mine.create_time() - 100}))
    assert server.process() is None
    record.write_text(json.dumps({"pid": mine.pid, "created": mine.create_time()}))
    assert server.process() == mine


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ServerError, match="is taken"):
            Server(tmp_path / "home", tmp_path / "data", other.getsockname()[1]).start()


def test_without_a_new_java_it_says_what_to_do(monkeypatch):
    from infra.trino import server

    monkeypatch.setattr(server, "_java_version", lambda java: 17)
    with pytest.raises(ServerError, match="needs Java 24 or newer"):
        server.find_java()


def test_without_maven_and_without_the_tarball_it_says_what_to_do(tmp_path, monkeypatch):
    from infra.trino import server

    monkeypatch.setattr(server, "TARBALL", tmp_path / "none.tar.gz")
    monkeypatch.setattr(server.shutil, "which", lambda name: None)
    with pytest.raises(ServerError, match="mvn is missing"):
        server.install(tmp_path / "home")
