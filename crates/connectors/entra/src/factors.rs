//! Second factors: methods of authentication, each of a kind with an address of its own.

use tenure_connector::{ErrorKind, Outcome, Result};
use tenure_connector_rest::absent;
use tenure_connector_rest::system::{Found, items, need_text, refused, unclear_if};

use crate::Entra;
use crate::fields::{FACTORS, PASSWORD};

impl Entra {
    /// Removes every method but the password. The default one is refused while there are others, so that what is refused is
    /// tried again as long as something goes.
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
        let mut changed = false;
        while !left.is_empty() {
            let answers = self.batch(user.ctx, &left).await?;
            let (before, mut refused) = (left.len(), Vec::new());
            for (request, answer) in left.into_iter().zip(answers) {
                match absent(answer) {
                    Ok(answer) => changed |= answer.is_some(),
                    Err(error) => refused.push((request, error)),
                }
            }
            if refused.len() == before
                && let Some((_, error)) = refused.pop()
            {
                return unclear_if(changed, Err(error));
            }
            left = refused.into_iter().map(|(request, _)| request).collect();
        }
        match unknown {
            Some(kind) => {
                let why = format!("a method of the kind `{kind}` is left: the connector does not know it");
                unclear_if(changed, Err(refused(ErrorKind::Unsupported, why)))
            }
            None if changed => Ok(Outcome::done(true)),
            None => Ok(Outcome::already_so()),
        }
    }
}
