//! The JSON Schema of policy documents, for editors and checks elsewhere.

use super::PolicyDocument;

impl PolicyDocument {
    /// The JSON Schema of documents, as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::PolicyDocument;
    /// assert!(PolicyDocument::JSON_SCHEMA.contains("\"title\": \"Tenure policy, version 1\""));
    /// ```
    pub const JSON_SCHEMA: &str = include_str!("../../schema/policy.schema.json");
}
