use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenure_scim::schema::Returned;
use tenure_scim::{AttrPath, Resource, ResourceSchema};

/// Which attributes a caller wants to see.
///
/// The id always comes. What a system never returns (a password) does not come even when it is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// Everything that the system returns by default.
    #[default]
    All,
    /// These attributes only.
    Only(BTreeSet<AttrPath>),
    /// Everything but these.
    Except(BTreeSet<AttrPath>),
}

impl Fields {
    /// Leaves the attributes that were asked for, without those that are never returned; for a connector whose system
    /// always sends everything.
    ///
    /// A path to a sub-attribute brings its whole attribute.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_connector::Fields;
    /// use tenure_scim::{Resource, SchemaRegistry};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no users")?;
    /// let anna = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
    ///     .with("userName", "anna")?
    ///     .with("title", "Agent")?;
    /// let seen = Fields::Only(["title".parse()?].into()).project(&anna, users);
    /// assert_eq!((seen.text("title"), seen.text("userName")), (Some("Agent"), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn project(&self, resource: &Resource, schema: &ResourceSchema) -> Resource {
        let mut shown = resource.clone();
        let hidden = schema.attributes().iter().filter(|attribute| attribute.returned == Returned::Never);
        for attribute in hidden {
            shown.remove(&AttrPath::new(None, attribute.name.clone(), None));
        }
        match self {
            Fields::All => shown,
            Fields::Except(paths) => {
                for path in paths.iter().filter(|path| !is_always(path)) {
                    shown.remove(path);
                }
                shown
            }
            Fields::Only(paths) => {
                let mut only = Resource::default();
                shown.schemas().for_each(|schema| only.add_schema(schema));
                if let Some(id) = shown.id() {
                    only.set_id(id);
                }
                for path in paths {
                    let whole = path.parent();
                    if let Some(value) = shown.get(&whole) {
                        only.set(&whole, value.to_json());
                    }
                }
                only
            }
        }
    }
}

fn is_always(path: &AttrPath) -> bool {
    path.schema().is_none()
        && ["id", "schemas"].iter().any(|name| path.name().as_str().eq_ignore_ascii_case(name))
}
