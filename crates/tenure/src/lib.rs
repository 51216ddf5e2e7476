//! User provisioning for Rust programs: joiners, movers, leavers, and why
