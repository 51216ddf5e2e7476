use serde_json::Value;
use tenure_connector::{Change, ChangePage, Context, DeltaToken, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{Feed, Start, need_text};

use crate::Entra;
use crate::fields::FOLLOWED;

impl Entra {
    /// Follows users by Graph's own links, which are kept whole.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        let link = |name: &str| Paging::Address { at: format!("/@odata.{name}") };
        let first = self.client.get(&["users", "delta"])?;
        let latest = first.clone().with_query("$select", FOLLOWED).with_query("$deltatoken", "latest");
        Feed::new(&self.client, first, "/value", link("nextLink"))
            .starting(Start::At(latest))
            .resting_at(link("deltaLink"))
            .follow(ctx, since, change)
            .await
    }
}

/// A deleted user is told as removed, for whatever reason. Of any other one only a part is told, and not who manages it: it
/// has to be read.
fn change(item: &Value) -> Result<Vec<Change>> {
    let user = ObjectRef::new(ObjectClass::USER, need_text(item, "/id")?);
    Ok(vec![if item.get("@removed").is_some() { Change::Deleted(user) } else { Change::Touched(user) }])
}
