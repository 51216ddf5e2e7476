use tenure_scim::Resource;

use super::ENTITLEMENT_SCHEMA;
use crate::record::{Members, RecordError, field};
use crate::{EntitlementRef, Object, ObjectClass, ObjectRef};

/// Something an account can hold.
///
/// # Examples
///
/// ```
/// use tenure_connector::entitlement::Entitlement;
/// use tenure_scim::Resource;
///
/// let seat = Entitlement::new("licence", "professional").exclusive_in("tier").with_capacity(5);
/// let resource = Resource::from(&seat);
/// assert_eq!(resource.text("exclusiveGroup"), Some("tier"));
/// assert_eq!(Entitlement::try_from(&resource)?, seat);
/// # Ok::<(), tenure_connector::record::RecordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its name.
    pub entitlement: EntitlementRef,
    /// Its name for people.
    pub display: Option<String>,
    /// What it allows.
    pub description: Option<String>,
    /// An account holds at most one entitlement of the same group.
    pub exclusive_group: Option<String>,
    /// Nobody can give or take it.
    pub immutable: bool,
    /// Seats bought.
    pub capacity: Option<u64>,
    /// Seats taken.
    pub used: Option<u64>,
}

impl Entitlement {
    /// Starts an entitlement that anybody can hold.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self {
            entitlement: EntitlementRef::new(kind, id),
            display: None,
            description: None,
            exclusive_group: None,
            immutable: false,
            capacity: None,
            used: None,
        }
    }

    /// Adds its name for people.
    #[must_use]
    pub fn with_display(mut self, display: &str) -> Self {
        self.display = Some(display.to_owned());
        self
    }

    /// Puts it into a group of which an account holds at most one.
    #[must_use]
    pub fn exclusive_in(mut self, group: &str) -> Self {
        self.exclusive_group = Some(group.to_owned());
        self
    }

    /// Limits how many accounts can hold it.
    #[must_use]
    pub fn with_capacity(mut self, seats: u64) -> Self {
        self.capacity = Some(seats);
        self
    }

    /// Makes it one that nobody can give or take.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    /// The id of the object that stands for it in the class `Entitlement`.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.entitlement.to_string()
    }
}

impl From<&Entitlement> for Resource {
    fn from(entitlement: &Entitlement) -> Self {
        let mut members = Members::new(ENTITLEMENT_SCHEMA);
        members.put("id", entitlement.object_id());
        members.put("kind", entitlement.entitlement.kind.as_str());
        members.put("value", entitlement.entitlement.id.as_str());
        members.put("display", entitlement.display.clone());
        members.put("description", entitlement.description.clone());
        members.put("exclusiveGroup", entitlement.exclusive_group.clone());
        members.put("immutable", entitlement.immutable);
        members.put("capacity", entitlement.capacity);
        members.put("used", entitlement.used);
        members.finish()
    }
}

impl From<&Entitlement> for Object {
    fn from(entitlement: &Entitlement) -> Self {
        let object = ObjectRef::new(ObjectClass::ENTITLEMENT, entitlement.object_id());
        Self::new(object, Resource::from(entitlement))
    }
}

impl TryFrom<&Resource> for Entitlement {
    type Error = RecordError;

    fn try_from(resource: &Resource) -> Result<Self, RecordError> {
        Ok(Self {
            entitlement: EntitlementRef {
                kind: field::required(resource, "kind")?,
                id: field::required(resource, "value")?,
            },
            display: field::optional(resource, "display")?,
            description: field::optional(resource, "description")?,
            exclusive_group: field::optional(resource, "exclusiveGroup")?,
            immutable: field::flag(resource, "immutable", false)?,
            capacity: field::count(resource, "capacity")?,
            used: field::count(resource, "used")?,
        })
    }
}
