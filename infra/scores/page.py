"""docs/scores.md from ops.definition_scores: a table per truth, with the commands and versions that made it."""

import subprocess
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from infra.scores.occlusion import OcclusionScore
from longtail.query import sql
from longtail.settings import REPOSITORY
from training.definition_scores import definitions_digest
from training.score_text import interval
from training.shares import Share

PAGE = REPOSITORY / "docs" / "scores.md"
_ROWS = """
select truth_name, truth_digest, scenario_id, definition_version, metric, value, ci_low, ci_high, num_samples,
  num_positives
from ops.definition_scores
where definitions_digest = $digest
"""
_HEAD = """# Scores: how well each definition finds what happened

Made by `make scores`; do not edit. Format of the truths and rules of scoring: `docs/truth-format.md`. A share has its
Wilson 95 % interval in brackets; "errors" are absolute. Start error is between the starts of a pair, for some
definitions by design: they start where the lane mark is crossed, or where the movement begins.

Repository at `{commit}`, digest of models, macros and seeds `{digest}`.
"""


@dataclass(frozen=True)
class Section:
    """One truth on the page. `command`: what made it; `text`: what it is; `missing`: why it was not scored."""

    truth_name: str
    title: str
    text: str
    command: str
    missing: str | None = None


def write(sections: list[Section], occlusion: OcclusionScore | None) -> None:
    """Write the page from the scores of the current definitions."""
    digest = definitions_digest()
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sql(_ROWS, parameters={"digest": digest}).to_pylist():
        rows[row["truth_name"]].append(row)
    parts = [_HEAD.format(commit=_commit(), digest=digest[:12])]
    for section in sections:
        parts.append(f"## {section.title}\n{section.text}\n\n```text\n{section.command}\n```\n")
        parts.append(section.missing + "\n" if section.missing else _tables(rows[section.truth_name]))
    if occlusion is not None:
        parts.append(_occlusion(occlusion))
    PAGE.write_text("\n".join(parts).rstrip() + "\n")


def _tables(rows: list[dict[str, Any]]) -> str:
    metrics: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        metrics[row["scenario_id"]][row["metric"]] = row
    lines = ["| definition | true | found | recall | precision | F1 | mean overlap | start error, median |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for scenario, by_metric in sorted(metrics.items()):
        if scenario == "encounter":
            continue
        shares = [interval(_share(by_metric[name])) or "" for name in ("recall", "precision", "f1")]
        overlap, start = by_metric["mean_overlap"]["value"], by_metric["median_start_error_s"]["value"]
        cells = [f"`{scenario}` v{by_metric['recall']['definition_version']}", by_metric["recall"]["num_samples"],
                 by_metric["precision"]["num_samples"], *shares, "" if overlap is None else f"{overlap:.2f}",
                 "" if start is None else f"{start:.2f} s"]  # fmt: skip
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n" + _parameters(metrics)


def _parameters(metrics: dict[str, dict[str, dict[str, Any]]]) -> str:
    bounds = {"min_ttc_s": "0.1 s", "min_thw_s": "0.1 s", "max_drac_mps2": "0.5 m/s²", "gap_m": "1 m",
              "closing_speed_mps": "0.67 m/s", "peak_deceleration_mps2": "0.5 m/s²"}  # fmt: skip
    lines = []
    for scenario, by_metric in sorted(metrics.items()):
        for name, bound in bounds.items():
            within = by_metric.get(f"share_within:{name}")
            if within is not None:
                middle, high = (by_metric[f"{kind}:{name}"]["value"] for kind in ("median_error", "p95_error"))
                lines.append(
                    f"| `{scenario}` | `{name}` | {within['num_samples']} | {interval(_share(within))} below {bound} "
                    f"| {middle:.3f} | {high:.3f} |"
                )
    if not lines:
        return ""
    head = (
        "\n| of pairs | parameter | pairs | errors | median error | 95 % of errors below |\n|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) + "\n"


def _occlusion(result: OcclusionScore) -> str:
    medians = ", ".join(f"{label}: {value:.2f}" for label, value in sorted(result.median_share.items()))
    return f"""## KITTI occlusion
The visibility that silver computes from the boxes of a list, where the list has none, against the labels of
{result.num_boxes} boxes in ten sequences: 0 fully visible, 1 partly, 2 largely occluded.
What has no box, a wall or a tree, hides nothing here.

| | |
|---|---|
| chance that a largely occluded box is less visible than a fully visible one (AUC) | {result.auc:.3f} |
| largely occluded boxes found hidden (visible share <= 0.40) | {interval(result.found)} of {result.num_largely} |
| fully visible boxes found visible | {interval(result.clear)} |
| median visible share by label | {medians} |
"""


def _share(row: dict[str, Any]) -> Share:
    return Share(row["num_positives"], row["num_samples"], row["value"], row["ci_low"], row["ci_high"])


def _commit() -> str:
    done = subprocess.run(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True,
                          text=True, check=False)  # fmt: skip
    return done.stdout.strip() or "unknown"
