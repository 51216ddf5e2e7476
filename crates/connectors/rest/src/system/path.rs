//! Addresses told as data.

use http::Method;
use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use super::id_text;
use crate::{Request, RestClient};

/// What the places of an address stand for. What does not apply is empty.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// The id of the entitlement, or of the object.
    pub id: &'a str,
    /// The id of the account.
    pub account: &'a str,
    /// The account in the vendor's own JSON.
    pub item: &'a Value,
    /// What says that the account holds the entitlement: an element of a list, or an answer.
    pub row: &'a Value,
}

impl<'a> To<'a> {
    pub(super) fn id(id: &'a str) -> Self {
        Self { id, account: "", item: &Value::Null, row: &Value::Null }
    }

    pub(super) fn account(account: &'a str) -> Self {
        Self { account, ..Self::id("") }
    }

    fn place(&self, name: &str) -> Result<String> {
        match name.split_once('.') {
            None if name == "id" => Ok(self.id.to_owned()),
            None if name == "account" => Ok(self.account.to_owned()),
            Some(("account", at)) => id_text(self.item, &pointer(at)),
            Some(("row", at)) => id_text(self.row, &pointer(at)),
            _ => Err(wrong(name)),
        }
    }
}

/// The request of an address such as `groups/{id}/users/{account}?notify=false`. Each part is encoded by itself; an empty
/// one is refused.
///
/// Places are `{id}`, `{account}`, and members of the account and of the row: `{account.email}`, `{row.id}`.
pub(super) fn request(client: &RestClient, method: Method, address: &str, to: To<'_>) -> Result<Request> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts = path.split('/').map(|part| fill(part, to)).collect::<Result<Vec<_>>>()?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut request = client.request(method, &parts)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, fill(value, to)?);
    }
    Ok(request)
}

fn fill(text: &str, to: To<'_>) -> Result<String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or_else(|| wrong(after))?;
        filled.push_str(before);
        filled.push_str(&to.place(name)?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn pointer(members: &str) -> String {
    format!("/{}", members.replace('.', "/"))
}

fn wrong(name: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(format!(
        "expected `id`, `account`, `account.…` or `row.…` in an address of the connector, found `{name}`"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector::Secret;

    use super::*;
    use crate::Auth;

    fn asked(address: &str, to: To<'_>) -> Result<String> {
        let base = "https://a.example/api".parse().unwrap();
        let client = RestClient::new(base, Auth::bearer(&Secret::new("t")), reqwest::Client::new()).unwrap();
        request(&client, Method::GET, address, to).map(|request| request.address().to_string())
    }

    #[test]
    fn each_place_is_encoded_by_itself() {
        let (item, row) = (json!({ "email": "a@b.example" }), json!({ "assignment": { "id": 7 } }));
        let to = To { id: "g/1?x", account: "u 1", item: &item, row: &row };
        assert_eq!(
            asked("groups/{id}/users/{account}?notify=false&by={account.email}", to).unwrap(),
            "https://a.example/api/groups/g%2F1%3Fx/users/u%201?notify=false&by=a%40b.example"
        );
        assert_eq!(asked("roles/{row.assignment.id}", to).unwrap(), "https://a.example/api/roles/7");
    }

    #[test]
    fn an_empty_or_unknown_place_sends_nothing() {
        for address in ["users/{account}", "users/{id}/{acount}", "users/{id", "users/{row.id}", "users/.."] {
            assert!(asked(address, To::id("1")).is_err(), "{address}");
        }
    }
}
