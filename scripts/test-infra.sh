#!/usr/bin/env bash
# Synthesises the stacks as a deployment would, without an account and without a network, and has cfn-lint read them. Needs
# Python 3.9 or newer with pip. What cdk-nag finds ends the synthesis. It skips nothing: what cannot run has failed.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

give_up() {
  echo "test:infra: $1" >&2
  cat "$log" >&2
  exit 1
}

source scripts/python-tools.sh

# Should anything look for an account or for the instance it runs on, it finds neither, at once.
export AWS_EC2_METADATA_DISABLED=true CDK_DISABLE_CLI_TELEMETRY=true
rm -rf dist/cdk
echo '== cdk synth'
npm run --silent synth
templates=(dist/cdk/*.template.json)
if ((${#templates[@]} != 5)); then give_up "there are ${#templates[@]} templates, and 5 stacks."; fi

# W3005: CDK writes down dependencies that references imply; they do no harm.
echo "== cfn-lint: ${templates[*]}"
"$venv/bin/cfn-lint" --ignore-checks W3005 --regions eu-central-1 us-east-1 -- "${templates[@]}"
