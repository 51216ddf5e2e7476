//! The classes that are another view of accounts and groups: what can be held, and who holds what.

mod entitlements;
mod grants;
mod wanted;

use async_trait::async_trait;
use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::{
    ClassSchema, ConnectorError, ErrorKind, Fields, ListQuery, Object, ObjectClass, ObjectRef, Page,
};
use tenure_scim::SchemaRegistry;

use self::wanted::Wanted;
use super::db::{Session, Work};
use super::error::{Fault, Result, refused};
use super::shape::{Shape, Shapes};

/// The classes and their descriptions.
pub(super) fn classes() -> [(ObjectClass, ClassSchema); 2] {
    [(ObjectClass::ENTITLEMENT, entitlement_class()), (ObjectClass::GRANT, grant_class())]
}

/// Whether a class is one of these, in a directory that has groups and does not keep a class of that name itself.
pub(super) fn is_derived(shapes: &Shapes, class: &ObjectClass) -> bool {
    (*class == ObjectClass::ENTITLEMENT || *class == ObjectClass::GRANT) && shapes.get(class).is_none()
}

/// The resource types whose resources can hold something.
pub(super) fn holders(shapes: &Shapes) -> impl Iterator<Item = &Shape> {
    shapes.iter().filter(|shape| shape.holds())
}

/// Lists one of the classes.
#[derive(Debug)]
pub(super) struct Derived {
    pub(super) shapes: Shapes,
    pub(super) query: ListQuery,
    /// How many rows one page looks at.
    pub(super) scan: usize,
}

#[async_trait]
impl Work for Derived {
    type Answer = Page;

    async fn run(&self, session: &dyn Session) -> Result<Page> {
        if self.query.skip > 0 {
            let detail = format!("a list of the class `{}` begins at its start", self.query.class);
            return Err(refused(ErrorKind::InvalidInput, detail));
        }
        if self.query.sort.is_some() {
            let detail = format!("the class `{}` has no order but its own", self.query.class);
            return Err(refused(ErrorKind::InvalidInput, detail));
        }
        let registry = registry()?;
        let class = &self.query.class;
        let schema = registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))?;
        let wanted = Wanted::new(self.query.filter.as_ref(), schema)?;
        let size = self.query.page_size.unwrap_or(DEFAULT_PAGE).clamp(1, super::query::LARGEST_PAGE);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let cursor = self.query.cursor.as_ref();
        let (mut items, next) = if *class == ObjectClass::GRANT {
            grants::page(session, &self.shapes, &wanted, cursor, size, self.scan).await?
        } else {
            entitlements::page(session, &self.shapes, &wanted, cursor, size, self.scan).await?
        };
        for item in &mut items {
            item.resource = self.query.fields.project(&item.resource, schema);
        }
        Ok(Page { next, ..Page::last(items) })
    }
}

/// Reads one object of one of the classes.
#[derive(Debug)]
pub(super) struct DerivedOne {
    pub(super) shapes: Shapes,
    pub(super) object: ObjectRef,
    pub(super) fields: Fields,
}

#[async_trait]
impl Work for DerivedOne {
    type Answer = Object;

    async fn run(&self, session: &dyn Session) -> Result<Object> {
        let class = &self.object.class;
        let id = self.object.id.as_str();
        let wanted = Wanted::id(class, id);
        let mut cursor = None;
        loop {
            let (items, next) = if *class == ObjectClass::GRANT {
                grants::page(session, &self.shapes, &wanted, cursor.as_ref(), ROWS, ROWS).await?
            } else {
                entitlements::page(session, &self.shapes, &wanted, cursor.as_ref(), ROWS, ROWS).await?
            };
            if let Some(mut found) = items.into_iter().find(|item| item.object.id == id) {
                let registry = registry()?;
                if let Some(schema) = registry.resource(class.as_str()) {
                    found.resource = self.fields.project(&found.resource, schema);
                }
                return Ok(found);
            }
            cursor = Some(next.ok_or_else(|| ConnectorError::not_found(&self.object))?);
        }
    }
}

fn registry() -> Result<SchemaRegistry> {
    let mut registry = SchemaRegistry::new();
    for (_, class) in classes() {
        for schema in class.schemas {
            registry.add_schema(schema);
        }
        registry.add_resource_type(class.resource_type).map_err(Fault::damaged)?;
    }
    Ok(registry)
}

const DEFAULT_PAGE: u32 = 100;
/// How many rows are read at once.
const ROWS: usize = 500;
