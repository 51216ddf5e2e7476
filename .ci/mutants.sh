#!/usr/bin/env bash
# Changes the code, one place at a time, and says which changes no test notices: .ci/mutants.sh GROUP [K/N]
# GROUP is a file of .ci/mutants. K/N asks every N-th mutant, beginning with the K-th: a sample of all places, and all parts together are all mutants.
# It works on the last commit, in a checkout below .cache, and builds there what the mutants share once.
set -euo pipefail
cd "$(dirname "$0")/.."

group=$1 part=${2:-0/1}
config=$PWD/.ci/mutants/$group.toml
answers=$PWD/.cache/mutants-$group
checkout=$PWD/.cache/mutants
tool=$PWD/.cache/tools/bin/cargo-mutants
[ -x "$tool" ] || cargo install --locked --debug --quiet --root .cache/tools --version 27.1.0 cargo-mutants

[ -d "$checkout/.git" ] || git clone --quiet --shared --no-checkout . "$checkout"
git -C "$checkout" fetch --quiet origin HEAD
git -C "$checkout" checkout --quiet --force --detach FETCH_HEAD
git -C "$checkout" clean --quiet --force -d
# With the changes of one place, the compiler has little to do anew; that it may take what it knows matters more than anything else.
export CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$checkout/target

# ask OUTPUT OPTION...: 2 says that some were missed and 3 that some took too long; both are in the lists.
ask() {
  local output=$1 code=0
  shift
  (cd "$checkout" && "$tool" mutants --config "$config" --in-place --baseline=skip --timeout "${TENURE_MUTANT_TIMEOUT:-120}" \
    --colors never --no-shuffle --output "$output" "$@") || code=$?
  case $code in 0 | 2 | 3) ;; *) exit "$code" ;; esac
}

rm -rf "$answers"
mkdir -p "$answers"
# First by the tests that concern the files, which find most; what they miss is asked again, by every test of the package.
ask "$answers/first" --shard "$part" --sharding round-robin
if [ -s "$answers/first/mutants.out/missed.txt" ]; then
  names=$(python3 -c 'import re, sys; print("|".join("^" + re.escape(line.rstrip("\n")) + "$" for line in sys.stdin))' <"$answers/first/mutants.out/missed.txt")
  ask "$answers/second" --cargo-arg=--lib --cargo-arg=--tests --re "$names"
fi
count() { cat "$@" 2>/dev/null | wc -l; }
first=$answers/first/mutants.out second=$answers/second/mutants.out
missed=$(count "$second/missed.txt")
echo "$group $part: $(count "$first/caught.txt" "$first/timeout.txt" "$second/caught.txt" "$second/timeout.txt") noticed, $missed missed, $(count "$first/unviable.txt") do not compile"
[ "$missed" -eq 0 ] || { cat "$second/missed.txt" && exit 1; }
