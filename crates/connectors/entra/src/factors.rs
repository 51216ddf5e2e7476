//! Second factors: methods of authentication, each of a kind with an address of its own.

use tenure_connector::{ErrorKind, Outcome, Result};
use tenure_connector_rest::system::{Found, items, need_text, refused, unclear_if};

use crate::Entra;
use crate::fields::{FACTORS, PASSWORD};

impl Entra {
    /// Removes every method but the password. The default one is refused while there are others.
    pub(crate) async fn forget_factors(&self, user: Found<'_>) -> Result<Outcome> {
        let path = ["users", user.id, "authentication"];
        let request = self.client.get(&[&path[..], &["methods"]].concat())?;
        let answer = self.client.json(user.ctx, &request).await?;
        let (mut left, mut unknown) = (Vec::new(), None);
        for method in items(&answer, "/value")? {
            let kind = need_text(method, "/@odata.type")?;
            let kind = kind.strip_prefix("#microsoft.graph.").unwrap_or(kind);
            match FACTORS.iter().find(|(name, _)| *name == kind) {
                Some((_, word)) => {
                    left.push(self.client.delete(&[&path[..], &[word, need_text(method, "/id")?]].concat())?);
                }
                None if kind == PASSWORD => {}
                None => unknown = Some(kind.to_owned()),
            }
        }
        let removed = self.client.remove_all(user.ctx, left).await?;
        let Some(kind) = unknown else { return Ok(removed) };
        let why = format!("a method of the kind `{kind}` is left: the connector does not know it");
        unclear_if(removed.changed(), Err(refused(ErrorKind::Unsupported, why)))
    }
}
