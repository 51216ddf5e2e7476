use serde_json::json;

use super::Graph;
use super::state::{Answer, bad, denied, gone};
use crate::vendor::{Call, Reply};

impl Graph {
    /// Registers a method of authentication, such as `phone`, `fido2` or `softwareOath`; the first is the default one.
    pub fn seed_method(&mut self, user: &str, kind: &str) {
        let id = self.next_id();
        self.methods.entry(user.to_owned()).or_default().push((kind.to_owned(), id));
    }

    /// The kinds of methods that a user has besides the password.
    #[must_use]
    pub fn methods_of(&self, user: &str) -> Vec<&str> {
        self.methods.get(user).into_iter().flatten().map(|(kind, _)| kind.as_str()).collect()
    }

    pub(super) fn route_methods(&mut self, call: &Call, user: &str, path: &[&str]) -> Answer {
        if self.closed.contains("methods") {
            return Err(denied());
        }
        match (call.method.as_str(), path) {
            ("GET", ["methods"]) => {
                let shown = |kind: &str, id: &str| {
                    let kind = format!("#microsoft.graph.{kind}AuthenticationMethod");
                    json!({ "@odata.type": kind, "id": id })
                };
                let mut all = vec![shown("password", "28c10230-6103-485e-b985-444c60001490")];
                all.extend(self.methods.get(user).into_iter().flatten().map(|(kind, id)| shown(kind, id)));
                Ok(Reply::json(200, json!({ "value": all })))
            }
            ("DELETE", [word, id]) => {
                let methods = self.methods.entry(user.to_owned()).or_default();
                let at =
                    methods.iter().position(|(kind, own)| own == id && *word == format!("{kind}Methods"));
                let at = at.ok_or_else(gone)?;
                if at == 0 && methods.len() > 1 {
                    return Err(bad(
                        "The default authentication method cannot be deleted while there are others.",
                    ));
                }
                methods.remove(at);
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }
}
