//! The contract between Tenure and a target system, and the in-memory reference connector
