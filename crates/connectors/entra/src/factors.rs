//! Second factors: methods of authentication, each of a kind with an address of its own.

use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Outcome, Result};
use tenure_connector_rest::Request;
use tenure_connector_rest::system::{items, need_text};

use crate::Entra;
use crate::system::v1;

/// What answers call a kind of method, and the word of its address.
const KINDS: [(&str, &str); 8] = [
    ("emailAuthenticationMethod", "emailMethods"),
    ("fido2AuthenticationMethod", "fido2Methods"),
    ("microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorMethods"),
    ("phoneAuthenticationMethod", "phoneMethods"),
    ("platformCredentialAuthenticationMethod", "platformCredentialMethods"),
    ("softwareOathAuthenticationMethod", "softwareOathMethods"),
    ("temporaryAccessPassAuthenticationMethod", "temporaryAccessPassMethods"),
    ("windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusinessMethods"),
];

/// A password is a method, too, and is not removed.
const PASSWORD: &str = "passwordAuthenticationMethod";

impl Entra {
    pub(crate) fn ask_methods(&self, user: &str) -> Result<Request> {
        self.client.get(&v1(&["users", user, "authentication", "methods"]))
    }

    /// Removes every method but the password. The default one is refused while there are others, so that what is refused is
    /// tried again as long as something goes.
    pub(crate) async fn forget_factors(&self, ctx: &Context, item: &Value) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        let answer = self.client.json(ctx, &self.ask_methods(user)?).await?;
        let (mut left, mut unknown) = (Vec::new(), None);
        for method in items(&answer, "/value")? {
            let kind = need_text(method, "/@odata.type")?;
            let kind = kind.strip_prefix("#microsoft.graph.").unwrap_or(kind);
            match KINDS.iter().find(|(name, _)| *name == kind) {
                Some((_, word)) => {
                    let path = v1(&["users", user, "authentication", word, need_text(method, "/id")?]);
                    left.push(self.client.delete(&path)?);
                }
                None if kind == PASSWORD => {}
                None => unknown = Some(kind.to_owned()),
            }
        }
        let mut changed = false;
        while !left.is_empty() {
            let answers = self.batch(ctx, &left).await?;
            let before = left.len();
            let (mut refused, mut why) = (Vec::new(), None);
            for (request, answer) in left.into_iter().zip(answers) {
                match answer {
                    Ok(_) => changed = true,
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => {
                        refused.push(request);
                        why = Some(error);
                    }
                }
            }
            if let (true, Some(error)) = (refused.len() == before, why) {
                return Err(if changed { error.with_certainty(Certainty::Unknown) } else { error });
            }
            left = refused;
        }
        match unknown {
            Some(kind) => Err(ConnectorError::new(
                ErrorKind::Unsupported,
                if changed { Certainty::Unknown } else { Certainty::NotAttempted },
            )
            .with_detail(format!("a method of the kind `{kind}` is left: the connector does not know it"))),
            None if changed => Ok(Outcome::done(true)),
            None => Ok(Outcome::already_so()),
        }
    }
}
