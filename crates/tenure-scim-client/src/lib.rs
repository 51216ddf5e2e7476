//! A SCIM 2.0 client that survives real servers
