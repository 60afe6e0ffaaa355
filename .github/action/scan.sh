#!/usr/bin/env bash
# Runs `straykey ci github` with the action's inputs, which come as variables: nothing of them is read as shell.
set -euo pipefail

program=$PROGRAM_FOLDER/straykey
[[ ! -x $program.exe ]] || program=$program.exe
arguments=(ci github)

# An input that is left empty is left out.
option() {
  [[ -z $2 ]] || arguments+=("$1=$2")
}

# A switch is on or off, and nothing else.
switch() {
  case $3 in
    true) arguments+=("$1") ;;
    false | '') ;;
    *)
      echo "::error title=straykey::the input $2 is neither true nor false"
      exit 2
      ;;
  esac
}

if [[ ${INPUT_RANGE:-} == all ]]; then
  arguments+=(--everything)
else
  option --range "${INPUT_RANGE:-}"
fi
option --config "${INPUT_CONFIG:-}"
option --key "${INPUT_KEY:-}"
option --baseline "${INPUT_BASELINE:-}"
option --fail-on "${INPUT_FAIL_ON:-}"
option --min-confidence "${INPUT_MIN_CONFIDENCE:-}"
option --sarif "${SARIF_FILE:-}"
switch --verify verify "${INPUT_VERIFY:-}"
switch --upload upload-sarif "${INPUT_UPLOAD_SARIF:-}"
switch --comment comment "${INPUT_COMMENT:-}"
while IFS= read -r path; do
  option --inventory "$path"
done <<<"${INPUT_INVENTORY:-}"
arguments+=(--)
while IFS= read -r path; do
  [[ -z $path ]] || arguments+=("$path")
done <<<"${INPUT_PATHS:-}"

exec "$program" "${arguments[@]}"
