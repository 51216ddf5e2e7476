//! SCIM filters as search filters. The server narrows, this side decides: what the server cannot say exactly is left
//! to the evaluator of the model.

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};
use tenure_scim::filter::ldap::translate;
use tenure_scim::{CompareOp, CompiledFilter, Filter, Literal, ResourceSchema};

use super::find::names_id;
use crate::mapping::Mapping;

/// A filter, split by who decides.
#[derive(Debug)]
pub(crate) struct Split {
    /// What the server is asked.
    pub(crate) asked: Vec<String>,
    /// Ids that must be looked up first: of the object, or of a member.
    pub(crate) ids: Vec<(&'static str, String)>,
    /// What decides about each object that comes.
    pub(crate) decided: Option<CompiledFilter>,
}

/// Splits a filter into what the directory looks up and what is decided here.
///
/// # Errors
///
/// `InvalidInput` for a filter that the schema does not allow; `Unsupported` for one on members that is not a plain
/// equality.
pub(crate) fn split(filter: Option<&Filter>, mapping: &Mapping, schema: &ResourceSchema) -> Result<Split> {
    let mut split = Split { asked: Vec::new(), ids: Vec::new(), decided: None };
    let Some(filter) = filter else { return Ok(split) };
    let invalid = |error| {
        ConnectorError::invalid_input("filter", format!("{error}")).with_certainty(Certainty::NotAttempted)
    };
    filter.check(schema).map_err(invalid)?;
    let parts = match filter {
        Filter::And(parts) => parts.iter().collect(),
        other => vec![other],
    };
    let mut rest = Vec::new();
    for part in parts {
        match names_id(part) {
            Some((what, id)) => split.ids.push((what, id.to_owned())),
            None if mentions_members(part) => {
                let detail = format!("cannot filter by `{part}`");
                return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                    .with_detail(detail)
                    .with_help("ask for `members.value eq \"<id>\"`, alone or joined by `and`"));
            }
            None => {
                if only_widens(part)
                    && let Ok(text) = translate(part, mapping)
                {
                    split.asked.push(text);
                }
                rest.push(part.clone());
            }
        }
    }
    if !rest.is_empty() {
        split.decided = Some(Filter::and(rest).compile(schema).map_err(invalid)?);
    }
    Ok(split)
}

/// Whether the server's looser ways of comparing can only let more through, never less.
fn only_widens(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(only_widens),
        Filter::Not(_) => false,
        Filter::Compare(comparison) => {
            matches!(comparison.op, CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew)
                && matches!(comparison.value, Literal::String(_))
        }
        Filter::Present(_) => true,
        Filter::Element(element) => only_widens(&element.filter),
    }
}

fn mentions_members(filter: &Filter) -> bool {
    let members = |path: &tenure_scim::AttrPath| path.name().as_str().eq_ignore_ascii_case("members");
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(mentions_members),
        Filter::Not(part) => mentions_members(part),
        Filter::Compare(comparison) => members(&comparison.path),
        Filter::Present(path) => members(path),
        Filter::Element(element) => members(&element.path),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::model::Model;
    use crate::{Flavour, LdapConfig};

    fn asked(class: &str, text: &str) -> Result<(Vec<String>, usize, bool)> {
        let url = Url::parse("ldapi:///").unwrap();
        let config = LdapConfig::new(url, Flavour::OpenLdap, "ou=p,dc=x").with_groups("ou=g,dc=x");
        let model = Model::new(&config).unwrap();
        let (_, mapping) = model.shape(&class.into()).unwrap();
        let filter = Filter::parse(text).unwrap();
        let split = split(Some(&filter), mapping, model.compiled(&class.into())?)?;
        Ok((split.asked, split.ids.len(), split.decided.is_some()))
    }

    #[test]
    fn the_server_is_asked_for_what_it_can_only_widen() {
        for (class, filter, expected) in [
            ("User", r#"userName eq "a*(b)""#, (vec![r"(uid=a\2a\28b\29)"], 0, true)),
            ("User", r#"userName sw "a" and not (title pr)"#, (vec!["(uid=a*)"], 0, true)),
            ("User", "active eq true", (vec![], 0, true)),
            ("User", r#"title eq "x" or active eq false"#, (vec![], 0, true)),
            ("User", r#"emails.value eq "a@b" and title pr"#, (vec!["(mail=a@b)", "(title=*)"], 0, true)),
            ("Group", r#"members.value eq "1" and displayName eq "a""#, (vec!["(cn=a)"], 1, true)),
            ("Group", r#"id eq "1""#, (vec![], 1, false)),
        ] {
            let expected = (expected.0.into_iter().map(str::to_owned).collect(), expected.1, expected.2);
            assert_eq!(asked(class, filter).unwrap(), expected, "{filter}");
        }
    }

    #[test]
    fn a_filter_on_members_is_never_half_done() {
        let error = asked("Group", r#"not (members.value eq "1")"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(asked("User", "shoeSize pr").unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
