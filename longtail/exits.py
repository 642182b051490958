"""How the command line ends: documented exit codes, and one clear line instead of a traceback."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

OK, FAILED, USAGE, PROBLEMS = 0, 1, 2, 3
_LOOP = ("fleet", "ingest", "curate", "scenario", "snapshot", "train", "evaluate")
_ORDER = (
    *_LOOP,
    "sql",
    "slice",
    "events",
    "search",
    "plot",
    "clip",
    "export",
    "status",
    "verify",
    "compact",
    "report",
    "doctor",
)
_EXTRA_OF = {
    "pyspark": "spark",
    "delta": "spark",
    "dbt": "spark",
    "mcap": "spark",
    "cantools": "spark",
    "asammdf": "spark",
    "foxglove_schemas_protobuf": "spark",
    "google": "spark",
    "rerun": "rerun",
    "torch": "train",
    "mlflow": "train",
    "safetensors": "train",
}
# Errors whose message already is a whole sentence with the way out; others get their type in front.
_SPEAKS_FOR_ITSELF = ("longtail.", "spark_jobs.", "training.", "fleet.")


class FrontDoor(TyperGroup):
    """The top command: global options work anywhere on the line, and errors become one red line and exit code 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Accept --lake and --debug after the command name too."""
        return super().parse_args(ctx, hoist(args))

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order in which the loop runs, not groups last."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; expected and unexpected errors end as one line unless --debug is given."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except BrokenPipeError:
            # The reader (head, less) has had enough: that is no error. What is left to flush goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except KeyboardInterrupt:
            raise typer.Abort() from None
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            from longtail import console

            console.fail(sentence(error))
            raise typer.Exit(FAILED) from error


def hoist(args: Sequence[str]) -> list[str]:
    """`args` with --lake PATH and --debug moved to the front; what follows `--` stays."""
    front: list[str] = []
    rest: list[str] = []
    todo = list(args)
    while todo:
        word = todo.pop(0)
        if word == "--":
            rest += [word, *todo]
            break
        if word == "--debug" or word.startswith("--lake="):
            front.append(word)
        elif word == "--lake" and todo:
            front += [word, todo.pop(0)]
        else:
            rest.append(word)
    return front + rest


def sentence(error: BaseException) -> str:
    """One line for a person: what went wrong and what to do."""
    if isinstance(error, ModuleNotFoundError):
        top = (error.name or "").partition(".")[0]
        if top in _EXTRA_OF:
            return f"this command needs {top}, which is not installed; run: pip install 'longtail[{_EXTRA_OF[top]}]'"
        return f"{error}; the installation is incomplete, `longtail doctor` says more"
    lines = str(error).strip().splitlines()
    first = lines[0] if lines else ""
    if type(error).__module__.startswith(_SPEAKS_FOR_ITSELF) and first:
        return first
    return f"{type(error).__name__}: {first or 'no message'} (add --debug for the traceback)"
