"""A real Airflow for the tests of this folder, and the little of its REST API that they ask."""

import json
import urllib.error
import urllib.request

import pytest

from longtail.settings import REPOSITORY


class Airflow:
    """A running stack and its REST API. `stack` is an infra.airflow.stack.Stack."""

    def __init__(self, stack):
        self.stack = stack
        login = {"username": "admin", "password": json.loads(stack.password_file.read_text())["admin"]}
        self._token = None
        self._token = self._request("POST", "/auth/token", login)["access_token"]

    def _request(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.stack.url + path, data, headers, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    def get(self, path):
        return self._request("GET", f"/api/v2{path}")

    def wait_for_dags(self, *dag_ids):
        """Until each is parsed; a DAG file that does not import ends the wait with its error."""

        def parsed():
            errors = self.get("/importErrors")["import_errors"]
            assert not errors, errors[0]["stack_trace"]
            return set(dag_ids) <= {dag["dag_id"] for dag in self.get("/dags?limit=100")["dags"]}

        self.stack.wait(parsed, 90, f"DAGs {dag_ids}")

    def trigger(self, dag_id, conf):
        """The id of the run that it starts."""
        body = {"logical_date": None, "conf": conf}
        return self._request("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"]

    def runs(self, dag_id):
        return self.get(f"/dags/{dag_id}/dagRuns?order_by=run_after")["dag_runs"]

    def wait_for_run(self, dag_id, index=0, timeout_s=900):
        """The `index`-th run of the DAG, once it has ended."""

        def ended():
            runs = self.runs(dag_id)
            return len(runs) > index and runs[index]["state"] in {"success", "failed"} and runs[index]

        return self.stack.wait(ended, timeout_s, f"run {index} of {dag_id}")

    def tasks(self, run):
        """The task instances of a run: {task_id or task_id[map index]: state}."""
        path = f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
        return {
            task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else ""): task["state"]
            for task in self.get(path)["task_instances"]
        }

    def logs(self):
        """The text of all task logs, for the message of a failed assertion."""
        files = sorted((self.stack.home / "logs").rglob("attempt=*.log"))
        return "\n".join(f"== {file}\n{file.read_text()[-4000:]}" for file in files)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """An Airflow of its own with an empty lake; `airflow.lake` and `airflow.landing` are its folders."""
    pytest.importorskip("airflow", reason="the airflow extra is not installed")
    from infra.airflow.stack import Stack

    folder = tmp_path_factory.mktemp("airflow")
    lake, landing = folder / "lake", folder / "landing"
    landing.mkdir()
    environment = {
        "LONGTAIL_LAKE": str(lake),
        "LONGTAIL_LANDING": str(landing),
        "LONGTAIL_CACHE": str(REPOSITORY / ".cache"),
    }
    with Stack(folder / "home", REPOSITORY / "dags", environment=environment) as stack:
        running = Airflow(stack)
        running.lake, running.landing = lake, landing
        yield running
