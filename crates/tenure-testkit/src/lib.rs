//! The conformance suite every connector runs, the chaos connector and the generators
