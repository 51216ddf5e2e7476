# The two commands of the README, and the checks.

quickstart:
    cargo run --release --example quickstart

test:
    cargo test --workspace

ci *stages:
    .ci/run {{stages}}

# Rewrites golden files and the README's table of crates; review the difference as code.
golden:
    UPDATE_GOLDEN=1 cargo test --workspace
