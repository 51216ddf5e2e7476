//! Chooses user names: the registry is an input, the reservation an output.

use std::collections::BTreeMap;

use crate::desired::Reservation;
use crate::facts::NameRegistry;
use crate::id::{IdentityId, TargetId};
use crate::mapping::registry_key;
use crate::target::UsernamePolicy;

/// The names chosen in one evaluation.
pub(super) struct Names<'a> {
    registry: &'a dyn NameRegistry,
    chosen: BTreeMap<String, String>,
    pub(super) reservations: Vec<Reservation>,
}

impl<'a> Names<'a> {
    pub(super) fn new(registry: &'a dyn NameRegistry) -> Self {
        Self { registry, chosen: BTreeMap::new(), reservations: Vec::new() }
    }

    /// The name for an identity: the one it has or had, else the first candidate that is free, else the last one numbered.
    pub(super) fn choose(
        &mut self,
        rule: &UsernamePolicy,
        candidates: &[String],
        identity: &IdentityId,
        target: &TargetId,
    ) -> Option<String> {
        if !rule.unique {
            return candidates.first().map(|name| cut(name, rule.max_length).to_owned());
        }
        let own = self
            .chosen
            .get(&rule.namespace)
            .cloned()
            .or_else(|| self.registry.name_of(&rule.namespace, identity));
        let name = match own {
            Some(name) => name,
            None => candidates
                .iter()
                .map(|name| cut(name, rule.max_length).to_owned())
                .chain(numbered(candidates.last(), rule.max_length))
                .find(|name| self.is_free(rule, name, identity))?,
        };
        self.chosen.insert(rule.namespace.clone(), name.clone());
        let key = registry_key(&name);
        let recorded = self
            .registry
            .owner(&rule.namespace, &key)
            .is_some_and(|owner| owner.identity == *identity && !owner.retired);
        let reserved = self.reservations.iter().any(|r| r.namespace == rule.namespace);
        if !recorded && !reserved {
            self.reservations.push(Reservation {
                namespace: rule.namespace.clone(),
                name: name.clone(),
                key,
                identity: identity.clone(),
                target: target.clone(),
                never_reuse: rule.never_reuse,
            });
        }
        Some(name)
    }

    fn is_free(&self, rule: &UsernamePolicy, name: &str, identity: &IdentityId) -> bool {
        match self.registry.owner(&rule.namespace, &registry_key(name)) {
            None => true,
            Some(owner) if owner.identity == *identity => true,
            Some(owner) => owner.retired && !rule.never_reuse,
        }
    }
}

fn numbered(last: Option<&String>, max: usize) -> impl Iterator<Item = String> {
    last.into_iter().flat_map(move |name| {
        (2..MOST).map(move |number| {
            let number = number.to_string();
            // The number stands before the domain of a name that looks like an address.
            let (local, domain) =
                name.split_at_checked(name.find('@').unwrap_or(name.len())).unwrap_or((name, ""));
            let room = max.saturating_sub(number.len() + domain.chars().count());
            format!("{}{number}{domain}", cut(local, room))
        })
    })
}

fn cut(name: &str, chars: usize) -> &str {
    let end = name.char_indices().nth(chars).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

const MOST: u32 = 1000;
