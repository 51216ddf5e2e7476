#!/usr/bin/env bash
# usage: bench/instructions.sh PROGRAM [PEER/WORKLOAD...]
# Instructions for each operation, a line of JSON each. PROGRAM is target/release/tenure-bench (the default) or a peer's program on the
# same kit; without names, the workloads on which filters and rules are judged. Counted by callgrind, between the start and the end of the
# measured calls alone, so that set-up, load and clock do not matter; two runs give the same.
set -euo pipefail
cd "$(dirname "$0")"
program=${1:-target/release/tenure-bench}
shift || true
names=("$@")
if [ ${#names[@]} = 0 ]; then
    for kind in eq complex valuepath urn mixed; do
        names+=("tenure-scim/filter-eval-$kind" "tenure-scim, one by one/filter-eval-$kind")
    done
    names+=(tenure-scim/parse-user tenure-scim/parse-group10k tenure-scim/serialise-user tenure-scim/filter-parse)
    names+=("tenure-policy/policy-200rules" "tenure-policy (evaluator)/policy-200rules")
    names+=(tenure-policy/explain-one-grant tenure-policy/explain-10000rules tenure-policy/map-10attrs)
fi
for name in "${names[@]}"; do
    counted=$(mktemp)
    line=$(ICOUNT=1 ONLY="=$name" valgrind --tool=callgrind --toggle-collect=bench_region --callgrind-out-file=/dev/null "$program" 2>"$counted" | tail -1)
    instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$counted" | tail -1)
    operations=$(sed -n 's/.*"icount_ops":\([0-9]*\).*/\1/p' <<<"$line")
    rm -f "$counted"
    [ -n "$operations" ] || { echo "nothing was measured for $name" >&2; exit 1; }
    echo "{\"op\":\"$name\",\"instructions_per_op\":$((instructions / operations))}"
done
