"""Colours and type of the pictures: the Okabe-Ito palette, told apart by colour-blind readers and in grey."""

from typing import Any

EGO = "#0072B2"
ACTOR = "#D55E00"
OTHER = "#B8BEC6"
OTHER_EDGE = "#6B7480"
VULNERABLE = "#CC79A7"
ROAD = "#F3F4F6"
LANE = "#E3E7EC"
MARK = "#8A929C"
INK = "#1F2933"
QUIET = "#5F6B7A"
LIMIT = "#A0223B"
GRID = "#E6E9ED"

SEVERE = {"regulatory_unavoidable", "critical", "near_crash", "emergency", "severe", "serious"}

MINUS = "\N{MINUS SIGN}"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.edgecolor": MARK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11.5,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}
