//! What changed since the last look, where a connector can tell.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::{
    Change, Connector, Context, DeltaToken, ErrorKind, Fields, FilterSupport, ListQuery, Object, ObjectClass,
};
use tenure_scim::AttrPath;
use tenure_scim::filter::{CompareOp, Filter, Literal};
use tenure_store::Write;

use crate::{Engine, EngineError, Result};

/// What a connector told of the changes of a class.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// The objects that are new or different, in their present state.
    pub(super) changed: BTreeMap<String, Object>,
    /// The objects that are gone.
    pub(super) gone: Vec<String>,
    token: Option<DeltaToken>,
}

/// Reading this many pages means that a list would have been cheaper.
const MOST_PAGES: usize = 100_000;

fn key(scope: &str) -> String {
    format!("delta/{scope}")
}

fn follows(connector: &dyn Connector, class: &ObjectClass) -> bool {
    connector.capabilities().class(class).is_some_and(|found| found.changes.is_some())
}

/// The point from which changes are followed later. It is taken before everything is listed, so that nothing that happens
/// meanwhile is missed.
pub(super) async fn start(
    connector: &dyn Connector,
    ctx: &Context,
    class: &ObjectClass,
) -> Option<DeltaToken> {
    if !follows(connector, class) {
        return None;
    }
    match connector.changes(ctx, class, None).await {
        Ok(page) => Some(page.token),
        Err(error) => {
            tracing::warn!(%class, %error, "changes cannot be followed; everything is listed each time");
            None
        }
    }
}

/// Notes from where to go on; nothing, after a list that is doubted.
pub(super) fn note(scope: &str, token: Option<&DeltaToken>) -> Write {
    let value = token.map_or(Value::Null, |token| json!(token.as_str()));
    Write::Value { key: key(scope), value }
}

impl Delta {
    /// Follows the changes of a class from where the last look ended. Nothing, when everything has to be listed: there is
    /// no token, it is too old, or the connector cannot say how a changed object looks.
    pub(super) async fn read(
        engine: &Engine,
        connector: &dyn Connector,
        system: &str,
        scope: &str,
        class: &ObjectClass,
    ) -> Result<Option<Self>> {
        if !follows(connector, class) {
            return Ok(None);
        }
        let Some(token) = engine.store.value(&key(scope)).await? else { return Ok(None) };
        let mut token = DeltaToken::new(token.as_str().unwrap_or_default());
        let ctx = engine.context(Context::new(format!("changes/{scope}")));
        let failed = |error| EngineError::Connector { system: system.to_owned(), error };
        let (mut delta, mut gone) = (Self::default(), BTreeMap::new());
        for _ in 0..MOST_PAGES {
            let page = match connector.changes(&ctx, class, Some(&token)).await {
                Ok(page) => page,
                Err(error) if matches!(error.kind(), ErrorKind::TokenExpired | ErrorKind::InvalidInput) => {
                    tracing::info!(scope, "the token is too old; everything is listed");
                    return Ok(None);
                }
                Err(error) => return Err(failed(error)),
            };
            for change in page.changes {
                let id = change.object().id.clone();
                let found = match change {
                    Change::Upserted(object) => Some(object),
                    Change::Deleted(_) => None,
                    Change::Touched(object) => match connector.get(&ctx, &object, &Fields::All).await {
                        Ok(found) => Some(found),
                        Err(error) if error.kind() == ErrorKind::NotFound => None,
                        Err(error) => return Err(failed(error)),
                    },
                };
                match found {
                    // A list that is cut short would read as a removal.
                    Some(object) if !object.partial.is_empty() => return Ok(None),
                    Some(object) => {
                        gone.remove(&id);
                        delta.changed.insert(id, object);
                    }
                    None => {
                        delta.changed.remove(&id);
                        gone.insert(id, ());
                    }
                }
            }
            token = page.token;
            if !page.more {
                delta.gone = gone.into_keys().collect();
                delta.token = Some(token);
                return Ok(Some(delta));
            }
        }
        Ok(None)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }

    /// Notes from where to go on the next time.
    pub(super) fn note(&self, scope: &str) -> Write {
        note(scope, self.token.as_ref())
    }
}

/// Whether a connector can look for the objects of a class with a value of an attribute.
pub(super) fn can_look_for(connector: &dyn Connector, class: &ObjectClass, attribute: &str) -> bool {
    let capabilities = connector.capabilities();
    let list = capabilities.class(class).and_then(|found| found.list.as_ref());
    list.is_some_and(|list| match &list.filter {
        FilterSupport::Full => true,
        FilterSupport::Equality(names) => names.iter().any(|name| name.eq_ignore_ascii_case(attribute)),
        _ => false,
    })
}

/// Every object of a class with this value; nothing, when the connector cannot look for it.
pub(super) async fn with_value(
    connector: &dyn Connector,
    ctx: &Context,
    class: &ObjectClass,
    attribute: &str,
    value: &str,
) -> tenure_connector::Result<Option<Vec<Object>>> {
    let can = can_look_for(connector, class, attribute);
    let Some(path) = AttrPath::parse(attribute).ok().filter(|_| can) else { return Ok(None) };
    let filter = Filter::compare(path, CompareOp::Eq, Literal::String(value.to_owned()));
    let mut query = ListQuery::new(class.clone()).with_filter(filter);
    let mut found = Vec::new();
    loop {
        let page = connector.list(ctx, &query).await?;
        if !page.complete || !page.rejected.is_empty() {
            return Ok(None);
        }
        found.extend(page.items);
        match page.next {
            Some(next) if query.cursor.as_ref() != Some(&next) => query.cursor = Some(next),
            _ => return Ok(Some(found)),
        }
    }
}
