"""`make scores`: every truth this repository knows, the definitions scored against each, and docs/scores.md."""
