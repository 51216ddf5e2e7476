/// Why no connection can be made as it was asked for. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct TlsError {
    detail: String,
    help: Option<&'static str>,
}

#[cfg_attr(
    not(any(feature = "tls", feature = "postgres")),
    expect(dead_code, reason = "without its features the crate has nothing that fails")
)]
impl TlsError {
    pub(crate) fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), help: None }
    }

    pub(crate) fn with_help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help
    }
}
