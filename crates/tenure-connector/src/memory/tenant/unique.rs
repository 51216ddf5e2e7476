use tenure_scim::Resource;
use tenure_scim::precis::username_key;

use super::Tenant;
use crate::{Certainty, ConnectorError, ErrorKind, ObjectClass, ObjectRef, Result};

impl Tenant {
    /// The attribute of a class that no two objects share.
    pub(super) fn key_attribute(class: &ObjectClass) -> Option<&'static str> {
        match class.as_str() {
            "User" => Some("userName"),
            "Group" => Some("displayName"),
            _ => None,
        }
    }

    pub(super) fn check_unique(
        &self,
        class: &ObjectClass,
        own: Option<&str>,
        resource: &Resource,
    ) -> Result<()> {
        let Some(attribute) = Self::key_attribute(class) else { return Ok(()) };
        let Some(name) = resource.text(attribute) else { return Ok(()) };
        match self.id_by_key(class, name) {
            Some(id) if Some(id) != own => {
                Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                    .with_attribute(attribute)
                    .with_detail(format!("`{name}` is taken"))
                    .with_conflicting(ObjectRef::new(class.clone(), id).with(attribute, name)))
            }
            _ => Ok(()),
        }
    }

    /// The id of the object with this key, also of a softly deleted one: its name stays taken.
    pub(super) fn id_by_key(&self, class: &ObjectClass, name: &str) -> Option<&str> {
        let attribute = Self::key_attribute(class)?;
        let wanted = username_key(name);
        let same =
            |resource: &Resource| resource.text(attribute).is_some_and(|own| username_key(own) == wanted);
        let objects = self.objects.get(class)?;
        objects.iter().find(|(_, stored)| same(&stored.resource)).map(|(id, _)| id.as_str())
    }
}
