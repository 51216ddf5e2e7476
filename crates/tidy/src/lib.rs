//! Repository checks: arrows between crates, file sizes, tables that must be true
