use tenure_connector::{
    Connector, Context, DeltaToken, ErrorKind, ListQuery, Object, ObjectClass, RejectedItem,
};

use crate::{EngineError, Result};

/// Everything that a walk over one class brought, and whether absence from it may be believed.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) items: Vec<Object>,
    pub(super) rejected: Vec<RejectedItem>,
    pub(super) doubt: Option<String>,
    /// From where changes are followed later.
    pub(super) token: Option<DeltaToken>,
}

/// How often a walk whose cursor ran out begins anew.
const MOST_RESTARTS: u32 = 3;
/// A walk longer than this is a connector whose cursor goes in circles.
const MOST_PAGES: usize = 1_000_000;

/// Reads all pages of a class. The walk is doubted as soon as one page is not complete, an item could not be read, a
/// stated total is missed, or an object comes twice with different content.
pub(super) async fn walk(
    connector: &dyn Connector,
    system: &str,
    ctx: &Context,
    class: &ObjectClass,
) -> Result<Walk> {
    let mut walk = Walk::default();
    let mut query = ListQuery::new(class.clone());
    let (mut total, mut again) = (None, MOST_RESTARTS);
    for _ in 0..MOST_PAGES {
        let page = match connector.list(ctx, &query).await {
            Ok(page) => page,
            // The cursor did not live long enough. What was read so far is read again, so that nothing is missed between.
            Err(error) if error.kind() == ErrorKind::TokenExpired && query.cursor.is_some() && again > 0 => {
                (walk, total, query.cursor, again) = (Walk::default(), None, None, again - 1);
                continue;
            }
            Err(error) => return Err(EngineError::Connector { system: system.to_owned(), error }),
        };
        total = page.total.or(total);
        if !page.complete {
            doubt(&mut walk.doubt, || "the system does not vouch for the list being complete".to_owned());
        }
        walk.rejected.extend(page.rejected);
        walk.items.extend(page.items);
        match page.next {
            Some(next) if query.cursor.as_ref() == Some(&next) => {
                doubt(&mut walk.doubt, || "the system answers the same page again and again".to_owned());
                break;
            }
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    if let Some(first) = walk.rejected.first() {
        let count = walk.rejected.len();
        doubt(&mut walk.doubt, || format!("{count} items could not be read, the first: {first}"));
    }
    if let Some(total) = total.filter(|total| *total > walk.items.len() as u64 + walk.rejected.len() as u64) {
        let found = walk.items.len();
        doubt(&mut walk.doubt, || format!("expected {total} items as the system says, found {found}"));
    }
    Ok(walk)
}

fn doubt(reason: &mut Option<String>, text: impl FnOnce() -> String) {
    if reason.is_none() {
        *reason = Some(text());
    }
}
