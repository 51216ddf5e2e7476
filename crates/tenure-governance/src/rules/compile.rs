use std::collections::{BTreeMap, BTreeSet};

use tenure_policy::{
    Condition, EntitlementKey, Format, Granted, IdentityId, MemberRef, Policy, PolicyError, PolicyErrors,
    RoleId, Selector, TargetId, Written,
};

use super::{
    ApprovalRule, Approver, GovernanceDocument, PilotSpec, PlaybookAction, PlaybookSpec, ReviewSpec, When,
};
use crate::FindingKind;

/// Rules that were held against a policy and are ready to use.
///
/// # Examples
///
/// ```
/// use tenure_governance::Rules;
/// use tenure_policy::{Format, Policy, PolicyDocument};
/// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1, "targets": {"erp": {}}}"#)?)?;
/// let text = r#"{
///   "version": 1,
///   "requests": { "approvals": [ { "id": "erp", "when": { "targets": ["eprp"] }, "by": ["owner"] } ] }
/// }"#;
/// let errors = Rules::read("governance.json", Format::Json, text, &policy).err().ok_or("no error")?;
/// assert_eq!(errors.to_string(),
///     "governance.json:3:69: unknown target `eprp`: expected one of the policy's targets");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rules {
    document: GovernanceDocument,
    selectors: BTreeMap<Condition, Selector>,
}

impl Rules {
    /// Reads a document and holds it against a policy.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, and everything in it that the policy does not know.
    pub fn read(name: &str, format: Format, text: &str, policy: &Policy) -> Result<Self, PolicyErrors> {
        Self::compile(&Written::read(name, format, text)?, policy)
    }

    /// Holds a document against a policy.
    ///
    /// # Errors
    ///
    /// Everything in it that contradicts itself or that the policy does not know.
    pub fn compile(written: &Written<GovernanceDocument>, policy: &Policy) -> Result<Self, PolicyErrors> {
        let mut check = Check::new(written, policy);
        check.document();
        PolicyErrors::check(check.errors)?;
        Ok(Self { document: written.value.clone(), selectors: check.selectors })
    }

    /// The document they come from.
    #[must_use]
    pub fn document(&self) -> &GovernanceDocument {
        &self.document
    }

    /// Those who answer for an entitlement: its own owners, else those of its target.
    #[must_use]
    pub fn owners_of(&self, entitlement: &EntitlementKey) -> &[IdentityId] {
        let owners = &self.document.owners;
        let own = owners.get(&entitlement.to_string());
        own.or_else(|| owners.get(entitlement.target.as_str())).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those who answer for a role.
    #[must_use]
    pub fn owners_of_role(&self, role: &RoleId) -> &[IdentityId] {
        self.document.owners.get(&format!("role:{role}")).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn selector(&self, condition: &Condition) -> Option<&Selector> {
        self.selectors.get(condition)
    }

    /// A condition of the rules, or of what was written beside them under this policy.
    pub(crate) fn selector_under(&self, condition: &Condition, policy: &Policy) -> Option<Selector> {
        self.selector(condition).cloned().or_else(|| policy.selector(condition).ok())
    }

    /// Holds a playbook that stands by itself against a policy.
    pub(crate) fn check_playbook(playbook: &PlaybookSpec, policy: &Policy) -> Result<(), PolicyErrors> {
        let written = Written::built(GovernanceDocument::default());
        let mut check = Check::new(&written, policy);
        check.playbook(playbook.id.as_str(), playbook);
        PolicyErrors::check(check.errors)
    }
}

struct Check<'a> {
    written: &'a Written<GovernanceDocument>,
    policy: &'a Policy,
    selectors: BTreeMap<Condition, Selector>,
    errors: Vec<PolicyError>,
    used: BTreeSet<String>,
}

impl<'a> Check<'a> {
    fn new(written: &'a Written<GovernanceDocument>, policy: &'a Policy) -> Self {
        Self { written, policy, selectors: BTreeMap::new(), errors: Vec::new(), used: BTreeSet::new() }
    }
    fn document(&mut self) {
        let document = &self.written.value;
        if document.version != 1 {
            let message = format!("unknown document version `{}`: expected `1`", document.version);
            self.fault("version", message, None);
        }
        for (name, people) in &document.owners {
            let path = format!("owners[{name:?}]");
            match (name.strip_prefix("role:"), name.parse::<EntitlementKey>()) {
                (Some(role), _) => self.role(&path, role),
                (None, Ok(key)) => self.target(&path, &key.target),
                (None, Err(_)) => match name.parse::<TargetId>() {
                    Ok(target) => self.target(&path, &target),
                    Err(error) => self.fault(&path, error.to_string(), None),
                },
            }
            if people.is_empty() {
                self.fault(&path, "expected at least one owner, found none".to_owned(), None);
            }
        }
        for (index, rule) in document.requests.approvals.iter().enumerate() {
            self.approval(&format!("requests.approvals[{index}]"), rule);
        }
        for name in document.findings.within_of.keys() {
            if !FindingKind::ALL.iter().any(|kind| kind.as_str() == name) {
                let kinds: Vec<&str> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
                let message =
                    format!("unknown kind of finding `{name}`: expected one of {}", kinds.join(", "));
                self.fault(&format!("findings.within_of.{name}"), message, None);
            }
        }
        self.used.clear();
        for (index, review) in document.reviews.iter().enumerate() {
            self.review(&format!("reviews[{index}]"), review);
        }
        self.used.clear();
        for (index, pilot) in document.pilots.iter().enumerate() {
            self.pilot(&format!("pilots[{index}]"), pilot);
        }
        self.playbooks();
    }

    fn pilot(&mut self, path: &str, pilot: &PilotSpec) {
        if !self.used.insert(pilot.id.to_string()) {
            self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", pilot.id), None);
        }
        if !(30..=60).contains(&pilot.days()) {
            let message = format!("expected a pilot of 30 to 60 days, found {}", pilot.days());
            self.fault(
                &format!("{path}.until"),
                message,
                Some("a shorter one shows too little, a longer one is no pilot"),
            );
        }
        if let Some(who) = &pilot.who {
            self.condition(&format!("{path}.who"), who);
        }
        self.targets(path, &pilot.targets);
    }

    fn playbooks(&mut self) {
        let document = &self.written.value;
        self.used.clear();
        for (index, playbook) in document.playbooks.iter().enumerate() {
            self.playbook(&format!("playbooks[{index}]"), playbook);
        }
        let known = |name: &str| document.playbooks.iter().any(|playbook| playbook.id.as_str() == name);
        let unknown = self.policy.document().triggers.iter().find(|trigger| !known(&trigger.playbook));
        if let Some(trigger) = unknown {
            let message = format!(
                "the trigger `{}` of the policy names the playbook `{}`, which is not here",
                trigger.id, trigger.playbook
            );
            self.fault("playbooks", message, Some("add it, or take the trigger away"));
        }
        self.used.clear();
        for (index, webhook) in document.webhooks.iter().enumerate() {
            if !self.used.insert(webhook.id.to_string()) {
                let message = format!("the id `{}` is used twice", webhook.id);
                self.fault(&format!("webhooks[{index}].id"), message, None);
            }
            if !webhook.url.starts_with("https://") && !webhook.url.starts_with("http://") {
                let message = format!("expected an address of the web, found `{}`", webhook.url);
                self.fault(&format!("webhooks[{index}].url"), message, None);
            }
        }
    }

    fn playbook(&mut self, path: &str, playbook: &PlaybookSpec) {
        if !self.used.insert(playbook.id.to_string()) {
            self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", playbook.id), None);
        }
        let mut triggers = BTreeSet::new();
        for (index, trigger) in playbook.triggers.iter().enumerate() {
            let path = format!("{path}.triggers[{index}]");
            if !triggers.insert(&trigger.id) {
                self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", trigger.id), None);
            }
            if let Some(condition) = &trigger.when {
                self.condition(&format!("{path}.when"), condition);
            }
            match &trigger.holds {
                Some(MemberRef::Role(role)) => self.role(&format!("{path}.holds"), role.as_str()),
                Some(MemberRef::Entitlement(key)) => self.target(&format!("{path}.holds"), &key.target),
                None => {}
            }
        }
        let mut before = BTreeSet::new();
        for (index, step) in playbook.steps.iter().enumerate() {
            let path = format!("{path}.steps[{index}]");
            for (at, name) in step.after.iter().enumerate() {
                if !before.contains(name) {
                    let message = format!("expected an earlier step, found `{name}`");
                    self.fault(
                        &format!("{path}.after[{at}]"),
                        message,
                        Some("steps come after what is above them"),
                    );
                }
            }
            if !before.insert(step.id.clone()) {
                self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", step.id), None);
            }
            if let Some(condition) = &step.when {
                self.condition(&format!("{path}.when"), condition);
            }
            match &step.does {
                PlaybookAction::Grant { what, .. } => self.granted(&format!("{path}.does.grant.what"), what),
                PlaybookAction::Revoke { what } => self.granted(&format!("{path}.does.revoke.what"), what),
                PlaybookAction::Task { to, .. } => self.approvers(&format!("{path}.does.task.to"), to),
                PlaybookAction::Notify { to, .. } => self.approvers(&format!("{path}.does.notify.to"), to),
                PlaybookAction::Suspend { targets, .. } => {
                    self.targets(&format!("{path}.does.suspend"), targets)
                }
                PlaybookAction::Resume { targets } => self.targets(&format!("{path}.does.resume"), targets),
            }
        }
    }

    fn granted(&mut self, path: &str, what: &Granted) {
        match what {
            Granted::Role(role) => self.role(&format!("{path}.role"), role.as_str()),
            Granted::Entitlement(key) => self.target(&format!("{path}.entitlement"), &key.target),
        }
    }

    fn review(&mut self, path: &str, review: &ReviewSpec) {
        if !self.used.insert(review.id.to_string()) {
            self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", review.id), None);
        }
        self.targets(&format!("{path}.scope"), &review.scope.targets);
        if let Some(condition) = &review.scope.who {
            self.condition(&format!("{path}.scope.who"), condition);
        }
        self.approvers(&format!("{path}.by"), &review.by);
        if let Some(escalation) = &review.escalate {
            self.approvers(&format!("{path}.escalate.to"), &escalation.to);
        }
    }

    fn approval(&mut self, path: &str, rule: &ApprovalRule) {
        if !self.used.insert(rule.id.to_string()) {
            self.fault(&format!("{path}.id"), format!("the id `{}` is used twice", rule.id), None);
        }
        self.when(&format!("{path}.when"), &rule.when);
        self.approvers(&format!("{path}.by"), &rule.by);
        if let Some(escalation) = &rule.escalate {
            self.approvers(&format!("{path}.escalate.to"), &escalation.to);
        }
        match (rule.automatic, rule.by.is_empty()) {
            (true, false) => {
                let message = "an automatic rule has no approvers".to_owned();
                self.fault(&format!("{path}.by"), message, Some("leave out `by` or `automatic`"));
            }
            (false, true) => {
                let message = "expected the key `by`, found none".to_owned();
                self.fault(path, message, Some("say who approves, for instance `by: [manager]`"));
            }
            _ => {}
        }
        if rule.quorum == 0 {
            let message = "expected a quorum of at least `1`, found `0`".to_owned();
            self.fault(&format!("{path}.quorum"), message, Some("use `automatic: true`"));
        }
        if rule.automatic && rule.when.violations == Some(true) {
            let message = "what breaks a constraint is never approved automatically".to_owned();
            self.fault(&format!("{path}.when.violations"), message, None);
        }
    }

    fn when(&mut self, path: &str, when: &When) {
        self.targets(path, &when.targets);
        for (index, key) in when.entitlements.iter().enumerate() {
            self.target(&format!("{path}.entitlements[{index}]"), &key.target);
        }
        for (index, role) in when.roles.iter().enumerate() {
            self.role(&format!("{path}.roles[{index}]"), role.as_str());
        }
        if let Some(condition) = &when.who {
            self.condition(&format!("{path}.who"), condition);
        }
    }

    fn approvers(&mut self, path: &str, approvers: &[Approver]) {
        for (index, approver) in approvers.iter().enumerate() {
            match approver {
                Approver::Where(condition) => self.condition(&format!("{path}[{index}].where"), condition),
                Approver::People(people) if people.is_empty() => {
                    let message = "expected at least one person, found none".to_owned();
                    self.fault(&format!("{path}[{index}]"), message, None);
                }
                _ => {}
            }
        }
    }

    fn condition(&mut self, path: &str, condition: &Condition) {
        match self.policy.selector(condition) {
            Ok(selector) => drop(self.selectors.insert(condition.clone(), selector)),
            Err(errors) => {
                let found: Vec<PolicyError> =
                    errors.iter().map(|error| self.written.fault_of(path, error)).collect();
                self.errors.extend(found);
            }
        }
    }

    fn targets(&mut self, path: &str, targets: &[TargetId]) {
        for (index, target) in targets.iter().enumerate() {
            self.target(&format!("{path}.targets[{index}]"), target);
        }
    }

    fn target(&mut self, path: &str, target: &TargetId) {
        if self.policy.target(target).is_none() {
            let message = format!("unknown target `{target}`: expected one of the policy's targets");
            self.fault(path, message, None);
        }
    }

    fn role(&mut self, path: &str, role: &str) {
        if !self.policy.document().roles.contains_key(role) {
            let message = format!("unknown role `{role}`: expected one of the policy's roles");
            self.fault(path, message, None);
        }
    }

    fn fault(&mut self, path: &str, message: String, help: Option<&str>) {
        self.errors.push(self.written.fault(path, message, help));
    }
}
