#!/usr/bin/env bash
# Runs the tests of test/aws against moto, an emulator of AWS written by others. Needs Python 3.9 or newer with pip, and
# brings the rest along, into a place that git does not see. It skips nothing: what cannot run has failed.
# Arguments are handed to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

log=$(mktemp)
moto=

# Runs at every end, so that moto never outlives the tests.
finish() {
  local code=$?
  if [[ -n $moto ]]; then
    kill "$moto" 2>/dev/null || true
    wait "$moto" 2>/dev/null || true
  fi
  rm -f "$log"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

give_up() {
  echo "test:aws: $1" >&2
  cat "$log" >&2
  exit 1
}

source scripts/python-tools.sh

# A free port, which moto has to know beforehand: its Step Functions call its Lambda by it. Its output goes to the log by
# the line, or we would wait for ever.
MOTO_PORT=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export MOTO_PORT
PYTHONUNBUFFERED=1 "$venv/bin/moto_server" -H 127.0.0.1 -p "$MOTO_PORT" >"$log" 2>&1 &
moto=$!
url=
for _ in {1..300}; do
  url=$(sed -nE 's#.*Running on (http://127\.0\.0\.1:[0-9]+).*#\1#p' "$log" | head -n 1)
  if [[ -n $url ]]; then break; fi
  kill -0 "$moto" 2>/dev/null || give_up 'moto ended before it answered.'
  sleep 0.2
done
if [[ -z $url ]]; then give_up 'moto did not answer within a minute.'; fi

echo "== moto: $url"
MOTO_URL=$url vitest run --config vitest.aws.config.ts "$@"
# Whoever asks for everything gets it; with arguments it is for what they name.
if [[ $# -eq 0 ]]; then npm run test:faults; fi
