//! Roles: inclusions resolved, cycles found with their path, every way to every entitlement written out.

use std::collections::BTreeMap;

use super::{Compiler, FlatGive, Give};
use crate::error::PolicyError;
use crate::id::RoleId;
use crate::time::Span;

/// A role with everything it gives.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRole {
    pub(crate) id: RoleId,
    pub(crate) flat: Vec<FlatGive>,
    pub(crate) requestable: bool,
    pub(crate) birthright: bool,
    pub(crate) max_term: Option<Span>,
}

struct Direct {
    when: Option<u32>,
    gives: Vec<Give>,
    includes: Vec<(u32, Option<u32>)>,
}

impl Compiler<'_> {
    pub(crate) fn roles(&mut self) -> (Vec<CompiledRole>, BTreeMap<RoleId, u32>) {
        let document = self.document;
        let index: BTreeMap<RoleId, u32> = document
            .roles
            .keys()
            .enumerate()
            .filter_map(|(i, id)| Some((id.clone(), u32::try_from(i).ok()?)))
            .collect();
        let mut direct = Vec::with_capacity(document.roles.len());
        for (id, spec) in &document.roles {
            let here = format!("roles{}", crate::read::step(id.as_str(), false));
            let when = spec.when.as_ref().and_then(|when| self.add(&format_args!("{here}.when"), when));
            let gives =
                self.gives(&format_args!("{here}.entitlements"), &spec.entitlements, &spec.parameters);
            for (i, key) in spec.excludes.iter().enumerate() {
                self.check_key(&format_args!("{here}.excludes[{i}]"), key);
            }
            let mut includes = Vec::new();
            for (i, inclusion) in spec.includes.iter().enumerate() {
                let at = format!("{here}.includes[{i}]");
                let when =
                    inclusion.when.as_ref().and_then(|when| self.add(&format_args!("{at}.when"), when));
                if self.check_role(&at, &inclusion.role)
                    && let Some(role) = index.get(&inclusion.role)
                {
                    includes.push((*role, when));
                }
            }
            direct.push(Direct { when, gives, includes });
        }
        let cyclic = self.cycles(&direct);
        let mut roles = Vec::with_capacity(direct.len());
        for (number, (id, spec)) in document.roles.iter().enumerate() {
            let mut flat = Vec::new();
            if !cyclic {
                let mut walk = Walk {
                    document,
                    direct: &direct,
                    out: &mut flat,
                    path: Vec::new(),
                    conditions: Vec::new(),
                };
                walk.role(number);
                if flat.len() > MOST_PATHS {
                    let here = format!("roles{}", crate::read::step(id.as_str(), false));
                    let message =
                        format!("the role leads to its entitlements by more than {MOST_PATHS} ways");
                    self.error(
                        PolicyError::new(here, message)
                            .with_help("remove inclusions that other inclusions bring already"),
                    );
                }
            }
            roles.push(CompiledRole {
                id: id.clone(),
                flat,
                requestable: spec.requestable,
                birthright: spec.birthright,
                max_term: spec.max_term,
            });
        }
        (roles, index)
    }

    /// Reports every cycle of inclusions once, with its path. True when there is one.
    fn cycles(&mut self, direct: &[Direct]) -> bool {
        let ids: Vec<&RoleId> = self.document.roles.keys().collect();
        let name = |role: usize| ids.get(role).map_or("", |id| id.as_str());
        let mut state = vec![Visit::New; direct.len()];
        let mut found = Vec::new();
        for start in 0..direct.len() {
            // (role, next inclusion)
            let mut stack = vec![(start, 0_usize)];
            if state.get(start) != Some(&Visit::New) {
                continue;
            }
            set(&mut state, start, Visit::Open);
            while let Some((role, next)) = stack.last_mut() {
                let role = *role;
                let inclusion =
                    direct.get(role).and_then(|d| d.includes.get(*next)).map(|(inner, _)| *inner as usize);
                *next += 1;
                match inclusion {
                    None => {
                        set(&mut state, role, Visit::Done);
                        stack.pop();
                    }
                    Some(inner) => match state.get(inner) {
                        Some(Visit::New) => {
                            set(&mut state, inner, Visit::Open);
                            stack.push((inner, 0));
                        }
                        Some(Visit::Open) => {
                            let from = stack.iter().position(|(open, _)| *open == inner).unwrap_or(0);
                            let mut ring: Vec<usize> =
                                stack.iter().skip(from).map(|(open, _)| *open).collect();
                            ring.push(inner);
                            found.push(ring);
                        }
                        _ => {}
                    },
                }
            }
        }
        for ring in &found {
            let shown = ring.iter().map(|role| format!("`{}`", name(*role))).collect::<Vec<_>>().join(" > ");
            let first = ring.first().map_or("", |role| name(*role));
            let path = format!("roles{}.includes", crate::read::step(first, false));
            let error = PolicyError::new(path, format!("roles include each other in a circle: {shown}"));
            self.error(error.with_help("remove one of these inclusions"));
        }
        !found.is_empty()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

fn set(state: &mut [Visit], role: usize, visit: Visit) {
    if let Some(slot) = state.get_mut(role) {
        *slot = visit;
    }
}

struct Walk<'a> {
    document: &'a crate::document::PolicyDocument,
    direct: &'a [Direct],
    out: &'a mut Vec<FlatGive>,
    path: Vec<u32>,
    conditions: Vec<u32>,
}

impl Walk<'_> {
    fn role(&mut self, number: usize) {
        if self.out.len() > MOST_PATHS {
            return;
        }
        let (Some(direct), Ok(own)) = (self.direct.get(number), u32::try_from(number)) else { return };
        self.path.push(own);
        let depth = self.conditions.len();
        self.conditions.extend(direct.when);
        for give in &direct.gives {
            let mut conditions = self.conditions.clone();
            conditions.extend(give.when);
            self.out.push(FlatGive {
                key: give.key.clone(),
                parameters: give.parameters.clone(),
                path: self.path.clone().into(),
                conditions: conditions.into(),
            });
        }
        let before = self.out.len();
        for (inner, when) in &direct.includes {
            let outer = self.conditions.len();
            self.conditions.extend(*when);
            self.role(*inner as usize);
            self.conditions.truncate(outer);
        }
        if let Some(spec) = self.document.roles.values().nth(number)
            && !spec.excludes.is_empty()
        {
            let included = self.out.split_off(before);
            self.out.extend(included.into_iter().filter(|give| !spec.excludes.contains(&give.key)));
        }
        self.conditions.truncate(depth);
        self.path.pop();
    }
}

const MOST_PATHS: usize = 20_000;
