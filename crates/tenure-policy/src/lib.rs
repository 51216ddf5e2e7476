//! Which accounts, roles and entitlements should exist, and why: the lifecycle policy as a pure function
