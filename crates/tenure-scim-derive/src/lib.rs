//! derive(Resource): a Rust struct gives its SCIM schema
