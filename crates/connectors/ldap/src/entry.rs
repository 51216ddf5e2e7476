use std::collections::BTreeMap;

use ldap3::ResultEntry;

use crate::{ber, value};

/// An entry as the server sent it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    /// By name in small letters; an option such as `;range=0-1499` is part of the name.
    attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// Takes a search result apart (RFC 4511 section 4.5.2).
    pub(crate) fn read(result: ResultEntry) -> Option<Self> {
        let mut parts = result.0.expect_constructed()?.into_iter();
        let dn = String::from_utf8(ber::bytes(parts.next()?)?).ok()?;
        let mut attributes = BTreeMap::new();
        for attribute in parts.next()?.expect_constructed()? {
            let mut pair = attribute.expect_constructed()?.into_iter();
            let name = String::from_utf8(ber::bytes(pair.next()?)?).ok()?;
            let values: Option<Vec<_>> =
                pair.next()?.expect_constructed()?.into_iter().map(ber::bytes).collect();
            attributes.insert(name.to_ascii_lowercase(), values?);
        }
        Some(Self { dn, attributes })
    }

    pub(crate) fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    pub(crate) fn has(&self, name: &str, wanted: &str) -> bool {
        self.texts(name).any(|text| text.eq_ignore_ascii_case(wanted))
    }

    /// The id that no rename changes.
    pub(crate) fn id(&self, attribute: &str, guid: bool) -> Option<String> {
        match guid {
            true => value::guid_text(self.values(attribute).first()?),
            false => self.text(attribute).map(str::to_owned),
        }
    }

    /// Takes the values of an attribute that may come in parts. The second is where the next part begins; nothing when
    /// this was the last one.
    pub(crate) fn take_range(&mut self, name: &str) -> (Vec<Vec<u8>>, Option<u64>) {
        let name = name.to_ascii_lowercase();
        if let Some(values) = self.attributes.remove(&name).filter(|values| !values.is_empty()) {
            return (values, None);
        }
        let prefix = format!("{name};range=");
        let ranged = self.attributes.keys().find(|key| key.starts_with(&prefix)).cloned();
        let Some(key) = ranged else { return (Vec::new(), None) };
        let next = key.strip_prefix(&prefix).and_then(|range| range.split_once('-')).and_then(|(_, end)| {
            let end: u64 = end.parse().ok()?;
            Some(end + 1)
        });
        (self.attributes.remove(&key).unwrap_or_default(), next)
    }

    #[cfg(test)]
    pub(crate) fn made(dn: &str, attributes: &[(&str, &[&str])]) -> Self {
        let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Self {
            dn: dn.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, all)| (name.to_ascii_lowercase(), values(all)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_attribute_comes_in_parts() {
        let mut first = Entry::made("cn=g", &[("member", &[]), ("member;range=0-1499", &["a", "b"])]);
        assert_eq!(first.take_range("member"), (vec![b"a".to_vec(), b"b".to_vec()], Some(1500)));
        let mut last = Entry::made("cn=g", &[("member;range=1500-*", &["c"])]);
        assert_eq!(last.take_range("Member"), (vec![b"c".to_vec()], None));
        let mut whole = Entry::made("cn=g", &[("member", &["a"])]);
        assert_eq!(whole.take_range("member"), (vec![b"a".to_vec()], None));
        assert_eq!(Entry::made("cn=g", &[]).take_range("member"), (Vec::new(), None));
    }
}
