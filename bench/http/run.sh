#!/usr/bin/env bash
# usage: bench/http/run.sh STORE USERS [ARGUMENT...]: loads `tenure serve` on a store (memory, sqlite, or a postgres:// URL).
# Needs `cargo build --release -p tenure-cli`; further arguments go to benchhttp.
set -euo pipefail
cd "$(dirname "$0")/../.."
store=$1 users=$2
shift 2
cargo build --quiet --release --manifest-path bench/Cargo.toml -p benchhttp
folder=$(mktemp -d)
address=$store
[ "$store" != sqlite ] || address=sqlite:$folder/people.db
target/release/tenure serve --listen 127.0.0.1:0 --store "$address" --token quickly >"$folder/ready" &
pid=$!
trap 'kill $pid; wait $pid || true; rm -rf "$folder"' EXIT
until [ -s "$folder/ready" ]; do sleep 0.1; done
url=$(sed 's/^listening on //' "$folder/ready")
bench/target/release/benchhttp "$url" quickly --name "tenure-${store%%:*}" --users "$users" --seed bulk --pid "$pid" "$@"
