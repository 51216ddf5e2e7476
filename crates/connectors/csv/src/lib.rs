//! A directory of CSV or JSON files as a source of workers and as a target
