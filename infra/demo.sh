#!/usr/bin/env bash
# `make demo`: the commands a user runs, in order, each shown before it runs.
set -euo pipefail
: "${DRIVES:?}" "${SECONDS_EACH:?}" "${SEED:?}"

step() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  "$@"
}

began=$SECONDS
step longtail fleet generate --drives "$DRIVES" --seconds "$SECONDS_EACH" --seed "$SEED"
step longtail ingest landing
step longtail curate
step longtail snapshot create
step longtail train
step longtail evaluate model
step longtail evaluate scenarios --truth truth
step longtail report
printf '\nThe whole loop took %d s.\n' "$((SECONDS - began))"
