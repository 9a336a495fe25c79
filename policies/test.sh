#!/usr/bin/env bash
# Tests the policies with OPA itself, and that the committed bundle is what the sources compile to.
set -euo pipefail
cd "$(dirname "$0")"

PATH="$PATH:${GOPATH:-$HOME/go}/bin"
if ! command -v opa >/dev/null; then
  echo 'opa is missing: go install github.com/open-policy-agent/opa@latest' >&2
  exit 1
fi

# The data is named by itself: as part of a folder OPA would put the folder's name in front of its keys.
sources=(*/*.rego data/data.json)

opa fmt --fail --list */*.rego
opa check --strict "${sources[@]}"
opa test "${sources[@]}"
node build.ts --check
