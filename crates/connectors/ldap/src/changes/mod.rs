//! What changed since a token.

mod sequence;
mod sync;
mod timestamp;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tenure_connector::{
    Certainty, Change, ChangePage, ConnectorError, Context, DeltaToken, ErrorKind, ObjectClass, Result,
};

use crate::Follow;
use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::session::{Search, Session};

/// Where the following of changes stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Since {
    /// The cookie of a content synchronisation, in base 64.
    Sync(String),
    /// The highest update sequence number seen, and the invocation id of the domain controller that gave it.
    Sequence { invocation: String, seen: u64 },
    /// The latest `modifyTimestamp` seen.
    Timestamp(String),
}

impl LdapConnector {
    pub(crate) async fn read_changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        if !matches!(class.as_str(), "User" | "Group") || self.model.dialect.follow == Follow::Never {
            let error = ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted);
            return Err(error.with_detail(format!("changes of class `{class}` are not followed")));
        }
        let since = since.map(read_token).transpose()?;
        let session = self.link.shared(ctx).await?;
        match (self.model.dialect.follow, since) {
            (Follow::Syncrepl, None) => self.latest_cookie(&session).await,
            (Follow::Syncrepl, Some(Since::Sync(cookie))) => {
                let cookie = STANDARD.decode(&cookie).map_err(|_| foreign())?;
                self.synchronise(&session, class, cookie).await
            }
            (Follow::UpdateSequence, None) => self.latest_sequence(&session).await,
            (Follow::UpdateSequence, Some(Since::Sequence { invocation, seen })) => {
                self.after_sequence(&session, class, &invocation, seen).await
            }
            (Follow::Timestamp, None) => self.latest_timestamp(&session, class).await,
            (Follow::Timestamp, Some(Since::Timestamp(seen))) => {
                self.after_timestamp(&session, class, &seen).await
            }
            _ => Err(foreign()),
        }
    }

    /// Every entry of a class that satisfies a condition.
    async fn matching(
        &self,
        session: &Session,
        class: &ObjectClass,
        condition: &str,
        attributes: Vec<String>,
    ) -> Result<Vec<Entry>> {
        let (shape, _) = self.model.shape(class)?;
        let mut entries = Vec::new();
        for base in self.model.bases(class) {
            let filter = format!("(&{}{condition})", shape.filter);
            let search = Search::below(&base, filter, attributes.clone())
                .on_active_directory(self.model.dialect.active_directory);
            self.scan(session, &search, |entry| entries.push(entry)).await?;
        }
        Ok(entries)
    }

    async fn upserted(
        &self,
        session: &Session,
        class: &ObjectClass,
        entries: &[Entry],
    ) -> Result<Vec<Change>> {
        let mut changes = Vec::with_capacity(entries.len());
        for mut object in self.shown(session, class, entries).await? {
            if *class == ObjectClass::GROUP
                && let Ok(members) = tenure_scim::AttrPath::parse("members")
            {
                object.partial.insert(members);
            }
            changes.push(Change::Upserted(object));
        }
        Ok(changes)
    }
}

fn write_token(since: &Since) -> DeltaToken {
    // INVARIANT: three variants of texts and numbers are always JSON.
    DeltaToken::new(serde_json::to_string(since).unwrap_or_default())
}

fn read_token(token: &DeltaToken) -> Result<Since> {
    serde_json::from_str(token.as_str()).map_err(|_| foreign())
}

fn foreign() -> ConnectorError {
    ConnectorError::invalid_input("since", "expected a token that this connector gave, found another one")
        .with_certainty(Certainty::NotAttempted)
}

fn expired(why: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)
        .with_detail(why)
        .with_help("list everything and start anew")
}

fn page(changes: Vec<Change>, since: &Since) -> ChangePage {
    ChangePage { changes, token: write_token(since), more: false, rate: None }
}
