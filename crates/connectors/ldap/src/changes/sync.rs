use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ldap3::ResultEntry;
use ldap3::asn1::{StructureTag, TagClass};
use ldap3::controls::{Control, RawControl, RefreshMode, SyncRequest};
use tenure_connector::{Change, ChangePage, ObjectClass, ObjectRef, Result};
use uuid::Uuid;

use super::{Since, expired, page};
use crate::check::root;
use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::link::wrong;
use crate::session::{Search, Session, unintelligible};
use crate::{ber, code, dn};

const STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
const DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";

/// What a content synchronisation told (RFC 4533).
#[derive(Debug, Default)]
struct Told {
    changed: Vec<Entry>,
    gone: Vec<String>,
    /// The server told what is there instead of what is gone: it no longer knows what was deleted.
    present: bool,
    cookie: Option<Vec<u8>>,
}

impl LdapConnector {
    /// The state of the server now, in the form in which OpenLDAP's syncprov takes it as a cookie.
    pub(super) async fn latest_cookie(&self, session: &Session) -> Result<ChangePage> {
        let root = root(session).await?;
        let base = &self.model.dialect.people.base;
        let suffix = root.texts("namingContexts").find(|suffix| dn::is_within(base, suffix)).unwrap_or(base);
        let search = Search::entry(suffix, "(objectClass=*)", vec!["contextCSN".to_owned()]);
        let found = session.few(&search).await?.pop().unwrap_or_default();
        let mut states: Vec<_> = found.texts("contextCSN").collect();
        if states.is_empty() {
            let error = wrong(&format!("`{suffix}` shows no `contextCSN`, which the syncprov overlay keeps"));
            return Err(error.with_help("add the overlay, or follow changes by `timestamp`"));
        }
        states.sort_unstable();
        let cookie = format!("rid=000,csn={}", states.join(";"));
        Ok(page(Vec::new(), &Since::Sync(STANDARD.encode(cookie))))
    }

    pub(super) async fn synchronise(
        &self,
        session: &Session,
        class: &ObjectClass,
        cookie: Vec<u8>,
    ) -> Result<ChangePage> {
        let (shape, _) = self.model.shape(class)?;
        let (mut changed, mut gone, mut after) = (Vec::new(), Vec::new(), None);
        for base in self.model.bases(class) {
            let search = Search::below(&base, shape.filter.clone(), self.model.attributes(class)?);
            let request = SyncRequest {
                mode: RefreshMode::RefreshOnly,
                cookie: Some(cookie.clone()),
                reload_hint: false,
            };
            let mut told = Told::default();
            let answer = session.stream(&search, request.into(), |result| told.take(result)).await?;
            match answer.rc {
                0 => {}
                code::SYNC_REFRESH_REQUIRED => return Err(expired("the server no longer knows this state")),
                _ => return Err(code::error("follow changes", &answer)),
            }
            told.done(&answer.ctrls)?;
            if told.present {
                return Err(expired("the server no longer knows what was deleted since"));
            }
            changed.extend(told.changed);
            gone.extend(told.gone);
            // The earliest state of several searches: what happened between them comes again.
            after = after.or(told.cookie);
        }
        let mut changes = self.upserted(session, class, &changed).await?;
        changes.extend(gone.into_iter().map(|id| Change::Deleted(ObjectRef::new(class.clone(), id))));
        Ok(page(changes, &Since::Sync(STANDARD.encode(after.unwrap_or(cookie)))))
    }
}

impl Told {
    fn take(&mut self, result: ResultEntry) -> Result<()> {
        if result.is_ref() {
            return Ok(());
        }
        if result.is_intermediate() {
            return self.inform(result.0).ok_or_else(|| unintelligible("a message about synchronisation"));
        }
        let state = control(&result.1, STATE).ok_or_else(|| unintelligible("an entry without a state"))?;
        let mut parts = ber::parts(state).ok_or_else(|| unintelligible("the state of an entry"))?.into_iter();
        let kind = parts.next().and_then(ber::bytes).and_then(|bytes| bytes.last().copied());
        let id = parts.next().and_then(ber::bytes).and_then(|bytes| uuid_text(&bytes));
        match (kind, id) {
            (Some(0), _) => self.present = true,
            (Some(1 | 2), _) => {
                let entry = Entry::read(result).ok_or_else(|| unintelligible("an entry"))?;
                self.changed.push(entry);
            }
            (Some(3), Some(id)) => self.gone.push(id),
            _ => return Err(unintelligible("the state of an entry")),
        }
        Ok(())
    }

    /// A Sync Info message: a cookie alone, the end of a phase, or a set of ids.
    fn inform(&mut self, message: StructureTag) -> Option<()> {
        let parts = message.expect_constructed()?;
        let value = parts.into_iter().find(|part| part.class == TagClass::Context && part.id == 1)?;
        let (_, info) = ldap3::asn1::parse_tag(&ber::bytes(value)?).ok()?;
        let kind = info.id;
        if kind == 0 {
            self.cookie = Some(ber::bytes(info)?);
            return Some(());
        }
        // `refreshPresent`: from here on absence would mean deletion, which needs everything that is present.
        self.present |= kind == 2;
        let (mut deletes, mut ids) = (false, Vec::new());
        for part in info.expect_constructed()? {
            match part.id {
                1 => deletes = ber::bytes(part)?.first().is_some_and(|byte| *byte != 0),
                4 => self.cookie = Some(ber::bytes(part)?),
                17 => ids = part.expect_constructed()?,
                _ => {}
            }
        }
        if kind == 3 {
            self.present |= !deletes && !ids.is_empty();
            if deletes {
                for id in ids {
                    self.gone.push(uuid_text(&ber::bytes(id)?)?);
                }
            }
        }
        Some(())
    }

    /// The control of the end: a cookie, and whether what is gone was told. Where it was not, only a comparison of
    /// everything that is present would show it.
    fn done(&mut self, controls: &[Control]) -> Result<()> {
        let unreadable = || unintelligible("the end of a synchronisation");
        let value = control(controls, DONE).ok_or_else(unreadable)?;
        let mut deletes = false;
        for part in ber::parts(value).ok_or_else(unreadable)? {
            match part.id {
                4 => self.cookie = ber::bytes(part),
                1 => {
                    deletes = ber::bytes(part)
                        .and_then(|bytes| bytes.first().copied())
                        .is_some_and(|byte| byte != 0)
                }
                _ => {}
            }
        }
        self.present |= !deletes;
        Ok(())
    }
}

fn control<'a>(controls: &'a [Control], oid: &str) -> Option<&'a [u8]> {
    let mut same = controls.iter().map(|Control(_, raw): &Control| raw);
    same.find(|raw: &&RawControl| raw.ctype == oid).and_then(|raw| raw.val.as_deref())
}

fn uuid_text(bytes: &[u8]) -> Option<String> {
    Uuid::from_slice(bytes).ok().map(|uuid| uuid.hyphenated().to_string())
}
