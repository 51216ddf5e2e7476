//! Which column holds which SCIM attribute.

use tenure_connector::Result;
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrPath, CompareOp, Filter, Literal, PatchPath, SchemaRegistry};

use crate::error::wrong;

/// One SCIM attribute and the column that holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// Of a multi-valued attribute without the sub-attribute.
    pub(crate) path: AttrPath,
    pub(crate) kind: AttributeType,
    pub(crate) holds: Holds,
    pub(crate) case_exact: bool,
    pub(crate) column: String,
}

/// What of an attribute stands in the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    /// All of it.
    Whole,
    /// The `value` of the element with this `type`.
    Typed(String),
    /// The `value` of the only element.
    Only,
}

impl Slot {
    pub(crate) fn new(class: &str, scim: &str, column: &str) -> Result<Self> {
        let unfit = |why: &str| wrong(format!("cannot map `{scim}` to `{column}`: {why}"));
        let path = PatchPath::parse(scim).map_err(|error| unfit(&error.to_string()))?;
        let registry = SchemaRegistry::builtin();
        let core = registry.resource(class).ok_or_else(|| unfit("no such class"))?;
        let attribute = path.attribute().clone();
        let own = attribute.schema().is_some_and(|uri| registry.schema(uri).is_none());
        let slot =
            |path, kind, holds, case_exact| Self { path, kind, holds, case_exact, column: column.to_owned() };
        if let Some(filter) = path.filter() {
            let value = path.sub().is_some_and(|sub| sub.as_str().eq_ignore_ascii_case("value"));
            let kind = type_of(filter).filter(|_| value && core.resolve(&attribute).is_some());
            let kind = kind.ok_or_else(|| unfit("expected a filter such as `[type eq \"work\"].value`"))?;
            return Ok(slot(attribute, AttributeType::String, Holds::Typed(kind), false));
        }
        if ["active", "id", "meta", "members", "groups", "password"]
            .iter()
            .any(|own| attribute.to_string() == **own)
        {
            return Err(unfit("it is not an attribute of one column").with_help(
                "describe `active` with `status`, `id` with `key`, `members` with `memberships`",
            ));
        }
        if ["externalId"].contains(&attribute.to_string().as_str()) {
            return Ok(slot(attribute, AttributeType::String, Holds::Whole, true));
        }
        match core.resolve(&attribute).map(|resolved| resolved.leaf().clone()) {
            None if own => Ok(slot(attribute, AttributeType::String, Holds::Whole, false)),
            None => Err(unfit("the schema has no such attribute")),
            Some(leaf) if leaf.multi_valued => Ok(slot(attribute, AttributeType::String, Holds::Only, false)),
            Some(leaf) if leaf.kind == AttributeType::Complex => {
                Err(unfit("expected one of its sub-attributes"))
            }
            Some(leaf) => {
                let parent = core.resolve(&attribute.parent()).map(|resolved| resolved.leaf().multi_valued);
                match (attribute.sub(), parent) {
                    (Some(sub), Some(true)) if sub.as_str().eq_ignore_ascii_case("value") => {
                        Ok(slot(attribute.parent(), AttributeType::String, Holds::Only, false))
                    }
                    (Some(_), Some(true)) => {
                        Err(unfit("only the `value` of a multi-valued attribute has a column"))
                    }
                    _ => Ok(slot(attribute, leaf.kind, Holds::Whole, leaf.case_exact)),
                }
            }
        }
    }
}

/// The text of `type eq "..."`.
fn type_of(filter: &Filter) -> Option<String> {
    let Filter::Compare(comparison) = filter else { return None };
    let typed = comparison.op == CompareOp::Eq && comparison.path.to_string().eq_ignore_ascii_case("type");
    match &comparison.value {
        Literal::String(text) if typed => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(scim: &str) -> std::result::Result<(String, Holds), String> {
        let slot = Slot::new("User", scim, "c").map_err(|error| error.detail().to_owned())?;
        Ok((slot.path.to_string(), slot.holds))
    }

    #[test]
    fn paths_name_what_a_column_holds() {
        let fine = |path: &str, holds| Ok((path.to_owned(), holds));
        assert_eq!(holds("userName"), fine("userName", Holds::Whole));
        assert_eq!(holds("name.familyName"), fine("name.familyName", Holds::Whole));
        assert_eq!(holds("emails[type eq \"work\"].value"), fine("emails", Holds::Typed("work".to_owned())));
        assert_eq!(holds("emails.value"), fine("emails", Holds::Only));
        assert_eq!(holds("emails"), fine("emails", Holds::Only));
        let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
        assert_eq!(holds(manager), fine(manager, Holds::Whole));
        assert_eq!(holds("urn:example:app:User:grade"), fine("urn:example:app:User:grade", Holds::Whole));
        for wrong in ["name", "colour", "active", "password", "emails[primary eq true].value", "emails.type"]
        {
            assert!(holds(wrong).is_err(), "{wrong}");
        }
    }
}
