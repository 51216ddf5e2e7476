use std::time::Duration;

/// What the client accepts from a peer, so that no answer can exhaust the program.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_scim_client::Limits;
///
/// let limits = Limits { attempt: Duration::from_secs(5), ..Limits::default() };
/// assert_eq!(limits.answer, 64 * 1024 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long one attempt may take, from the first byte sent to the last byte read.
    pub attempt: Duration,
    /// The largest answer in bytes.
    pub answer: usize,
    /// The largest number of pages in one walk.
    pub pages: u32,
    /// The longest wait that a peer can ask for; a longer one ends the call with the error.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(30),
            answer: 64 * 1024 * 1024,
            pages: 1_000_000,
            wait: Duration::from_secs(300),
        }
    }
}
