#!/bin/sh
# rustc for `coverage.sh`: counts what runs.
exec "$@" -C instrument-coverage
