"""Thresholds that a factor of 1.5 cannot make any row notice, and why; `make mutation` fails when one is noticed."""

UNREAD = {
    "metrics_max_plausible_speed_mps": "only the dbt test ego_speeds_are_plausible reads it: test_curate.py breaks it",
}
"""No model reads these."""

SILENT = {
    "edge_case_default_severity": "every severity of a definition has a weight of its own, and tests say so",
}
"""Neither larger nor smaller."""

SILENT_SMALLER = {
    "near_miss_min_duration_s": "two instants of the grid stand for 0.2 s: 0.13 s asks for as many",
}
"""Noticed when larger, not when smaller."""

SILENT_LARGER: dict[str, str] = {}
"""Noticed when smaller, not when larger."""
