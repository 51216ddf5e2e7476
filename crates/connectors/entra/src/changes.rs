use serde_json::Value;
use tenure_connector::{
    Change, ChangePage, ConnectorError, Context, Cursor, DeltaToken, ErrorKind, ObjectClass, ObjectRef,
    Result,
};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{items, need_text, place_of, protocol, text};

use crate::Entra;
use crate::system::v1;

const MARK: &str = "users-";
/// What counts as a change.
const FOLLOWED: &str = "id,userPrincipalName,displayName,mail,givenName,surname,jobTitle,accountEnabled,employeeId,\
    department,usageLocation,manager";

impl Entra {
    /// Follows users by Graph's own links, which are kept whole.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        let first = self.client.get(&v1(&["users", "delta"]))?;
        let request = match since {
            None => first.with_query("$select", FOLLOWED).with_query("$deltatoken", "latest"),
            Some(token) => {
                let paging = Paging::Address { at: String::new() };
                paging.resume(first, Some(&Cursor::new(place_of(token, MARK)?)))?
            }
        };
        let answer = self.client.send(ctx, &request).await.map_err(|error| match error.http_status() {
            // A link that is too old is gone; one of the past is not found.
            Some(410) => expired(&error),
            _ => error,
        })?;
        let body: Value = answer.json()?;
        let next = text(&body, "/@odata.nextLink");
        let link = next.or_else(|| text(&body, "/@odata.deltaLink"));
        let link = link.ok_or_else(|| protocol("expected a link to what comes next, found none"))?;
        let changes: Result<Vec<Change>> = items(&body, "/value")?.iter().map(change).collect();
        Ok(ChangePage {
            changes: changes?,
            token: DeltaToken::new(format!("{MARK}{}", below(link)?)),
            more: next.is_some(),
            rate: answer.rate(),
        })
    }
}

/// A deleted user is told as removed, for whatever reason. Of any other one only a part is told, and not who manages it: it
/// has to be read.
fn change(item: &Value) -> Result<Change> {
    let object = ObjectRef::new(ObjectClass::USER, need_text(item, "/id")?);
    Ok(if item.get("@removed").is_some() { Change::Deleted(object) } else { Change::Touched(object) })
}

fn expired(error: &ConnectorError) -> ConnectorError {
    ConnectorError::new(ErrorKind::TokenExpired, error.certainty())
        .with_http_status(410)
        .with_detail(error.detail())
        .with_help("list everybody, and follow from there")
}

/// A link without its host, to which it is sent again only if it is Graph's own.
fn below(link: &str) -> Result<String> {
    let url: url::Url = link.parse().map_err(|_| protocol("expected a link, found something else"))?;
    Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
}
