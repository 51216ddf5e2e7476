//! SCIM 2.0 (RFC 7643, RFC 7644) as data: schemas, resources, filters, PATCH, diff, validation and peer profiles
