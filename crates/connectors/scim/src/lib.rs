//! Any SCIM 2.0 service provider as a target
