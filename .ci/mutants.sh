#!/usr/bin/env bash
# Changes the code, one place at a time, and says which changes no test notices: .ci/mutants.sh GROUP [K/N]
# GROUP is a file of .ci/mutants. K/N asks every N-th mutant, beginning with the K-th: a sample of all places, and all parts together are all mutants.
# It works on the last commit, in a checkout below .cache. cargo-mutants says which mutants there are; they are built all at once, and each is chosen when the
# tests start. What cannot be put in that way is built and asked by cargo-mutants, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."

group=$1 part=${2:-0/1}
config=$PWD/.ci/mutants/$group.toml
answers=$PWD/.cache/mutants-$group
checkout=$PWD/.cache/mutants
tool=$PWD/.cache/tools/bin/cargo-mutants
[ -x "$tool" ] || cargo install --locked --debug --quiet --root .cache/tools --version 27.1.0 cargo-mutants
CARGO_TARGET_DIR=.cache/arm cargo build --locked --quiet --manifest-path .ci/mutants/Cargo.toml

[ -d "$checkout/.git" ] || git clone --quiet --shared --no-checkout . "$checkout"
git -C "$checkout" fetch --quiet origin HEAD
git -C "$checkout" checkout --quiet --force --detach FETCH_HEAD
git -C "$checkout" clean --quiet --force -d
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=${TENURE_MUTANT_TARGET:-$checkout/target}

rm -rf "$answers"
mkdir -p "$answers"
(cd "$checkout" && "$tool" mutants --config "$config" --list --json --no-shuffle --shard "$part" --sharding round-robin) >"$answers/list.json"
CARGO_INCREMENTAL=0 python3 .ci/mutants/ask.py "$checkout" "$answers/list.json" "$config" "$answers"

git -C "$checkout" checkout --quiet --force .
git -C "$checkout" clean --quiet --force -d
if [ -s "$answers/left.txt" ]; then
  names=$(python3 -c 'import re, sys; print("|".join("^" + re.escape(line.rstrip("\n")) + "$" for line in sys.stdin))' <"$answers/left.txt")
  # 2 says that some were missed and 3 that some took too long; both are in the lists. With the changes of one place, the compiler has little to do anew.
  code=0
  # Which cargo takes once only.
  grep -q '"--lib"' "$config" && library=() || library=(--cargo-arg=--lib)
  (cd "$checkout" && CARGO_INCREMENTAL=1 "$tool" mutants --config "$config" --in-place --baseline=skip --timeout "${TENURE_MUTANT_TIMEOUT:-120}" \
    --colors never --no-shuffle --output "$answers/alone" "${library[@]}" --cargo-arg=--tests --re "$names") || code=$?
  case $code in 0 | 2 | 3) ;; *) exit "$code" ;; esac
fi
count() { { cat "$@" 2>/dev/null || true; } | wc -l; }
alone=$answers/alone/mutants.out
missed=$(count "$answers/missed.txt" "$alone/missed.txt")
echo "$group $part: $(count "$answers/caught.txt" "$alone/caught.txt" "$alone/timeout.txt") noticed, $missed missed, $(count "$answers/unviable.txt" "$alone/unviable.txt") do not compile"
[ "$missed" -eq 0 ] || { cat "$answers/missed.txt" "$alone/missed.txt" 2>/dev/null || true; exit 1; }
