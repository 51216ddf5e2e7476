use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Which host, how its commands are reached, and which of its accounts are ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinuxConfig {
    /// The name of the host, for people.
    pub host: String,
    /// What stands before every command: nothing on this host, else for instance `["ssh", "root@host"]`,
    /// `["podman", "exec", "-i", "web"]`, `["chroot", "/srv/image"]`.
    #[serde(default)]
    pub through: Vec<String>,
    /// What is before the command joins its arguments to a line for a shell, as `ssh` does: each is quoted then.
    #[serde(default)]
    pub remote_shell: bool,
    /// The folder in which the host's `etc` is, when it is not the root: an image that is not running.
    #[serde(default)]
    pub root: Option<String>,
    /// The first and the last id of accounts and groups that are ours. What is outside, `root` among it, is neither seen
    /// nor touched.
    #[serde(default = "usual_ids")]
    pub ids: (u32, u32),
    /// Further groups, by name, that may be granted: `sudo`, `docker`.
    #[serde(default)]
    pub grantable: Vec<String>,
    /// Makes a home for a new account.
    #[serde(default = "yes")]
    pub create_home: bool,
    /// Takes the home away with the account.
    #[serde(default)]
    pub remove_home: bool,
    /// The shell of a new account; the host's own default when absent.
    #[serde(default)]
    pub shell: Option<String>,
    /// The page size when the caller has no wish.
    #[serde(default = "five_hundred")]
    pub page_size: u32,
    /// How long one call may take.
    #[serde(default = "sixty", rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
}

impl LinuxConfig {
    /// Starts with this host.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            through: Vec::new(),
            remote_shell: false,
            root: None,
            ids: usual_ids(),
            grantable: Vec::new(),
            create_home: true,
            remove_home: false,
            shell: None,
            page_size: five_hundred(),
            timeout: sixty(),
        }
    }
}

fn usual_ids() -> (u32, u32) {
    (1_000, 59_999)
}

fn yes() -> bool {
    true
}

fn five_hundred() -> u32 {
    500
}

fn sixty() -> Duration {
    Duration::from_secs(60)
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}
