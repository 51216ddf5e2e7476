use tenure_connector::{ChangePage, ObjectClass, Result};

use super::{Since, page};
use crate::connector::LdapConnector;
use crate::session::Session;
use crate::value::filter_text;

impl LdapConnector {
    /// The latest timestamp of a class. Looks at every entry, because no server keeps it.
    pub(super) async fn latest_timestamp(
        &self,
        session: &Session,
        class: &ObjectClass,
    ) -> Result<ChangePage> {
        let name = self.model.dialect.modified;
        let found = self.matching(session, class, "", vec![name.to_owned()]).await?;
        let latest = found.iter().filter_map(|entry| entry.text(name)).max().unwrap_or("19700101000000Z");
        Ok(page(Vec::new(), &Since::Timestamp(latest.to_owned())))
    }

    /// What changed at or after a second. The second itself is included: more may have happened in it since.
    pub(super) async fn after_timestamp(
        &self,
        session: &Session,
        class: &ObjectClass,
        seen: &str,
    ) -> Result<ChangePage> {
        let name = self.model.dialect.modified;
        let condition = format!("({name}>={})", filter_text(seen));
        let mut found = self.matching(session, class, &condition, self.model.attributes(class)?).await?;
        found.sort_by(|one, other| one.text(name).cmp(&other.text(name)));
        let latest = found.iter().filter_map(|entry| entry.text(name)).max().unwrap_or(seen).to_owned();
        Ok(page(self.upserted(session, class, &found).await?, &Since::Timestamp(latest)))
    }
}
