"""The model registry (MLflow): a version is two plain files, their sha256, and tags that lead back to its data."""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import lake
from longtail.settings import settings
from training.model import CARD, WEIGHTS, CutInModel

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "cut_in_predictor"
ALIAS = "candidate"


class RegistryError(RuntimeError):
    """A model version that is not there, or whose files are not the ones that were registered."""


@dataclass(frozen=True)
class Version:
    """A registered version; `tags` as they were set when it was registered."""

    name: str
    version: str
    run_id: str
    tags: dict[str, str]


def tracking_uri() -> str:
    """As configured, else a sqlite file beside the lake (in ./mlflow when the lake is not local)."""
    if settings().mlflow_uri:
        return settings().mlflow_uri
    folder = Path("mlflow") if "://" in lake.root() else Path(lake.root()).parent / "mlflow"
    return f"sqlite:///{folder.resolve() / 'mlflow.db'}"


def register(folder: Path, recipe_digest: str, tags: dict[str, str], params: dict[str, Any]) -> tuple[Version, bool]:
    """Log and register the model files in `folder`, and whether that made a new version.

    The version that already has this recipe digest and these files is returned as it is.
    """
    client = _client()
    digests = {f"sha256.{name}": _sha256(folder / name) for name in (WEIGHTS, CARD)}
    present = find(recipe_digest)
    if present is not None and is_intact(present) and digests.items() <= present.tags.items():
        return present, False
    tags = tags | digests | {"recipe_digest": recipe_digest}
    run = client.create_run(_experiment(client), run_name=f"snapshot {tags['snapshot_id']}", tags=tags)
    for name, value in params.items():
        client.log_param(run.info.run_id, name, value)
    client.log_artifacts(run.info.run_id, str(folder), "model")
    client.set_terminated(run.info.run_id)
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME, description="Probability that a neighbour cuts in within 3 s")
    made = client.create_model_version(NAME, f"runs:/{run.info.run_id}/model", run.info.run_id, tags=tags)
    client.set_registered_model_alias(NAME, ALIAS, str(made.version))
    return Version(NAME, str(made.version), run.info.run_id, tags), True


def find(recipe_digest: str) -> Version | None:
    """The version that was made by this recipe from this snapshot with this seed, if there is one."""
    found = _client().search_model_versions(f"name = '{NAME}' and tag.recipe_digest = '{recipe_digest}'")
    return _version(found[0]) if found else None


def is_intact(version: Version) -> bool:
    """True when the files of a version are there and are those that were registered."""
    try:
        load(version)
    except RegistryError:
        return False
    return True


def get(version: str | None) -> Version:
    """This version, or the one with the alias of the last training.

    Raises:
        RegistryError: there is none.
    """
    from mlflow.exceptions import MlflowException

    client = _client()
    try:
        found = client.get_model_version(NAME, version) if version else client.get_model_version_by_alias(NAME, ALIAS)
    except MlflowException as error:
        wanted = f"version {version}" if version else "version"
        raise RegistryError(f"no {wanted} of {NAME} in {tracking_uri()}; `longtail train` makes one") from error
    return _version(found)


def load(version: Version) -> CutInModel:
    """The model of a version.

    Raises:
        RegistryError: a file is not the one that was registered.
    """
    from mlflow.exceptions import MlflowException

    label = f"{NAME} version {version.version}"
    try:
        folder = Path(_client().download_artifacts(version.run_id, "model"))
    except (MlflowException, OSError) as error:
        raise RegistryError(f"{label}: its files are gone ({error}); `longtail train` registers it again") from error
    for name in (WEIGHTS, CARD):
        if not (folder / name).exists() or _sha256(folder / name) != version.tags[f"sha256.{name}"]:
            raise RegistryError(f"{label}: {folder / name} is not the file that was registered")
    return CutInModel.load(folder)


def has_files(version: Version, folder: str) -> bool:
    """True when the run of a version has files below this artifact folder."""
    return bool(_client().list_artifacts(version.run_id, folder))


def log_files(version: Version, folder: Path, artifact_folder: str, metrics: dict[str, float]) -> None:
    """Add the files of `folder` (reports, pictures) and metrics to the run of a version."""
    client = _client()
    for name, value in metrics.items():
        client.log_metric(version.run_id, name, value)
    client.log_artifacts(version.run_id, str(folder), artifact_folder)


def log_history(version: Version, history: list[tuple[float, float]]) -> None:
    """The loss per epoch, for the curves of the MLflow page."""
    client = _client()
    for epoch, losses in enumerate(history):
        for name, value in zip(("train_loss", "validation_loss"), losses, strict=True):
            if value == value:  # not NaN: there was a validation split
                client.log_metric(version.run_id, name, value, step=epoch)


def _client() -> "MlflowClient":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from mlflow import MlflowClient

    uri = tracking_uri()
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(uri, registry_uri=uri)


def _experiment(client: "MlflowClient") -> str:
    found = client.get_experiment_by_name(NAME)
    if found is not None:
        return str(found.experiment_id)
    uri = tracking_uri()
    if not uri.startswith("sqlite:///"):
        return str(client.create_experiment(NAME))
    artifacts = Path(uri.removeprefix("sqlite:///")).parent / "artifacts"
    return str(client.create_experiment(NAME, artifact_location=artifacts.as_uri()))


def _version(found: Any) -> Version:
    return Version(found.name, str(found.version), found.run_id, dict(found.tags))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
