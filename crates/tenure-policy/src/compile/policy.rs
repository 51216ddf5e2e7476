//! The compiled policy.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenure_scim::{ResourceSchema, SchemaRegistry};

use super::{
    Compiled, CompiledConstraint, CompiledRole, CompiledRule, CompiledTarget, Compiler, Dense, RuleIndex,
};
use crate::document::PolicyDocument;
use crate::entitlement::EntitlementKey;
use crate::error::{PolicyError, PolicyErrors};
use crate::id::{RoleId, TargetId};
use crate::matching::{Readers, RuleTables};
use crate::target::TargetPolicy;
use crate::time::start_of_day;

/// A policy that has been checked and made ready to evaluate. Cloning is cheap.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, NaiveDate};
/// use tenure_policy::{Engagement, Facts, Person, Policy, PolicyDocument};
/// use tenure_scim::Resource;
///
/// let document = PolicyDocument::from_json("policy.json", r#"{
///     "version": 1,
///     "targets": { "helpdesk": { "mode": "managed" } },
///     "roles": { "support": { "entitlements": ["helpdesk/role:agent"] } },
///     "rules": [ { "id": "support", "when": "department eq \"Support\"", "roles": ["support"] } ]
/// }"#)?;
/// let policy = Policy::compile(document)?;
///
/// let user = Resource::default().with(
///     "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "Support")?;
/// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
/// let anna = Person::new("p-1".parse()?, user)
///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?));
///
/// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
/// let wanted = policy.evaluate(&anna.into(), &Facts::new(now));
/// let agent = wanted.entitlements.get(&"helpdesk/role:agent".parse()?).ok_or("not desired")?;
/// let why: Vec<String> = agent.origins.iter().map(ToString::to_string).collect();
/// assert_eq!(why, ["rule `support` (engagement `e-1`) > role `support`"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Policy(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) document: PolicyDocument,
    /// Worked out when it is first asked for.
    pub(crate) version: OnceLock<PolicyVersion>,
    pub(crate) schema: &'static ResourceSchema,
    pub(crate) conditions: Vec<Compiled>,
    pub(crate) roles: Vec<CompiledRole>,
    pub(crate) role_index: BTreeMap<RoleId, u32>,
    pub(crate) rules: Vec<CompiledRule>,
    /// Made when the first identity is evaluated by itself.
    index: OnceLock<RuleIndex>,
    /// Made when the first identity is evaluated.
    dense: OnceLock<Dense>,
    /// Made when the first matcher is.
    pub(crate) tables: OnceLock<RuleTables>,
    /// Made when it is first asked which rules read an attribute.
    pub(crate) readers: OnceLock<Readers>,
    pub(crate) constraints: Vec<CompiledConstraint>,
    pub(crate) targets: BTreeMap<TargetId, CompiledTarget>,
    /// Who, and over whom, as indices of conditions; one for each delegation of the document.
    pub(crate) delegations: Vec<(u32, Option<u32>)>,
    /// The conditions of triggers, one for each of the document.
    pub(crate) triggers: Vec<Option<u32>>,
    /// Which rules can give an entitlement, directly or by a role; made when it is first asked.
    givers: OnceLock<BTreeMap<EntitlementKey, Vec<u32>>>,
    /// The rules that refuse something; collected when it is first asked.
    refusers: OnceLock<Vec<u32>>,
}

impl Parts {
    pub(crate) fn index(&self) -> &RuleIndex {
        self.index.get_or_init(|| RuleIndex::new(&self.rules, &self.conditions, self.schema))
    }

    pub(crate) fn dense(&self) -> &Dense {
        self.dense.get_or_init(|| Dense::new(&self.document, &self.rules, &self.roles, &self.role_index))
    }

    pub(crate) fn givers(&self) -> &BTreeMap<EntitlementKey, Vec<u32>> {
        self.givers.get_or_init(|| givers(&self.rules, &self.roles))
    }

    pub(crate) fn refusers(&self) -> &[u32] {
        self.refusers.get_or_init(|| {
            let refuses = |rule: &CompiledRule| !rule.deny.is_empty() || !rule.deny_roles.is_empty();
            (0..).zip(&self.rules).filter(|(_, rule)| refuses(rule)).map(|(number, _)| number).collect()
        })
    }
}

impl Policy {
    /// Checks a document and compiles it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it: unknown roles, targets and attributes, conditions that cannot be read, roles that include
    /// each other in a circle, rules that give what is never a birthright, ids used twice.
    pub fn compile(document: PolicyDocument) -> Result<Self, PolicyErrors> {
        let (parts, errors) = build(document);
        PolicyErrors::check(errors)?;
        match parts {
            Some(parts) => Ok(Self(Arc::new(parts))),
            None => Err(PolicyErrors::one(PolicyError::new("", "the User schema is not built in"))),
        }
    }

    /// The version: a hash of the content. The same policy has the same version wherever it was written.
    #[must_use]
    pub fn version(&self) -> &PolicyVersion {
        self.0.version.get_or_init(|| PolicyVersion::of(&self.0.document))
    }

    /// Since when the policy holds: the start of the document's day `effective`. `None`: it always has.
    #[must_use]
    pub fn effective(&self) -> Option<DateTime<Utc>> {
        let document = &self.0.document;
        document.effective.map(|day| start_of_day(day, document.lifecycle.zone))
    }

    /// Of several versions the one that holds at an instant: the last to become effective by then; of two of one day the one that comes
    /// later in the list. `None` where none holds yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use tenure_policy::{Policy, PolicyDocument};
    /// let read = |text| Policy::compile(PolicyDocument::from_json("policy.json", text)?);
    /// let versions = [read(r#"{ "version": 1 }"#)?, read(r#"{ "version": 1, "effective": "2027-01-01", "roles": { "new": {} } }"#)?];
    /// let at = |text| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    /// let roles = |now| Policy::in_force(&versions, now).map(|policy| policy.document().roles.len());
    /// assert_eq!(roles(at("2026-12-31T23:59:59Z")?), Some(0));
    /// assert_eq!(roles(at("2027-01-01T00:00:00Z")?), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_force(versions: &[Self], now: DateTime<Utc>) -> Option<&Self> {
        versions
            .iter()
            .filter(|policy| policy.effective().is_none_or(|from| from <= now))
            .max_by_key(|policy| policy.effective())
    }

    /// The document it was compiled from.
    #[must_use]
    pub fn document(&self) -> &PolicyDocument {
        &self.0.document
    }

    /// What the policy says about a target.
    #[must_use]
    pub fn target(&self, target: &TargetId) -> Option<&TargetPolicy> {
        self.0.document.targets.get(target)
    }

    /// Every target, in order.
    pub fn targets(&self) -> impl Iterator<Item = (&TargetId, &TargetPolicy)> {
        self.0.document.targets.iter()
    }

    /// True when nothing may touch the account with this user name (or of this identity) in a target.
    #[must_use]
    pub fn is_protected(&self, target: &TargetId, name: &str) -> bool {
        let key = crate::mapping::name_key(name);
        let own = self.target(target).map(|target| target.protected.as_slice()).unwrap_or_default();
        self.0
            .document
            .protected
            .iter()
            .chain(own)
            .any(|protected| crate::mapping::name_key(protected) == key)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("version", self.version())
            .field("roles", &self.0.roles.len())
            .field("rules", &self.0.rules.len())
            .field("targets", &self.0.targets.len())
            .finish_non_exhaustive()
    }
}

/// The hash of a policy's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyVersion(String);

impl PolicyVersion {
    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(document: &PolicyDocument) -> Self {
        // `serde_json` maps are ordered and the document holds no floating-point sums: equal documents give equal bytes.
        let bytes = serde_json::to_value(document).map(|value| value.to_string()).unwrap_or_default();
        let hash = Sha256::digest(bytes.as_bytes());
        Self(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The errors of compiling, for a document that had errors in reading already.
pub(crate) fn errors_of(document: &PolicyDocument) -> Vec<PolicyError> {
    build(document.clone()).1
}

fn build(document: PolicyDocument) -> (Option<Parts>, Vec<PolicyError>) {
    let Some(schema) = user_schema() else { return (None, Vec::new()) };
    let mut compiler = Compiler::new(&document, schema);
    if document.version != VERSION {
        let message = format!("unknown document version `{}`: expected `{VERSION}`", document.version);
        compiler.error(PolicyError::new("version", message));
    }
    let (roles, role_index) = compiler.roles();
    let rules = compiler.rules(&roles, &role_index);
    let constraints = compiler.constraints();
    let targets = compiler.targets();
    let delegations = compiler.delegations();
    let triggers = compiler.triggers();
    let conditions = std::mem::take(&mut compiler.conditions);
    let errors: Vec<PolicyError> = compiler
        .errors
        .into_iter()
        .map(|error| if error.line().is_some() { error } else { document.source.locate(error) })
        .collect();
    if !errors.is_empty() {
        return (None, errors);
    }
    let parts = Parts {
        document,
        version: OnceLock::new(),
        schema,
        conditions,
        roles,
        role_index,
        rules,
        index: OnceLock::new(),
        dense: OnceLock::new(),
        tables: OnceLock::new(),
        readers: OnceLock::new(),
        constraints,
        targets,
        delegations,
        triggers,
        givers: OnceLock::new(),
        refusers: OnceLock::new(),
    };
    (Some(parts), errors)
}

/// What conditions are checked against: the SCIM User with its extensions, read once.
fn user_schema() -> Option<&'static ResourceSchema> {
    static USER: OnceLock<Option<ResourceSchema>> = OnceLock::new();
    USER.get_or_init(|| SchemaRegistry::builtin().resource("User").cloned()).as_ref()
}

fn givers(rules: &[CompiledRule], roles: &[CompiledRole]) -> BTreeMap<EntitlementKey, Vec<u32>> {
    let mut givers: BTreeMap<EntitlementKey, Vec<u32>> = BTreeMap::new();
    for (number, rule) in rules.iter().enumerate() {
        let Ok(number) = u32::try_from(number) else { continue };
        let by_role = rule
            .roles
            .iter()
            .filter_map(|role| roles.get(*role as usize))
            .flat_map(|role| &role.flat)
            .map(|give| &give.key);
        for key in rule.gives.iter().map(|give| &give.key).chain(by_role) {
            for key in [key.clone(), EntitlementKey::account(key.target.clone())] {
                let known = givers.entry(key).or_default();
                if known.last() != Some(&number) {
                    known.push(number);
                }
            }
        }
    }
    givers
}

const VERSION: u32 = 1;
