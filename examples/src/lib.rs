//! One file a task; each runs in CI
