//! What a struct has no field for.

use std::fmt;

use crate::resource::Resource;

/// Everything of a resource or complex value that a struct has no field for.
///
/// Also `null` and empty arrays of attributes that have a field, so that they are told apart from absent ones after
/// reading and writing.
///
/// ```
/// use tenure_scim::Resource;
/// use tenure_scim::typed::User;
///
/// let open: Resource = r#"{ "userName": "anna", "colour": "red", "title": null }"#.parse()?;
/// let user = User::try_from(&open)?;
/// assert_eq!(user.rest.as_resource().and_then(|r| r.text("colour")), Some("red"));
/// assert_eq!(user.title, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Rest(Option<Box<Resource>>);

impl Rest {
    /// A rest of these attributes.
    pub fn new(attributes: Resource) -> Self {
        if attributes.as_object().is_empty() { Self(None) } else { Self(Some(Box::new(attributes))) }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The attributes, if there are any.
    pub fn as_resource(&self) -> Option<&Resource> {
        self.0.as_deref()
    }

    /// The attributes, for changes.
    pub fn as_resource_mut(&mut self) -> &mut Resource {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Rest {
    /// The same state; see [`Resource`].
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => a == b,
            (Some(some), None) | (None, Some(some)) => **some == Resource::default(),
            (None, None) => true,
        }
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(attributes) => attributes.fmt(f),
            None => f.write_str("{}"),
        }
    }
}
