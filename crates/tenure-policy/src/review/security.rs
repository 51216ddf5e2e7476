//! The document's security settings as a target knows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::document::Setting;
use crate::id::TargetId;

/// The security settings of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecuritySettings {
    /// What the target's own settings should be.
    pub settings: BTreeMap<String, Setting>,
    /// Settings of the document for which the target has none: somebody has to see to them by other means.
    pub unsupported: Vec<String>,
}

impl Policy {
    /// The document's security settings as a target calls them, and those it does not support. `None`: no such target.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::{Policy, PolicyDocument, Setting};
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "security": { "mfa": true, "password_length": 14 },
    ///     "targets": { "wiki": { "security": { "mfa": "requireSecondFactor" } } }
    /// }"#)?)?;
    /// let wiki = policy.security(&"wiki".parse()?).ok_or("no such target")?;
    /// assert_eq!(wiki.settings["requireSecondFactor"], Setting::Bool(true));
    /// assert_eq!(wiki.unsupported, ["password_length"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn security(&self, target: &TargetId) -> Option<SecuritySettings> {
        let own = &self.target(target)?.security;
        let mut out = SecuritySettings::default();
        for (name, setting) in &self.document().security {
            match own.get(name) {
                Some(here) => {
                    out.settings.insert(here.clone(), setting.clone());
                }
                None => out.unsupported.push(name.clone()),
            }
        }
        Some(out)
    }
}
