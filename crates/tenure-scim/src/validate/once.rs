//! No value twice.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::precis::Rule;
use crate::schema::Attribute;
use crate::value::ValueRef;

/// The values of a multi-valued attribute that were read so far, by `value` and `type`.
///
/// Spec: RFC 7643 section 2.4: the same pair of `type` and `value` is not returned twice.
pub(crate) struct Once<'a> {
    rule: Rule,
    few: Vec<(&'a str, &'a str)>,
    many: HashSet<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Up to here a scan is as fast as a table.
const FEW: usize = 8;

impl<'a> Once<'a> {
    pub(crate) fn new(attribute: &Attribute) -> Self {
        let leaf = attribute.sub_attributes.iter().find(|s| s.name == "value").unwrap_or(attribute);
        let rule = if leaf.is_case_exact() { Rule::Exact } else { Rule::Fold };
        Self { rule, few: Vec::new(), many: HashSet::new() }
    }

    /// Notes an element; says whether there was none with its `value` and `type` before.
    pub(super) fn is_new(&mut self, element: ValueRef<'a>) -> bool {
        let text = |name| element.as_object().and_then(|o| o.get(name)).and_then(ValueRef::as_str);
        self.is_new_pair(element.as_str().or_else(|| text("value")), text("type"))
    }

    /// Notes a `value` and a `type`; says whether both together were not there before. What has no `value` is new.
    pub(crate) fn is_new_pair(&mut self, value: Option<&'a str>, kind: Option<&'a str>) -> bool {
        let (Some(value), kind) = (value, kind.unwrap_or_default()) else { return true };
        let rule = self.rule;
        if self.many.is_empty() {
            let same = |(v, k): &(&str, &str)| rule.cmp(v, value).is_eq() && Rule::Fold.cmp(k, kind).is_eq();
            if self.few.iter().any(same) {
                return false;
            }
            self.few.push((value, kind));
            if self.few.len() > FEW {
                self.many = self.few.drain(..).map(|(v, k)| (rule.key(v), Rule::Fold.key(k))).collect();
            }
            return true;
        }
        self.many.insert((rule.key(value), Rule::Fold.key(kind)))
    }
}
