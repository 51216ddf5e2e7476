use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ConnectorError, Context, ErrorKind, FilterSupport, ListQuery, Result,
};

use crate::{Call, Layer, Next, Reply};

/// Refuses calls that the connector does not declare, before they cost a request.
///
/// Place: next to the connector, where the capabilities are its own.
#[derive(Debug, Default)]
pub struct CapabilityCheck;

fn admit(call: Call<'_>, capabilities: &Capabilities) -> Result<()> {
    let Some(class) = call.class() else { return Ok(()) };
    let Some(declared) = capabilities.class(class) else { return Err(ConnectorError::unknown_class(class)) };
    match call {
        Call::Get { .. } if !declared.get => {
            Err(unsupported(format!("class `{class}` cannot be read one by one")))
        }
        Call::Changes { .. } if declared.changes.is_none() => {
            Err(unsupported(format!("changes of class `{class}` cannot be followed")))
        }
        Call::List(query) => match &declared.list {
            None => Err(unsupported(format!("class `{class}` cannot be listed"))),
            Some(list) if query.sort.is_some() && !list.sort => {
                Err(unsupported(format!("class `{class}` cannot be sorted")))
            }
            Some(list) => admit_filter(query, &list.filter),
        },
        Call::Apply(request) => match capabilities.why_not(class, request.operation.kind()) {
            None => Ok(()),
            Some(because) => {
                Err(ConnectorError::unsupported(class, request.operation.kind()).with_help(because.detail))
            }
        },
        _ => Ok(()),
    }
}

fn admit_filter(query: &ListQuery, support: &FilterSupport) -> Result<()> {
    match (&query.filter, support) {
        (Some(filter), FilterSupport::None) => {
            Err(unsupported(format!("class `{}` cannot be filtered, not by `{filter}` either", query.class)))
        }
        _ => Ok(()),
    }
}

fn unsupported(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}

#[async_trait]
impl Layer for CapabilityCheck {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        admit(call, &next.capabilities())?;
        next.run(ctx, call).await
    }
}
