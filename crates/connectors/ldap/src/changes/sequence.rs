use tenure_connector::{Change, ChangePage, ObjectClass, ObjectRef, Result};

use super::{Since, expired, page};
use crate::check::root;
use crate::connector::LdapConnector;
use crate::link::wrong;
use crate::session::{Search, Session};
use crate::value;

impl LdapConnector {
    pub(super) async fn latest_sequence(&self, session: &Session) -> Result<ChangePage> {
        let (invocation, seen) = self.controller(session).await?;
        Ok(page(Vec::new(), &Since::Sequence { invocation, seen }))
    }

    /// What a domain controller changed after a number: entries as they are now, and what is left of deleted ones.
    pub(super) async fn after_sequence(
        &self,
        session: &Session,
        class: &ObjectClass,
        invocation: &str,
        seen: u64,
    ) -> Result<ChangePage> {
        let (now, highest) = self.controller(session).await?;
        // Every controller counts for itself, and one that was restored from a backup counts anew.
        if now != invocation || highest < seen {
            return Err(expired("the token is of another domain controller, or of one that was restored"));
        }
        let condition = format!("(uSNChanged>={})", seen.saturating_add(1));
        let mut found = self.matching(session, class, &condition, self.model.attributes(class)?).await?;
        let number =
            |entry: &crate::entry::Entry| entry.text("uSNChanged").and_then(|text| text.parse::<u64>().ok());
        found.sort_by_key(number);
        let mut changes = self.upserted(session, class, &found).await?;
        changes.extend(self.deleted(session, class, &condition).await?);
        // What changed between the two readings has a number above `highest` and comes again.
        Ok(page(changes, &Since::Sequence { invocation: now, seen: highest }))
    }

    async fn deleted(&self, session: &Session, class: &ObjectClass, condition: &str) -> Result<Vec<Change>> {
        let (shape, _) = self.model.shape(class)?;
        let kind = shape.object_classes.first().map_or("*", String::as_str);
        let base = root(session).await?.text("defaultNamingContext").unwrap_or(&shape.base).to_owned();
        let filter = format!("(&(isDeleted=TRUE)(objectClass={kind}){condition})");
        let search = Search::below(&base, filter, self.model.identity()).on_active_directory(true);
        let mut changes = Vec::new();
        self.scan(session, &Search { deleted: true, ..search }, |entry| {
            let gone = self.model.id(&entry).map(|id| Change::Deleted(ObjectRef::new(class.clone(), id)));
            changes.extend(gone);
        })
        .await?;
        Ok(changes)
    }

    /// The invocation id of the domain controller, and its highest number.
    async fn controller(&self, session: &Session) -> Result<(String, u64)> {
        let root = root(session).await?;
        let highest = root.text("highestCommittedUSN").and_then(|text| text.parse().ok());
        let (Some(service), Some(highest)) = (root.text("dsServiceName"), highest) else {
            return Err(wrong("the server gives no update sequence numbers; it is no domain controller"));
        };
        let search = Search::entry(service, "(objectClass=*)", vec!["invocationId".to_owned()]);
        let found = session.few(&search).await?.pop();
        let id = found.and_then(|entry| value::guid_text(entry.values("invocationId").first()?));
        Ok((id.unwrap_or_else(|| service.to_owned()), highest))
    }
}
