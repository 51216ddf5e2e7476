//! Names that only one resource may have.

use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, ObjectRef};

use super::Write;
use crate::directory::error::{Fault, Result};
use crate::directory::query::Condition;
use crate::directory::shape::{Index, Shape};

impl Write<'_> {
    /// Refuses a unique value that another resource has. Only those that `before` did not have are asked for.
    pub(super) async fn check_unique(
        &self,
        shape: &Shape,
        before: Option<&Value>,
        keys: &Value,
        seq: Option<i64>,
    ) -> Result<()> {
        for index in &shape.indexes {
            let Some(key) = index.unique_key(keys) else { continue };
            if before.and_then(|before| index.unique_key(before)) != Some(key)
                && let Some(holder) = self.holder(shape, index, key, seq).await?
            {
                return Err(taken(shape, index, holder));
            }
        }
        Ok(())
    }

    async fn holder(
        &self,
        shape: &Shape,
        index: &Index,
        key: &str,
        but: Option<i64>,
    ) -> Result<Option<String>> {
        let mut condition = Condition::live(shape);
        let key = condition.bind(key.to_owned());
        let of = shape.key(self.session.dialect(), "r.", &index.name, index.stored());
        condition.and(&format!("{of} = {key}"));
        let but = condition.bind(but.unwrap_or(-1));
        condition.and(&format!("r.seq <> {but}"));
        let sql = format!("SELECT r.id FROM resource r WHERE {} LIMIT 1", condition.sql);
        let mut rows = self.session.query(&sql, &condition.params).await?;
        rows.first_mut().map(|row| row.text(0)).transpose()
    }
}

fn taken(shape: &Shape, index: &Index, holder: String) -> Fault {
    Fault::Connector(
        ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
            .with_detail(format!("another {} has the same `{}`", shape.class, index.path))
            .with_attribute(index.path.to_string())
            .with_conflicting(ObjectRef::new(shape.class.clone(), holder)),
    )
}
