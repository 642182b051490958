#!/usr/bin/env bash
# Checks what the machine must bring (Python 3.11 or 3.12, Java 17 or newer), then makes the locked environment in $1.
set -euo pipefail
venv=${1:?usage: infra/setup.sh VENV}

install_hint() { # package on Debian, formula on macOS
  if [ "$(uname)" = Darwin ]; then echo "brew install $2"; else echo "sudo apt-get install -y $1"; fi
}

missing() { # what, debian package, brew formula
  local hint; hint=$(install_hint "$2" "$3")
  if [ "$(id -u)" = 0 ] && [ -x /usr/bin/apt-get ] && [ -t 0 ]; then
    read -r -p "$1 is missing. Run 'apt-get install -y $2' now? [y/N] " answer
    if [ "$answer" = y ]; then apt-get update -q && apt-get install -y "$2" && return 0; fi
  fi
  echo "longtail: $1 is missing; install it with: $hint" >&2
  exit 1
}

find_python() {
  local name
  for name in ${PYTHON:-} python3.12 python3.11 python3 python; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 12)))' 2>/dev/null; then
      echo "$name"; return 0
    fi
  done
  return 1
}

java_major() { "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p'; }

python=$(find_python) || { missing "Python 3.11 or 3.12 (with venv)" "python3.11 python3.11-venv" python@3.12; python=$(find_python); }
major=$(java_major || true)
[ "${major:-0}" -ge 17 ] || missing "Java 17 or newer (found: ${major:-none})" openjdk-17-jre-headless openjdk@17

echo "longtail: making the environment in $venv ($("$python" --version)); the first time downloads several GB" >&2
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes --requirement requirements.lock
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --editable .
"$venv/bin/python" -W ignore -m spark_jobs.class_archive >&2 ||
  echo "longtail: no archive of Spark's classes, see above: each Spark command starts 5 s later" >&2
