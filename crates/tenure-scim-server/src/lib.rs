//! A SCIM 2.0 service provider in front of any connector
