# shellcheck shell=bash
# Sourced by the tests that need tools written in Python: installs test/aws/requirements.txt into a place of its own, which
# git does not see, and leaves its path in $venv. Wants a file for output in $log, and `give_up`, which ends with a reason.
requirements=test/aws/requirements.txt
venv=node_modules/.cache/moto

# The copy of the requirements is put there last: an installation that broke off is made anew.
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
  rm -rf "$venv"
  echo "== python: installing $requirements with pip"
  python3 -m venv "$venv" >"$log" 2>&1 || give_up 'python3 -m venv does not work here. Install Python 3 with venv and pip.'
  "$venv/bin/pip" install --quiet --requirement "$requirements" >"$log" 2>&1 || give_up "pip could not install $requirements."
  cp "$requirements" "$venv/requirements.txt"
fi
