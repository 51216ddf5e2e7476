//! Filters as LDAP search filters (RFC 4515).
//!
//! The directory's own matching rules decide about case. LDAP has no way to say that two conditions hold for one and
//! the same value, so `path[...]` is translated only where it holds a single condition.

use std::fmt::Write;

use super::translate::TranslateError;
use super::{CompareOp, Comparison, Filter, Literal};
use crate::datetime::ScimDateTime;
use crate::path::AttrPath;

/// Says which LDAP attribute holds a SCIM attribute.
pub trait AttributeMap {
    /// The LDAP attribute, or `None` when the directory does not hold it.
    ///
    /// Asked with whole paths: `name.familyName`, and for `emails` and `emails.value` alike with what was written.
    /// The name is used as it is: it must never come from a request.
    fn map(&self, path: &AttrPath) -> Option<LdapAttribute>;
}

/// An LDAP attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapAttribute {
    /// The attribute description, for example `mail`.
    pub name: String,
    /// Whether an entry may have many values.
    pub multi_valued: bool,
    /// Whether values are written as Generalized Time.
    pub time: bool,
}

impl LdapAttribute {
    /// A single-valued text attribute.
    pub fn single(name: impl Into<String>) -> Self {
        Self { name: name.into(), multi_valued: false, time: false }
    }

    /// A multi-valued text attribute.
    pub fn many(name: impl Into<String>) -> Self {
        Self { name: name.into(), multi_valued: true, time: false }
    }
}

/// Translates a filter.
///
/// # Examples
///
/// ```
/// use tenure_scim::filter::ldap::{AttributeMap, LdapAttribute, translate};
/// use tenure_scim::{AttrPath, Filter};
///
/// struct InetOrgPerson;
///
/// impl AttributeMap for InetOrgPerson {
///     fn map(&self, path: &AttrPath) -> Option<LdapAttribute> {
///         match path.to_string().as_str() {
///             "userName" => Some(LdapAttribute::single("uid")),
///             "name.familyName" => Some(LdapAttribute::many("sn")),
///             "emails" | "emails.value" => Some(LdapAttribute::many("mail")),
///             _ => None,
///         }
///     }
/// }
///
/// let filter = Filter::parse(r#"userName sw "a*" and (emails[value ew "@example.com"] or not (name.familyName pr))"#)?;
/// assert_eq!(translate(&filter, &InetOrgPerson)?, r"(&(uid=a\2a*)(|(mail=*@example.com)(!(sn=*))))");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// A path without an LDAP attribute, several conditions on one value, `ne` on many values, an order on a boolean.
pub fn translate(filter: &Filter, map: &dyn AttributeMap) -> Result<String, TranslateError> {
    let mut out = String::new();
    emit(filter, None, map, &mut out)?;
    Ok(out)
}

fn emit(
    filter: &Filter,
    within: Option<&AttrPath>,
    map: &dyn AttributeMap,
    out: &mut String,
) -> Result<(), TranslateError> {
    match filter {
        // RFC 4526: the empty conjunction is true, the empty disjunction false.
        Filter::And(parts) => list('&', parts, within, map, out),
        Filter::Or(parts) => list('|', parts, within, map, out),
        Filter::Not(part) => list('!', std::slice::from_ref(&**part), within, map, out),
        Filter::Compare(comparison) => compare(comparison, &attribute(&comparison.path, within, map)?, out),
        Filter::Present(path) => {
            let name = attribute(path, within, map)?.name;
            put(out, &format!("({name}=*)"));
            Ok(())
        }
        Filter::Element(element) => match &*element.filter {
            inner @ (Filter::Compare(_) | Filter::Present(_)) => emit(inner, Some(&element.path), map, out),
            _ => {
                Err(TranslateError::new(filter, "LDAP cannot say that several conditions hold for one value"))
            }
        },
    }
}

fn list(
    sign: char,
    parts: &[Filter],
    within: Option<&AttrPath>,
    map: &dyn AttributeMap,
    out: &mut String,
) -> Result<(), TranslateError> {
    out.push('(');
    out.push(sign);
    for part in parts {
        emit(part, within, map, out)?;
    }
    out.push(')');
    Ok(())
}

fn attribute(
    path: &AttrPath,
    within: Option<&AttrPath>,
    map: &dyn AttributeMap,
) -> Result<LdapAttribute, TranslateError> {
    let full = within.map_or_else(|| path.clone(), |outer| outer.with_sub(path.name().clone()));
    map.map(&full).ok_or_else(|| TranslateError::new(&full, "the directory has no attribute for it"))
}

fn compare(c: &Comparison, attribute: &LdapAttribute, out: &mut String) -> Result<(), TranslateError> {
    let name = &attribute.name;
    let text = match &c.value {
        Literal::Null => {
            match c.op {
                CompareOp::Eq => put(out, &format!("(!({name}=*))")),
                CompareOp::Ne => put(out, &format!("({name}=*)")),
                _ => return Err(TranslateError::new(c, "only `eq` and `ne` stand before `null`")),
            }
            return Ok(());
        }
        Literal::Bool(_) if c.op.is_ordering() => {
            return Err(TranslateError::new(c, "booleans have no order"));
        }
        Literal::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Literal::Number(number) => number.to_string(),
        Literal::String(text) if attribute.time && !c.op.is_substring() => generalized_time(text)
            .ok_or_else(|| TranslateError::new(c, "expected a date and time with a zone"))?,
        Literal::String(text) => text.clone(),
    };
    let value = escape(&text);
    match c.op {
        CompareOp::Eq => put(out, &format!("({name}={value})")),
        CompareOp::Ne if attribute.multi_valued => {
            return Err(TranslateError::new(c, "LDAP cannot say that some value of many differs"));
        }
        CompareOp::Ne => put(out, &format!("(!({name}={value}))")),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew if value.is_empty() => put(out, &format!("({name}=*)")),
        CompareOp::Co => put(out, &format!("({name}=*{value}*)")),
        CompareOp::Sw => put(out, &format!("({name}={value}*)")),
        CompareOp::Ew => put(out, &format!("({name}=*{value})")),
        CompareOp::Ge => put(out, &format!("({name}>={value})")),
        CompareOp::Le => put(out, &format!("({name}<={value})")),
        CompareOp::Gt | CompareOp::Lt if attribute.multi_valued => {
            return Err(TranslateError::new(c, "LDAP has no strict order on many values"));
        }
        CompareOp::Gt => put(out, &format!("(&({name}>={value})(!({name}={value})))")),
        CompareOp::Lt => put(out, &format!("(&({name}<={value})(!({name}={value})))")),
    }
    Ok(())
}

fn put(out: &mut String, text: &str) {
    out.push_str(text);
}

/// Escapes what has a meaning in a filter (RFC 4515 section 3).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '(' | ')' | '\\' | '\0' => {
                // INVARIANT: writing to a String does not fail.
                let _ = write!(out, "\\{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// `20260131120000Z`, with a fraction where the time has one (RFC 4517 section 3.3.13).
fn generalized_time(text: &str) -> Option<String> {
    let time = ScimDateTime::parse(text).ok()?.to_utc()?;
    Some(time.format("%Y%m%d%H%M%S%.fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Directory;

    impl AttributeMap for Directory {
        fn map(&self, path: &AttrPath) -> Option<LdapAttribute> {
            Some(match path.to_string().as_str() {
                "userName" => LdapAttribute::single("uid"),
                "active" => LdapAttribute::single("enabled"),
                "level" => LdapAttribute::single("level"),
                "emails" | "emails.value" => LdapAttribute::many("mail"),
                "meta.created" => LdapAttribute { time: true, ..LdapAttribute::single("createTimestamp") },
                _ => return None,
            })
        }
    }

    #[test]
    fn every_operator_has_its_form() {
        for (filter, expected) in [
            (r#"userName eq "a(b)*\\c\u0000""#, r"(uid=a\28b\29\2a\5cc\00)"),
            (r#"userName ne "a""#, "(!(uid=a))"),
            (r#"userName co "a""#, "(uid=*a*)"),
            (r#"userName co """#, "(uid=*)"),
            (r#"userName ew "é""#, "(uid=*é)"),
            ("level gt 3", "(&(level>=3)(!(level=3)))"),
            ("level le 3", "(level<=3)"),
            ("active eq true", "(enabled=TRUE)"),
            ("userName eq null", "(!(uid=*))"),
            ("userName ne null", "(uid=*)"),
            (r#"meta.created ge "2026-01-31T13:00:00+01:00""#, "(createTimestamp>=20260131120000Z)"),
            (
                r#"meta.created lt "2026-01-31T12:00:00.25Z""#,
                "(&(createTimestamp<=20260131120000.250Z)(!(createTimestamp=20260131120000.250Z)))",
            ),
            (r#"meta.created sw "2026-01""#, "(createTimestamp=2026-01*)"),
            ("active ne false", "(!(enabled=FALSE))"),
            ("emails[value pr]", "(mail=*)"),
            (
                r#"emails[value sw "a"] and (level ge 3 or not (active pr))"#,
                "(&(mail=a*)(|(level>=3)(!(enabled=*))))",
            ),
        ] {
            let filter = Filter::parse(filter).unwrap();
            assert_eq!(translate(&filter, &Directory).as_deref(), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn what_ldap_cannot_say_is_an_error() {
        for (filter, expected) in [
            ("title pr", "cannot translate `title`: the directory has no attribute for it"),
            (
                r#"emails ne "a""#,
                "cannot translate `emails ne \"a\"`: LDAP cannot say that some value of many differs",
            ),
            (
                r#"emails gt "a""#,
                "cannot translate `emails gt \"a\"`: LDAP has no strict order on many values",
            ),
            (
                r#"emails[value pr and type eq "work"]"#,
                "cannot translate `emails[value pr and type eq \"work\"]`: LDAP cannot say that several conditions hold for one value",
            ),
            ("active gt true", "cannot translate `active gt true`: booleans have no order"),
            (
                r#"meta.created gt "2026-01-31T12:00:00""#,
                "cannot translate `meta.created gt \"2026-01-31T12:00:00\"`: expected a date and time with a zone",
            ),
        ] {
            let filter = Filter::parse(filter).unwrap();
            let error = translate(&filter, &Directory).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert_eq!(format!("cannot translate `{}`: {}", error.part(), error.reason()), expected);
        }
    }
}
