use tenure_connector::OperationKind;
use tenure_scim::{Fired, Resource};

use super::create::read_resource;
use super::write::{Changed, Target, change, finish};
use crate::authorize::ActionKind;
use crate::body::Sent;
use crate::call::Call;
use crate::fault::Answer;
use crate::projection::written;

/// `PUT /Users/{id}`.
pub(crate) async fn replace(call: &Call<'_>, target: Target<'_>, body: Sent) -> Answer {
    let mut fired = Fired::default();
    let changed = put(call, target, body, &mut fired).await;
    finish(call, ActionKind::Replace, target, changed, &fired).await
}

async fn put(call: &Call<'_>, target: Target<'_>, body: Sent, fired: &mut Fired) -> Answer<Changed> {
    call.permit(ActionKind::Replace, Some(target.schema), Some(target.id)).await?;
    call.possible(OperationKind::Update, target.schema)?;
    let sent = read_resource(call, target.schema, body, fired)?;
    let options = &call.server.validation;
    let mut wanted =
        |existing: &Resource| Ok(target.schema.validate_replace_with(existing, &sent, options)?.resource);
    let change = change(call, target, &mut wanted).await?;
    Ok(Changed { change, written: written(&sent, target.schema), brief: false })
}
