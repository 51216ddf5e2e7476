use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::{
    Certainty, Connector, ConnectorError, EntitlementRef, ErrorKind, ManualTask, Result, Secret, SecretRef,
    SecretStore, Timer,
};
use tenure_scim::Resource;

type MakeResource = Arc<dyn Fn(&str) -> Resource + Send + Sync>;
type Complete = Arc<dyn Fn(&ManualTask) + Send + Sync>;

/// The connector under test, and what the suite has to know about the system behind it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_testkit::conformance::{Subject, run_all};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let report = run_all(&Subject::new(Arc::new(MemoryConnector::new("desk")))).await;
/// assert!(report.failed().next().is_none(), "{report}");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Subject {
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) prefix: String,
    pub(crate) user: MakeResource,
    pub(crate) group: MakeResource,
    pub(crate) label: &'static str,
    pub(crate) entitlement: Option<EntitlementRef>,
    pub(crate) complete: Option<Complete>,
    pub(crate) intruder: Option<Arc<dyn Connector>>,
    pub(crate) faults: Option<Arc<dyn FaultPort>>,
    pub(crate) secrets: Vec<String>,
    pub(crate) timer: Option<Arc<dyn Timer>>,
}

/// Makes the system behind a connector misbehave once, for the trials that need it.
pub trait FaultPort: Send + Sync + fmt::Debug {
    /// The next call is throttled; with `retry_after` the answer says for how long. False when it cannot be arranged.
    fn throttle_next(&self, retry_after: Option<std::time::Duration>) -> bool;

    /// The answer to the next call does not come. False when it cannot be arranged.
    fn lose_next_answer(&self) -> bool;

    /// Every delta token given so far becomes too old. False when it cannot be arranged.
    fn expire_tokens(&self) -> bool;
}

impl Subject {
    /// Tests a connector whose system takes plain SCIM users and groups.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        Self {
            connector,
            prefix: "conf".to_owned(),
            user: Arc::new(plain_user),
            group: Arc::new(plain_group),
            label: "displayName",
            entitlement: None,
            complete: None,
            intruder: None,
            faults: None,
            secrets: Vec::new(),
            timer: None,
        }
    }

    /// Names everything that the suite makes with this prefix; choose a new one for each run against a live system.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Makes a user that the system takes, with this user name.
    #[must_use]
    pub fn with_user(mut self, make: impl Fn(&str) -> Resource + Send + Sync + 'static) -> Self {
        self.user = Arc::new(make);
        self
    }

    /// Makes a group that the system takes, with this name.
    #[must_use]
    pub fn with_group(mut self, make: impl Fn(&str) -> Resource + Send + Sync + 'static) -> Self {
        self.group = Arc::new(make);
        self
    }

    /// The attribute of a user that trials change, a text; `displayName` when absent.
    #[must_use]
    pub fn with_label(mut self, attribute: &'static str) -> Self {
        self.label = attribute;
        self
    }

    /// Grants this entitlement where a trial needs one; the first grantable one of the catalogue when absent.
    #[must_use]
    pub fn with_entitlement(mut self, entitlement: EntitlementRef) -> Self {
        self.entitlement = Some(entitlement);
        self
    }

    /// Does what a person would do with a manual task.
    #[must_use]
    pub fn with_people(mut self, complete: impl Fn(&ManualTask) + Send + Sync + 'static) -> Self {
        self.complete = Some(Arc::new(complete));
        self
    }

    /// The same connector with wrong credentials.
    #[must_use]
    pub fn with_intruder(mut self, intruder: Arc<dyn Connector>) -> Self {
        self.intruder = Some(intruder);
        self
    }

    /// What makes the system misbehave.
    #[must_use]
    pub fn with_faults(mut self, faults: Arc<dyn FaultPort>) -> Self {
        self.faults = Some(faults);
        self
    }

    /// Texts that must not appear in anything printed: the connector's own credentials.
    #[must_use]
    pub fn with_secret_text(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// Waits with this timer between polls of a job; does not wait when absent.
    #[must_use]
    pub fn with_timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("connector", &self.connector.info())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

fn plain_user(name: &str) -> Resource {
    let user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User");
    let named =
        user.with("userName", name).and_then(|user| user.with("displayName", format!("Trial {name}")));
    named.unwrap_or_default()
}

fn plain_group(name: &str) -> Resource {
    let group = Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group");
    group.with("displayName", name).unwrap_or_default()
}

/// Makes an e-mail address of any name, another one for each name, for systems whose user names are addresses.
///
/// # Examples
///
/// ```
/// use tenure_testkit::conformance::address;
///
/// assert_eq!(address("conf-a b", "example.com"), "conf-a_20b@example.com");
/// ```
#[must_use]
pub fn address(name: &str, domain: &str) -> String {
    let mut local = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | '0'..='9' | '-' => local.push(c),
            // Addresses are compared without case, so that a capital is written like any other sign.
            other => local.push_str(&format!("_{:x}", u32::from(other))),
        }
    }
    format!("{local}@{domain}")
}

/// A secret store in memory, for trials and tests.
#[derive(Debug, Default)]
pub struct MemorySecrets {
    kept: Mutex<BTreeMap<SecretRef, Secret>>,
}

impl MemorySecrets {
    /// Puts a secret in.
    pub fn put(&self, name: &SecretRef, secret: Secret) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), secret);
    }

    /// Takes a look at a secret.
    #[must_use]
    pub fn peek(&self, name: &SecretRef) -> Option<Secret> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

#[async_trait]
impl SecretStore for MemorySecrets {
    async fn read(&self, name: &SecretRef) -> Result<Secret> {
        self.peek(name).ok_or_else(|| {
            ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail(format!("no secret `{name}`"))
        })
    }

    async fn keep(&self, name: &SecretRef, secret: Secret) -> Result<()> {
        self.put(name, secret);
        Ok(())
    }
}
