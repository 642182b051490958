"""Settings: one place, read from LONGTAIL_* variables, then longtail.toml, then the defaults below."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

REPOSITORY = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """What a person may change without touching code."""

    model_config = SettingsConfigDict(env_prefix="LONGTAIL_", toml_file="longtail.toml", extra="forbid")

    lake: str = Field(default="lake", description="root of the lake: a path, or a URI such as s3://bucket/lake")
    landing: str = Field(default="landing", description="where raw recordings land: <landing>/<project_id>/<drive_id>/")
    project: str = Field(default="local", description="project_id of recordings that do not name one")
    cache: str = Field(default=".cache", description="Spark jars, logs and other things that can be made again")
    mlflow_uri: str = Field(default="", description="MLflow tracking URI; empty: sqlite beside the lake")
    compiled: bool = Field(
        default=True, description="decode recordings with compiled kernels; off: plain numpy, slower"
    )
    spark_master: str = Field(default="", description="a cluster, spark://host:7077; empty: Spark in this process")
    spark_memory: str = Field(default="2g", description="heap of the Spark driver, and of each executor of a cluster")
    duckdb_memory: str = Field(default="6GB", description="of DuckDB in curate; more spills beside its file")
    spark_cores: int = Field(default=2, ge=1, description="cores that Spark may use, here or on the whole cluster")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of precedence: call arguments, environment, longtail.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
