#!/usr/bin/env bash
# What each library costs to compile without optimisation: seconds of processor time of its own, which other work on the machine hardly changes, and how
# many packages it brings with its default features. Dependencies from elsewhere are built once and not counted.
set -euo pipefail
cd "$(dirname "$0")/.."

times=$PWD/target/reports/compile-times.txt
mkdir -p target/reports
rm -f "$times"
# The wrapper is part of what cargo compares, so that everything of ours is compiled, and dependencies are not.
export TENURE_COMPILE_TIMES=$times RUSTC_WORKSPACE_WRAPPER=$PWD/.ci/timed.sh
touch crates/*/src/lib.rs crates/connectors/*/src/lib.rs
cargo build --locked --quiet --workspace --lib --exclude tidy
unset RUSTC_WORKSPACE_WRAPPER
echo "| crate | seconds | packages below it |"
echo "|---|---|---|"
sort "$times" | while read -r crate seconds; do
  below=$(cargo tree --locked --package "$crate" --edges normal,build --prefix none --format '{p}' | sed 's/ (\*)$//' | sort -u | wc -l)
  echo "| \`$crate\` | $seconds | $((below - 1)) |"
done
