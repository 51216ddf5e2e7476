//! Retry, pacing, timeout, breaker, dry run and audit as wrappers of any connector
