//! Leaves personal data and secrets out of the audit trail.

use serde_json::{Map, Value, json};

use crate::plan::Verb;

/// Attributes whose values the audit trail does not hold. That they changed, it does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redaction {
    /// Name and sub-attribute, in lower case.
    paths: Vec<(String, Option<String>)>,
}

/// What stands in place of a value.
pub(crate) const LEFT_OUT: &str = "(left out)";

/// Never part of an audit record, whatever is configured.
const SECRETS: [&str; 6] = ["password", "secret", "token", "credential", "privatekey", "apikey"];

impl Redaction {
    pub(crate) fn add(&mut self, path: &str) {
        let parsed = parse(path);
        if !parsed.0.is_empty() {
            self.paths.push(parsed);
        }
    }

    /// Takes the values out of an operation, a resource or a list of attributes.
    pub(crate) fn value(&self, mut value: Value) -> Value {
        self.walk(&mut value);
        value
    }

    /// Takes out of a reason what is somebody's: what correlation found stands between backticks, and who somebody's
    /// manager is, is told by name. Reasons of other steps name rules and roles.
    pub(crate) fn reason(&self, verb: Verb, text: &str) -> String {
        if self.paths.is_empty() || !matches!(verb, Verb::Link | Verb::SetReference) {
            return text.to_owned();
        }
        if verb == Verb::SetReference {
            return LEFT_OUT.to_owned();
        }
        let parts = text.split('`').enumerate();
        parts.map(|(index, part)| if index % 2 == 1 { LEFT_OUT } else { part }).collect()
    }

    /// What a step is done to, as told to people: some of it is a name.
    pub(crate) fn what(&self, verb: Verb, text: &str) -> String {
        match verb {
            Verb::Link | Verb::TransferOwnership if !self.paths.is_empty() => LEFT_OUT.to_owned(),
            _ => text.to_owned(),
        }
    }

    fn walk(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(members) => {
                self.patch(members);
                for (name, member) in members.iter_mut() {
                    match self.covers(name) {
                        Some(None) => *member = json!(LEFT_OUT),
                        Some(Some(sub)) => leave_out_sub(member, &sub),
                        None => self.walk(member),
                    }
                }
            }
            _ => {}
        }
    }

    /// An operation of a patch names the attribute in `path`, perhaps with values of its own.
    fn patch(&self, members: &mut Map<String, Value>) {
        let Some(path) = members.get("path").and_then(Value::as_str).map(str::to_owned) else { return };
        let Some(sub) = self.covers(&path) else { return };
        if let Some(open) = path.find('[') {
            let plain = path.split_at(open).0;
            members.insert("path".to_owned(), json!(format!("{plain}[...]")));
        }
        match (members.get_mut("value"), sub) {
            (Some(value), None) => *value = json!(LEFT_OUT),
            (Some(value), Some(sub)) => leave_out_sub(value, &sub),
            (None, _) => {}
        }
    }

    /// Whether a name or path is covered as a whole, or which part of its value is.
    fn covers(&self, path: &str) -> Option<Option<String>> {
        let (name, sub) = parse(path);
        if SECRETS.contains(&name.as_str()) || sub.as_ref().is_some_and(|sub| SECRETS.contains(&sub.as_str()))
        {
            return Some(None);
        }
        // References call the main e-mail address `email`.
        let same = |known: &str| known == name || (known == "emails" && name == "email");
        let known = self
            .paths
            .iter()
            .find(|(known, part)| same(known) && (part.is_none() || sub.is_none() || *part == sub))?;
        match (&known.1, sub) {
            (None, _) | (Some(_), Some(_)) => Some(None),
            (Some(part), None) => Some(Some(part.clone())),
        }
    }
}

fn leave_out_sub(value: &mut Value, sub: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| leave_out_sub(item, sub)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name.eq_ignore_ascii_case(sub) {
                    *member = json!(LEFT_OUT);
                }
            }
        }
        _ => {}
    }
}

/// Name and sub-attribute of `urn:...:name[filter].sub`.
fn parse(path: &str) -> (String, Option<String>) {
    let lower = path.to_lowercase();
    let (before, after) = match lower.split_once('[') {
        Some((before, rest)) => (before.to_owned(), rest.rsplit_once(']').map(|(_, after)| after.to_owned())),
        None => (lower.clone(), None),
    };
    // The version in a URN has a dot of its own, so the schema goes first.
    let plain = before.rsplit(':').next().unwrap_or_default().to_owned();
    let (name, sub) = match plain.split_once('.') {
        Some((name, sub)) => (name.to_owned(), Some(sub.to_owned())),
        None => (plain, None),
    };
    let after = after.and_then(|after| after.strip_prefix('.').map(str::to_owned));
    (name, after.or(sub))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction() -> Redaction {
        let mut redaction = Redaction::default();
        for path in [
            "emails",
            "name.familyName",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        ] {
            redaction.add(path);
        }
        redaction
    }

    #[test]
    fn configured_attributes_go_wherever_they_stand() {
        let found = redaction().value(json!({"create": {"resource": {
            "userName": "anna", "name": {"givenName": "Anna", "familyName": "Berg"},
            "emails": [{"value": "anna@example.com"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"costCenter": "4711", "department": "Support"},
        }}}));
        assert_eq!(
            found,
            json!({"create": {"resource": {
                "userName": "anna", "name": {"givenName": "Anna", "familyName": LEFT_OUT}, "emails": LEFT_OUT,
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"costCenter": LEFT_OUT, "department": "Support"},
            }}})
        );
    }

    #[test]
    fn patches_keep_the_path_and_lose_the_value() {
        let found = redaction().value(json!({"operations": [
            {"op": "replace", "path": "name.familyName", "value": "Lund"},
            {"op": "replace", "path": "name", "value": {"givenName": "A", "familyName": "Lund"}},
            {"op": "remove", "path": "emails[value eq \"anna@example.com\"]"},
            {"op": "replace", "path": "title", "value": "Lead"},
        ]}));
        let text = found.to_string();
        assert!(!text.contains("Lund") && !text.contains("anna@example.com"), "{text}");
        assert!(
            text.contains("Lead") && text.contains("emails[...]") && text.contains("\"givenName\":\"A\""),
            "{text}"
        );
    }

    #[test]
    fn secrets_go_without_being_configured() {
        let found = Redaction::default().value(json!({"resource": {"password": "hunter2", "title": "Lead"}}));
        assert_eq!(found, json!({"resource": {"password": LEFT_OUT, "title": "Lead"}}));
        assert_eq!(Redaction::default().reason(Verb::Link, "by `a`"), "by `a`");
        assert_eq!(redaction().reason(Verb::Grant, "rule `a`"), "rule `a`");
        assert_eq!(
            redaction().reason(Verb::Link, "matched by mail `a@b.example` (1)"),
            "matched by mail (left out) (1)"
        );
    }
}
