use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};
use tenure_scim::{CompareOp, Filter, Literal, Resource};

/// Notices a peer that answers all resources whatever the filter.
///
/// Only a comparison of a single name is looked at: it is what decides about duplicate accounts, and what peers that
/// understand filters agree on. The case of letters does not count.
pub(crate) fn check(filter: &Filter, resources: &[Resource]) -> Result<()> {
    let Filter::Compare(comparison) = filter else { return Ok(()) };
    let (CompareOp::Eq, Literal::String(wanted)) = (comparison.op, &comparison.value) else { return Ok(()) };
    let path = comparison.path.without_schema();
    let names = ["userName", "externalId", "displayName", "id"];
    let Some(name) = names.into_iter().find(|name| path.sub().is_none() && *path.name() == **name) else {
        return Ok(());
    };
    let other = |resource: &&Resource| {
        resource.text(name).is_some_and(|found| found.to_lowercase() != wanted.to_lowercase())
    };
    match resources.iter().find(other) {
        None => Ok(()),
        Some(_) => {
            let detail = format!("the peer ignored a filter on `{name}` and answered other resources");
            Err(ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted).with_detail(detail))
        }
    }
}
