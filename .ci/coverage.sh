#!/usr/bin/env bash
# Which lines the tests of these packages reach, one row a crate: .ci/coverage.sh PACKAGE... [OPTIONS OF CARGO]
# Only crates of this repository are instrumented, so that their dependencies are not built again. Documentation tests are not counted.
set -euo pipefail
cd "$(dirname "$0")/.."

# The compiler is the one at hand; only the tools of its LLVM are taken from below .cache.
version=$(rustc --version | cut -d' ' -f2)
if ! RUSTUP_HOME=$PWD/.cache/rustup rustup toolchain install "$version" --profile minimal --component llvm-tools --no-self-update; then
  echo "skipped: rustup could not install llvm-tools for Rust $version"
  exit 0
fi
tools=$(dirname "$(ls "$PWD"/.cache/rustup/toolchains/"$version"-*/lib/rustlib/*/bin/llvm-cov)")
counted=$PWD/target/coverage
rm -rf "$counted"
mkdir -p "$counted"

packages=()
while [ $# -gt 0 ] && [[ $1 != -* ]]; do
  packages+=(--package "$1")
  shift
done
export RUSTC_WORKSPACE_WRAPPER=$PWD/.ci/coverage-rustc.sh
# Macros run while others are compiled; what they count is not wanted.
LLVM_PROFILE_FILE=$counted/build/%p.profraw cargo test --locked "${packages[@]}" "$@" --lib --bins --tests --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' >"$counted/programs"
LLVM_PROFILE_FILE=$counted/%p-%m.profraw cargo test --locked "${packages[@]}" "$@" --lib --bins --tests >"$counted/tests.txt" ||
  { tail -n 40 "$counted/tests.txt"; exit 1; }

"$tools/llvm-profdata" merge --sparse "$counted"/*.profraw --output "$counted/all.profdata"
rm "$counted"/*.profraw
objects=()
while read -r program; do objects+=(--object "$program"); done <"$counted/programs"
"$tools/llvm-cov" export --summary-only --instr-profile "$counted/all.profdata" "${objects[@]}" \
  --ignore-filename-regex '/(registry|rustc|tests|benches|examples)/|/tests\.rs$' >"$counted/summary.json"
python3 - "$PWD" "$counted/summary.json" <<'P'
import collections, json, sys

root, summary = sys.argv[1:]
crates = collections.defaultdict(lambda: [0, 0, 0, 0])
for file in json.load(open(summary))["data"][0]["files"]:
    name = file["filename"].removeprefix(root + "/")
    if "/src/" not in name:
        continue
    row = crates[name.split("/src/")[0]]
    for at, what in ((0, "lines"), (2, "functions")):
        row[at] += file["summary"][what]["covered"]
        row[at + 1] += file["summary"][what]["count"]
print("| crate | lines | reached | functions | reached |\n|---|---|---|---|---|")
for name, (lines, of_lines, functions, of_functions) in sorted(crates.items()):
    print(f"| `{name}` | {of_lines} | {100 * lines / of_lines:.1f} % | {of_functions} | {100 * functions / of_functions:.1f} % |")
P
