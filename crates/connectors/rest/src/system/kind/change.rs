//! Giving and taking.

use http::Method;
use serde_json::Value;
use tenure_connector::{ConnectorError, EntitlementRef, ErrorKind, Outcome, Result};

use super::{Catalogue, Held, Kind, Of};
use crate::absent;
use crate::system::path::{To, request};
use crate::system::{Found, already, fixed, id_text, items, no_entitlement, removed};

impl Kind {
    /// Gives one; `None`, when the system has to.
    pub(in crate::system) async fn grant_to(
        &self,
        found: Found<'_>,
        wanted: &EntitlementRef,
    ) -> Result<Option<Outcome>> {
        if let Some(can) = self.for_whom {
            can(found)?;
        }
        if self.own(found.item, &wanted.id) == Some(true) {
            return Ok(Some(Outcome::already_so()));
        }
        if self.immutable.is_some() || !self.is_known(found, wanted).await? {
            return Err(no_entitlement(wanted));
        }
        let Some(write) = &self.granted else { return Ok(None) };
        let one = self.one(found, wanted).await?;
        if self.read_at.is_some() && one.is_none() {
            return Err(no_entitlement(wanted));
        }
        let why = one.as_ref().and_then(|one| self.is_fixed(one));
        if why.is_some() || !self.trusting {
            let row = self.row(found, wanted, one.as_ref()).await;
            // The list of its holders is missing with the entitlement.
            let row = row.map_err(|error| match error.kind() {
                ErrorKind::NotFound if self.is_asked() => no_entitlement(wanted),
                _ => error,
            });
            if row?.is_some() {
                return Ok(Some(Outcome::already_so()));
            }
        }
        if let Some(why) = why {
            return Err(fixed(why));
        }
        let asked = write.request(&self.client, self.to(found, wanted, &Value::Null))?;
        let sent = self.client.send(found.ctx, &asked).await;
        // Both ends were just read: one that is not found now has not arrived everywhere yet.
        let sent = sent.map_err(|error| match error.kind() {
            kind if self.missing == Some(kind) => no_entitlement(wanted).with_source(error),
            ErrorKind::NotFound if one.is_some() || self.searched => {
                let (certainty, detail) = (error.certainty(), error.detail().to_owned());
                ConnectorError::new(ErrorKind::NotReady, certainty).with_detail(detail).with_source(error)
            }
            _ => error,
        });
        already(sent).map(Some)
    }

    /// Takes one; `None`, when the system has to.
    pub(in crate::system) async fn revoke_from(
        &self,
        found: Found<'_>,
        held: &EntitlementRef,
    ) -> Result<Option<Outcome>> {
        if let Some(why) = self.immutable {
            return Err(fixed(why));
        }
        let lacks = self.own(found.item, &held.id) == Some(false);
        if lacks || self.for_whom.is_some_and(|can| can(found).is_err()) {
            return Ok(Some(Outcome::already_gone()));
        }
        // What is not given can be held all the same, as far as the system knows.
        let Some(write) = &self.revoked else { return Ok(None) };
        if !self.is_given(held) {
            return Ok(Some(Outcome::already_gone()));
        }
        // Only what can be fixed has to be read.
        let reads = self.fixed.is_some() || matches!(self.held, Held::Inside { .. });
        let one = if reads { self.one(found, held).await? } else { None };
        let why = one.as_ref().and_then(|one| self.is_fixed(one));
        let mut row = Value::Null;
        let looks = !matches!(self.held, Held::Told) && (why.is_some() || !self.trusting);
        if looks {
            match absent(self.row(found, held, one.as_ref()).await)?.flatten() {
                Some(found) => row = found,
                None => return Ok(Some(Outcome::already_gone())),
            }
        }
        if let Some(why) = why.or_else(|| self.inherited.filter(|(is, _)| is(&row)).map(|(_, why)| why)) {
            return Err(fixed(why));
        }
        let asked = write.request(&self.client, self.to(found, held, &row))?;
        removed(self.client.send(found.ctx, &asked).await).map(Some)
    }

    /// Whether there is such an entitlement, as far as the catalogue tells without a request of its own.
    fn is_given(&self, wanted: &EntitlementRef) -> bool {
        let is_number = || wanted.id.parse::<u64>().is_ok();
        match &self.catalogue {
            _ if self.numbered && !is_number() => false,
            Catalogue::Given(all) => all.iter().any(|one| one.entitlement.id == wanted.id),
            _ => true,
        }
    }

    /// Whether there is such an entitlement. Where one cannot be read by itself, the list is.
    async fn is_known(&self, found: Found<'_>, wanted: &EntitlementRef) -> Result<bool> {
        match &self.catalogue {
            Catalogue::Listed { list, id, .. } if self.searched => {
                let all = list.all(found.ctx).await?;
                Ok(all.iter().any(|item| id_text(item, id).is_ok_and(|own| own == wanted.id)))
            }
            _ => Ok(self.is_given(wanted)),
        }
    }

    async fn one(&self, found: Found<'_>, wanted: &EntitlementRef) -> Result<Option<Value>> {
        let Some(address) = &self.read_at else { return Ok(None) };
        let asked = request(&self.client, Method::GET, address, To::id(&wanted.id))?;
        self.client.try_json(found.ctx, &asked).await
    }

    /// What says that an account holds an entitlement; nothing, when it does not.
    async fn row(
        &self,
        found: Found<'_>,
        wanted: &EntitlementRef,
        one: Option<&Value>,
    ) -> Result<Option<Value>> {
        let to = self.to(found, wanted, &Value::Null);
        let ask = |address: &str| request(&self.client, Method::GET, address, to);
        let is = |row: &Value, at: &str, id: &str| id_text(row, at).is_ok_and(|own| own == id);
        match &self.held {
            Held::Told => Ok(None),
            Held::At(address) => self.client.try_json(found.ctx, &ask(address)?).await,
            Held::Own(_) | Held::Ids(_) => {
                Ok((self.own(found.item, &wanted.id) == Some(true)).then_some(Value::Null))
            }
            Held::Inside { at, same } => {
                let rows = items(one.unwrap_or(&Value::Null), at)?;
                Ok(rows.iter().find(|row| is(row, same, found.id)).cloned())
            }
            Held::Listed { address, at, same, of } => {
                let list = self.client.list_in_full(ask(address)?, at).all(found.ctx).await?;
                let id = if *of == Of::Account { wanted.id.as_str() } else { found.id };
                Ok(list.into_iter().find(|row| is(row, same, id)))
            }
        }
    }

    /// Whether who holds an entitlement is asked below the entitlement.
    fn is_asked(&self) -> bool {
        matches!(self.held, Held::Listed { of: Of::Entitlement, .. })
    }

    fn to<'a>(&self, found: Found<'a>, wanted: &'a EntitlementRef, row: &'a Value) -> To<'a> {
        To { id: &wanted.id, account: found.id, item: found.item, row }
    }
}
