"""What the DAGs share: the assets that link them, and the terms on which a task runs one `longtail` command."""

import os
import sys
from datetime import timedelta
from pathlib import Path

from airflow.sdk import Asset

LANDING = Asset("landing")  # recordings arrived: whoever uploads them posts the event
SILVER = Asset("silver")
MARTS = Asset("marts")
MODEL = Asset("model")

TAGS = {"ingest", "curate", "train"}  # the closed list: one tag per stage of the loop

ROOT = Path(__file__).resolve().parents[1]
LONGTAIL = str(Path(sys.executable).with_name("longtail"))

# A task inherits nothing else: the worker's own environment holds Airflow's signing keys and database URL.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name.startswith("LONGTAIL_") or name in {"PATH", "HOME", "JAVA_HOME"}
} | {"LONGTAIL": LONGTAIL}

# Values reach a command through its environment ("$DRIVE"), never through its text: a folder name is not code.
TASK = {
    "env": ENVIRONMENT,
    "append_env": False,
    "cwd": str(ROOT),
    "do_xcom_push": False,  # the last line printed is for people; results live in the lake
    "retries": 1,  # enough for a killed worker; every command is safe to run twice, even at the same time
    "retry_delay": timedelta(seconds=20),
    "execution_timeout": timedelta(hours=2),
}
