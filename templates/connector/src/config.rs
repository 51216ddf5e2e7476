use serde::Deserialize;
use tenure_connector::SecretRef;

/// Which instance of Notely, and where its token is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotelyConfig {
    /// The name of the instance, for logs.
    pub instance: String,
    /// The name of the token in the program's secret store.
    pub token: SecretRef,
}
