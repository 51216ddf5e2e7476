//! Observe, correlate, plan, guard, apply and verify: makes every target agree with the policy
