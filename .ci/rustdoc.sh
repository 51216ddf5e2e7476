#!/bin/sh
# rustdoc with its JSON, which the stable compiler has but keeps for itself. Only rustdoc is told so: what is compiled stays the same.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
