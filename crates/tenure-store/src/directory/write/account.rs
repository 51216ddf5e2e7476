use tenure_connector::{AccountStatus, ObjectRef, OperationKind, Outcome, Version};

use super::{Write, lacks};
use crate::directory::error::Result;
use crate::directory::fields::put;
use crate::directory::row::{reference, version};
use crate::directory::shape::Shape;

impl Write<'_> {
    /// Sets `active`. There is one flag, so every status but active is the same one.
    pub(super) async fn set_status(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        status: AccountStatus,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        if !shape.has_active {
            return Err(lacks(shape, OperationKind::SetStatus));
        }
        let stored = match self.find(shape, object, expected).await {
            Err(fault) if fault.is_not_found() && !status.is_active() => {
                return Ok(Outcome::already_gone());
            }
            found => found?,
        };
        let mut resource = stored.resource(shape)?;
        // SPEC: RFC 7643 section 4.1.1 leaves an absent `active` to the provider; here it means that the account works.
        let active = resource.attr("active").and_then(|value| value.as_bool()).unwrap_or(true);
        let object = reference(shape, &stored.id, &resource);
        if active == status.is_active() {
            return Ok(Outcome::already_so().with_object(object).with_version(version(stored.version)));
        }
        let before = shape.keys(&resource)?;
        put(&mut resource, "active", status.is_active().into());
        let number = self.save(shape, &stored, &before, &resource).await?;
        Ok(Outcome::done(true).with_object(object).with_version(version(number)))
    }
}
