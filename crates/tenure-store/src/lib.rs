//! Durable state for the engine, and the SQL-backed directory connector
