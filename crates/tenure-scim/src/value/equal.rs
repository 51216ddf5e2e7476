//! Equality as SCIM state.

use super::{ArrayRef, ObjectRef, ValueRef};

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            (a, b) => !has_state(a) && !has_state(b),
        }
    }
}

impl PartialEq for ArrayRef<'_> {
    /// The same elements, in any order.
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.iter().zip(other.iter()).all(|(a, b)| a == b) {
            return true;
        }
        let mut theirs: Vec<_> = other.iter().map(|v| (fingerprint(v), v)).collect();
        theirs.sort_by_key(|(hash, _)| *hash);
        let mut taken = vec![false; theirs.len()];
        self.iter().all(|mine| {
            let hash = fingerprint(mine);
            let first = theirs.partition_point(|(h, _)| *h < hash);
            let same = theirs.iter().zip(taken.iter_mut()).skip(first).take_while(|((h, _), _)| *h == hash);
            for ((_, value), taken) in same {
                if !*taken && *value == mine {
                    *taken = true;
                    return true;
                }
            }
            false
        })
    }
}

impl PartialEq for ObjectRef<'_> {
    /// The same members, where an unassigned member is as good as none.
    fn eq(&self, other: &Self) -> bool {
        let matched = self.iter().all(|(name, value)| match other.get(name) {
            Some(theirs) => value == theirs,
            None => !has_state(value),
        });
        matched && other.iter().all(|(name, value)| !has_state(value) || self.get(name).is_some())
    }
}

fn has_state(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Object(members) => members.iter().any(|(_, v)| has_state(v)),
        other => other.is_assigned(),
    }
}

/// Equal values have equal fingerprints.
fn fingerprint(value: ValueRef<'_>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut state = DefaultHasher::new();
    match value {
        ValueRef::Null => return 0,
        ValueRef::Bool(b) => b.hash(&mut state),
        ValueRef::Number(n) => n.hash_worth(&mut state),
        ValueRef::String(s) => s.hash(&mut state),
        ValueRef::Array(elements) if elements.is_empty() => return 0,
        ValueRef::Array(elements) => {
            return elements.iter().fold(2, |sum, v| fingerprint(v).wrapping_add(sum));
        }
        ValueRef::Object(members) => {
            return members.iter().filter(|(_, v)| has_state(*v)).fold(0, |sum, (name, v)| {
                let mut state = DefaultHasher::new();
                crate::name::fold::hash(name, &mut state);
                fingerprint(v).hash(&mut state);
                state.finish().wrapping_add(sum)
            });
        }
    }
    state.finish()
}
