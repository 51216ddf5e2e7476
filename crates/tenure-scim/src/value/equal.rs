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
        let mut theirs: Vec<_> = other.iter().map(|v| (v.fingerprint(), v)).collect();
        theirs.sort_by_key(|(hash, _)| *hash);
        let mut taken = vec![false; theirs.len()];
        self.iter().all(|mine| {
            let hash = mine.fingerprint();
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
        if self.same_layout(*other)
            && self.members().zip(other.members()).all(|(a, b)| a.value() == b.value())
        {
            return true;
        }
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

impl ValueRef<'_> {
    /// A number that equal values have in common.
    pub(crate) fn fingerprint(self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut state = DefaultHasher::new();
        match self {
            Self::Null => return 0,
            Self::Bool(b) => b.hash(&mut state),
            Self::Number(n) => n.hash_worth(&mut state),
            Self::String(s) => s.hash(&mut state),
            Self::Array(elements) if elements.is_empty() => return 0,
            Self::Array(elements) => {
                return elements.iter().fold(2, |sum, v| v.fingerprint().wrapping_add(sum));
            }
            Self::Object(members) => {
                return members.iter().filter(|(_, v)| has_state(*v)).fold(0, |sum, (name, v)| {
                    let mut state = DefaultHasher::new();
                    crate::name::fold::hash(name, &mut state);
                    v.fingerprint().hash(&mut state);
                    state.finish().wrapping_add(sum)
                });
            }
        }
        state.finish()
    }
}
