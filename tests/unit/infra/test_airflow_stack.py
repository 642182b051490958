"""The Airflow supervisor before it starts anything: secrets, environment, ports."""

import socket
import stat

import pytest

from infra.airflow.stack import Stack, StackError


@pytest.fixture
def stack(tmp_path):
    return Stack(tmp_path / "home", tmp_path / "dags")


def test_nobody_else_can_read_the_home_the_keys_or_the_password(stack):
    assert stat.S_IMODE(stack.home.stat().st_mode) == 0o700
    for name in ("secrets.json", "passwords.json"):
        assert stat.S_IMODE((stack.home / name).stat().st_mode) == 0o600


def test_a_second_start_keeps_keys_and_password(stack, tmp_path):
    before = (stack.home / "secrets.json").read_text(), stack.password_file.read_text()
    again = Stack(tmp_path / "home", tmp_path / "dags")
    assert ((again.home / "secrets.json").read_text(), again.password_file.read_text()) == before


def test_everything_is_told_to_stay_on_loopback_and_to_ask_for_a_password(stack):
    assert stack.environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert stack.environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].startswith("http://127.0.0.1:")
    assert stack.environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"


def test_of_airflow_only_the_database_is_taken_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__HOST", "0.0.0.0")  # noqa: S104 - the point: it is not taken
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://airflow@127.0.0.1/airflow")
    environment = Stack(tmp_path / "home", tmp_path / "dags").environment
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql")


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Stack(tmp_path / "home", tmp_path / "dags", port=other.getsockname()[1])
        with pytest.raises(StackError, match="is taken"):
            taken.start()
