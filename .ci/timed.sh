#!/usr/bin/env bash
# A wrapper of rustc (RUSTC_WRAPPER) that adds "crate, seconds of processor time" to the file TENURE_COMPILE_TIMES for each library of this repository.
set -euo pipefail

name= type= test=
for argument in "$@"; do
  case $argument in
    --test) test=yes ;;
  esac
  case ${before:-} in
    --crate-name) name=$argument ;;
    --crate-type) type=$argument ;;
  esac
  before=$argument
done
case $name in
  tenure*) ;;
  *) exec "$@" ;;
esac
{ [ -z "$test" ] && [ "$type" != bin ]; } || exec "$@"
[[ " $* " == *link* ]] || exec "$@"

code=0
"$@" || code=$?
if [ "$code" -eq 0 ]; then
  # The second line is that of the compiler: minutes and seconds, of the program and of the system.
  times >"$TENURE_COMPILE_TIMES.$$"
  awk -F '[ms ]+' -v name="${name//_/-}" 'NR == 2 { printf "%s %.1f\n", name, $1 * 60 + $2 + $3 * 60 + $4 }' \
    "$TENURE_COMPILE_TIMES.$$" >>"$TENURE_COMPILE_TIMES"
  rm "$TENURE_COMPILE_TIMES.$$"
fi
exit "$code"
