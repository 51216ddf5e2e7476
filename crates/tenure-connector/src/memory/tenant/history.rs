use super::Tenant;
use crate::{
    Certainty, Change, ChangePage, ConnectorError, DeltaToken, ErrorKind, ObjectClass, ObjectRef, Result,
};

/// What happened, in order, for whoever follows the changes.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    entries: Vec<(u64, ObjectRef)>,
    latest: u64,
    forgotten: u64,
}

impl History {
    pub(super) fn record(&mut self, object: ObjectRef) {
        self.latest += 1;
        self.entries.push((self.latest, object));
    }
}

const PAGE: usize = 100;

impl Tenant {
    /// Reads what changed in a class since a token; see [`Connector::changes`](crate::Connector::changes).
    ///
    /// # Errors
    ///
    /// * `TokenExpired`, when the token is older than what was forgotten;
    /// * `InvalidInput`, when it is no token of this tenant;
    /// * `Unsupported`, for a class that is not followed.
    pub fn changes(&self, class: &ObjectClass, since: Option<&DeltaToken>) -> Result<ChangePage> {
        if [ObjectClass::ENTITLEMENT, ObjectClass::GRANT].contains(class) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail(format!("changes of class `{class}` are not followed")));
        }
        self.class_schema(class)?;
        let Some(since) = since else { return Ok(change_page(Vec::new(), self.history.latest, false)) };
        let wrong = || {
            ConnectorError::invalid_input(
                "token",
                format!("expected a token of this system, found `{since}`"),
            )
        };
        let start: u64 =
            since.as_str().strip_prefix("seq-").and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
        if start > self.history.latest {
            return Err(wrong());
        }
        if start < self.history.forgotten {
            return Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
                .with_detail(format!("token `{since}` is older than what the system remembers"))
                .with_help("list the class completely and start from the latest token"));
        }
        let mut rest =
            self.history.entries.iter().filter(|(at, object)| *at > start && object.class == *class);
        let page: Vec<_> = rest.by_ref().take(PAGE).collect();
        let more = rest.next().is_some();
        let reached = page.last().filter(|_| more).map_or(self.history.latest, |(at, _)| *at);
        let changes = page.into_iter().map(|(_, object)| self.present_change(object)).collect();
        Ok(change_page(changes, reached, more))
    }

    /// Makes every token given so far too old.
    pub fn forget_history(&mut self) {
        self.history.latest += 1;
        self.history.forgotten = self.history.latest;
        self.history.entries.clear();
    }

    fn present_change(&self, object: &ObjectRef) -> Change {
        match self.find(object) {
            Some(stored) => Change::Upserted(self.show(&object.class, &object.id, stored)),
            None => Change::Deleted(object.clone()),
        }
    }
}

fn change_page(changes: Vec<Change>, reached: u64, more: bool) -> ChangePage {
    ChangePage { changes, token: DeltaToken::new(format!("seq-{reached}")), more, rate: None }
}
