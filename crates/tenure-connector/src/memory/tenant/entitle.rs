use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tenure_scim::{AttrPath, Resource, ValueRef};

use super::Tenant;
use super::stored::Held;
use crate::entitlement::{Entitlement, GrantRecord};
use crate::{
    Certainty, ConnectorError, EntitlementRef, ErrorKind, ExclusiveGroup, ObjectClass, ObjectRef, Outcome,
    Result, SideEffect,
};

const GROUP_KIND: &str = "group";

impl Tenant {
    /// What can be held: the catalogue with its seats taken, and every group.
    #[must_use]
    pub fn catalogue(&self) -> Vec<Entitlement> {
        let listed = self.catalogue.values().map(|entitlement| Entitlement {
            used: entitlement.capacity.map(|_| self.seats_taken(&entitlement.entitlement)),
            ..entitlement.clone()
        });
        let groups = self.objects.get(&ObjectClass::GROUP).into_iter().flatten();
        let groups = groups.filter(|(_, stored)| !stored.deleted).map(|(id, stored)| {
            let entitlement = Entitlement::new(GROUP_KIND, id);
            match stored.resource.text("displayName") {
                Some(name) => entitlement.with_display(name),
                None => entitlement,
            }
        });
        listed.chain(groups).collect()
    }

    pub(super) fn exclusive_groups(&self) -> Vec<ExclusiveGroup> {
        let mut groups: BTreeMap<&str, Vec<EntitlementRef>> = BTreeMap::new();
        for entitlement in self.catalogue.values() {
            if let Some(group) = &entitlement.exclusive_group {
                groups.entry(group).or_default().push(entitlement.entitlement.clone());
            }
        }
        let group =
            |(name, members): (&str, _)| ExclusiveGroup { name: name.to_owned(), members, fallback: None };
        groups.into_iter().map(group).collect()
    }

    pub(super) fn grant(
        &mut self,
        principal: &str,
        entitlement: &EntitlementRef,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Outcome> {
        if let Some(group) = self.group_of(entitlement) {
            return Ok(self.set_membership(&group, principal, true));
        }
        let held = self.held.get(principal).and_then(|held| held.get(entitlement));
        if held.is_some_and(|held| held.parameters == *parameters) {
            return Ok(Outcome::already_so());
        }
        let listed = self.catalogue.get(entitlement);
        let Some(listed) = listed.or(self.rules.open_catalogue.then_some(&OPEN)) else {
            return Err(ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no entitlement `{entitlement}`")));
        };
        if listed.immutable {
            return Err(policy(format!("`{entitlement}` is given by the system itself")));
        }
        let rivals = self.rivals(principal, entitlement, listed.exclusive_group.as_deref());
        let full = listed.capacity.is_some_and(|seats| self.seats_taken(entitlement) >= seats);
        if full && held.is_none() {
            return Err(ConnectorError::new(ErrorKind::NoCapacity, Certainty::Refused)
                .with_detail(format!("no seat of `{entitlement}` is left")));
        }
        let mut outcome = Outcome::done(true);
        let holdings = self.held.entry(principal.to_owned()).or_default();
        for rival in rivals {
            holdings.remove(&rival);
            outcome = outcome.with_effect(SideEffect::Other { what: format!("takes the place of {rival}") });
        }
        holdings.insert(entitlement.clone(), Held { parameters: parameters.clone(), immutable: false });
        Ok(outcome)
    }

    pub(super) fn revoke(&mut self, principal: &str, entitlement: &EntitlementRef) -> Result<Outcome> {
        if let Some(group) = self.group_of(entitlement) {
            return Ok(match self.is_member(&group, principal) {
                true => self.set_membership(&group, principal, false),
                false => Outcome::already_gone(),
            });
        }
        let Some(holdings) = self.held.get_mut(principal) else { return Ok(Outcome::already_gone()) };
        match holdings.get(entitlement) {
            None => Ok(Outcome::already_gone()),
            Some(held) if held.immutable => {
                Err(policy(format!("the grant of `{entitlement}` cannot be revoked")))
            }
            Some(_) => {
                holdings.remove(entitlement);
                Ok(Outcome::done(true))
            }
        }
    }

    /// Takes everything away that an account holds, and its memberships.
    pub(super) fn strip(&mut self, principal: &str) {
        self.held.remove(principal);
        self.sessions.remove(principal);
        let groups: Vec<_> =
            self.objects.get(&ObjectClass::GROUP).into_iter().flatten().map(|(id, _)| id.clone()).collect();
        for group in groups {
            if self.is_member(&group, principal) {
                self.set_membership(&group, principal, false);
            }
        }
    }

    pub(super) fn memberships(&self) -> impl Iterator<Item = GrantRecord> {
        let groups = self.objects.get(&ObjectClass::GROUP).into_iter().flatten();
        groups.filter(|(_, stored)| !stored.deleted).flat_map(|(id, stored)| {
            let entitlement = EntitlementRef::new(GROUP_KIND, id);
            members(&stored.resource)
                .into_iter()
                .map(move |member| GrantRecord::new(member, entitlement.clone()))
        })
    }

    fn rivals(&self, principal: &str, wanted: &EntitlementRef, group: Option<&str>) -> Vec<EntitlementRef> {
        let Some(group) = group else { return Vec::new() };
        let held = self.held.get(principal).into_iter().flat_map(BTreeMap::keys);
        held.filter(|held| *held != wanted)
            .filter(|held| self.catalogue.get(held).and_then(|e| e.exclusive_group.as_deref()) == Some(group))
            .cloned()
            .collect()
    }

    fn seats_taken(&self, entitlement: &EntitlementRef) -> u64 {
        let holders = self.held.values().filter(|held| held.contains_key(entitlement));
        u64::try_from(holders.count()).unwrap_or(u64::MAX)
    }

    fn group_of(&self, entitlement: &EntitlementRef) -> Option<String> {
        let is_group =
            entitlement.kind == GROUP_KIND && self.stored(&ObjectClass::GROUP, &entitlement.id).is_some();
        is_group.then(|| entitlement.id.clone())
    }

    fn is_member(&self, group: &str, principal: &str) -> bool {
        self.stored(&ObjectClass::GROUP, group)
            .is_some_and(|stored| members(&stored.resource).contains(principal))
    }

    fn set_membership(&mut self, group: &str, principal: &str, wanted: bool) -> Outcome {
        if self.is_member(group, principal) == wanted {
            return Outcome::already_so();
        }
        let Some(stored) = self.objects.get_mut(&ObjectClass::GROUP).and_then(|groups| groups.get_mut(group))
        else {
            return Outcome::already_gone();
        };
        let path = members_path();
        let present = stored.resource.get(&path).and_then(ValueRef::as_array);
        let others = present.into_iter().flat_map(|list| list.iter()).map(ValueRef::to_json);
        let mut list: Vec<_> =
            others.filter(|member| member.get("value") != Some(&json!(principal))).collect();
        if wanted {
            list.push(json!({ "value": principal, "type": "User" }));
        }
        match list.is_empty() {
            true => {
                stored.resource.remove(&path);
            }
            false => stored.resource.set(&path, list),
        }
        stored.revision += 1;
        self.history.record(ObjectRef::new(ObjectClass::GROUP, group));
        Outcome::done(true)
    }
}

static OPEN: std::sync::LazyLock<Entitlement> = std::sync::LazyLock::new(|| Entitlement::new("", ""));

fn members(resource: &Resource) -> BTreeSet<&str> {
    let list = resource.attr("members").and_then(ValueRef::as_array);
    list.into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|item| item.as_object()?.get("value")?.as_str())
        .collect()
}

#[expect(clippy::expect_used, reason = "a literal attribute name parses")]
fn members_path() -> AttrPath {
    AttrPath::parse("members").expect("`members` is an attribute path")
}

pub(super) fn policy(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Policy, Certainty::Refused).with_detail(detail)
}
