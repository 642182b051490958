#!/usr/bin/env bash
# `make sumo`: install SUMO beside the environment (530 MB, once), then its traffic as recordings through the whole
# product: ingest, curate, score against SUMO's own lane changes, cut-ins and TTC.
set -euo pipefail
home=.cache/sumo
if [ ! -x "$home/bin/sumo" ]; then
  echo "longtail: installing eclipse-sumo into $home" >&2
  .venv/bin/uv venv --quiet --python .venv/bin/python "$home"
  .venv/bin/uv pip install --quiet --python "$home/bin/python" 'eclipse-sumo>=1.28,<1.29'
fi
SUMO_HOME=$("$home/bin/python" -c 'import sumo; print(sumo.SUMO_HOME)')
export SUMO_HOME
[ "${1:-run}" = install ] && exit 0

work=.cache/sumo-run
export LONGTAIL_LAKE=$work/lake
rm -rf "$work"
step() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  "$@"
}
step longtail fleet sumo --egos "${EGOS:-6}" --out "$work/landing" --truth "$work/truth"
step longtail ingest "$work/landing"
step longtail curate --target duckdb
step longtail evaluate scenarios --truth "$work/truth" --name sumo --database "$work/longtail.duckdb"
