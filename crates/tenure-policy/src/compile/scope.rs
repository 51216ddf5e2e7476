//! What every part of compiling needs: the document, the identity schema, the errors so far.

use std::collections::BTreeSet;
use std::fmt::Display;

use rustc_hash::{FxBuildHasher, FxHashMap};
use tenure_scim::{AttrPath, ResourceSchema};

use super::{Compiled, Paths};
use crate::document::PolicyDocument;
use crate::entitlement::EntitlementKey;
use crate::error::{Follows, PolicyError};
use crate::id::{RoleId, TargetId};
use crate::read::{did_you_mean, list};

pub(crate) struct Compiler<'a> {
    pub(crate) document: &'a PolicyDocument,
    pub(crate) schema: &'static ResourceSchema,
    pub(crate) extra: BTreeSet<AttrPath>,
    pub(crate) errors: Vec<PolicyError>,
    pub(crate) conditions: Vec<Compiled>,
    pub(crate) by_text: FxHashMap<&'a str, u32>,
    pub(crate) paths: Paths,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(document: &'a PolicyDocument, schema: &'static ResourceSchema) -> Self {
        let extra = document.identity_attributes.iter().cloned().collect();
        Self {
            document,
            schema,
            extra,
            errors: Vec::new(),
            conditions: Vec::with_capacity(document.rules.len()),
            by_text: FxHashMap::with_capacity_and_hasher(document.rules.len(), FxBuildHasher),
            paths: Paths::default(),
        }
    }

    pub(crate) fn error(&mut self, error: PolicyError) {
        self.errors.push(error);
    }

    /// Reports a target that the document does not have.
    pub(crate) fn check_target(&mut self, path: &dyn Display, target: &TargetId) {
        let known = &self.document.targets;
        if known.contains_key(target) {
            return;
        }
        let names = known.keys().map(TargetId::as_str);
        let expected = if known.is_empty() {
            "the document has no targets".to_owned()
        } else {
            format!("expected one of {}", list(names.clone()))
        };
        let error = PolicyError::new(path.to_string(), format!("unknown target `{target}`: {expected}"))
            .following(Follows::Target(target.to_string()));
        let hint = did_you_mean(target.as_str(), names);
        self.error(error.with_hint(hint));
    }

    pub(crate) fn check_key(&mut self, path: &dyn Display, key: &EntitlementKey) {
        self.check_target(path, &key.target);
    }

    /// Reports a role that the document does not have. True when it has.
    pub(crate) fn check_role(&mut self, path: &dyn Display, role: &RoleId) -> bool {
        let known = &self.document.roles;
        if known.contains_key(role) {
            return true;
        }
        let names = known.keys().map(RoleId::as_str);
        let expected = if known.is_empty() {
            "the document has no roles".to_owned()
        } else {
            format!("expected one of {}", list(names.clone()))
        };
        let error = PolicyError::new(path.to_string(), format!("unknown role `{role}`: {expected}"))
            .following(Follows::Role(role.to_string()));
        let hint = did_you_mean(role.as_str(), names);
        self.error(error.with_hint(hint));
        false
    }
}
