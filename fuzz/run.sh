#!/usr/bin/env bash
# usage: fuzz/run.sh <target> <seconds>: builds the targets with coverage and runs one from its seeds.
set -euo pipefail
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
triple=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
cargo build --release --quiet --target "$triple" --bins
mkdir -p "corpus/$target" "artifacts/$target"
exec "target/$triple/release/$target" "corpus/$target" "seeds/$target" -dict=scim.dict -max_len=4096 -timeout=20 \
    -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -print_final_stats=1
