//! The reads that name one object, and the check.

use async_trait::async_trait;
use tenure_connector::{ConnectorError, Fields, ObjectRef};

use super::db::{Session, Work};
use super::error::Result;
#[cfg(feature = "sqlite")]
use super::fields::wants;
use super::row::{self, Rows};
use super::shape::Shapes;

/// Reads one object.
#[derive(Debug)]
pub(super) struct Get {
    pub(super) shapes: Shapes,
    pub(super) object: ObjectRef,
    pub(super) fields: Fields,
}

#[async_trait]
impl Work for Get {
    type Answer = Rows;

    async fn run(&self, session: &dyn Session) -> Result<Rows> {
        let class = &self.object.class;
        let shape = self.shapes.get(class).ok_or_else(|| ConnectorError::unknown_class(class))?;
        let stored = row::find(session, shape, &self.object, false).await?;
        Rows::read(session, shape, &self.fields, vec![stored]).await
    }

    #[cfg(feature = "sqlite")]
    fn is_short(&self) -> bool {
        let shape = self.shapes.get(&self.object.class);
        shape.is_some_and(|shape| !(shape.has_members && wants(&self.fields, "members")))
    }
}

/// Asks whether the tables are there.
#[derive(Debug)]
pub(super) struct Check;

#[async_trait]
impl Work for Check {
    type Answer = ();

    async fn run(&self, session: &dyn Session) -> Result<()> {
        session.query("SELECT count(*) FROM counter", &[]).await.map(drop)
    }
}
