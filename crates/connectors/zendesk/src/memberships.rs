//! Groups and organisations: what users are members of.

use serde_json::{Value, json};
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{
    Certainty, ConnectorError, Context, EntitlementRef, ErrorKind, Object, Outcome, Result,
};
use tenure_connector_rest::system::{Listing, already, id_text, moment, no_entitlement, number, removed};

use crate::Zendesk;
use crate::access::Role;
use crate::system::v2;

/// Something that users are members of.
pub(crate) struct Set {
    one: &'static str,
    many: &'static str,
    of: &'static str,
    staff_only: bool,
}

impl Set {
    pub(crate) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "group" => {
                Self { one: "group_membership", many: "group_memberships", of: "group_id", staff_only: true }
            }
            "organization" => Self {
                one: "organization_membership",
                many: "organization_memberships",
                of: "organization_id",
                staff_only: false,
            },
            _ => return None,
        })
    }
}

/// Each item is the membership of a user in what stands at this place.
pub(crate) fn member_of(listing: Listing, kind: &'static str, of: &'static str) -> Listing {
    listing.each(move |item| {
        let held = EntitlementRef::new(kind, id_text(item, of)?);
        let mut grant = GrantRecord::new(id_text(item, "/user_id")?, held);
        grant.since = moment(item, "/created_at");
        Ok(vec![Object::from(&grant)])
    })
}

impl Zendesk {
    pub(crate) async fn join(
        &self,
        ctx: &Context,
        user: &Value,
        set: &Set,
        wanted: &EntitlementRef,
    ) -> Result<Outcome> {
        let of: u64 = wanted.id.parse().map_err(|_| no_entitlement(wanted))?;
        if self.membership(ctx, user, set, of).await?.is_some() {
            return Ok(Outcome::already_so());
        }
        if set.staff_only && Role::held(user).is_none() {
            return Err(ConnectorError::new(ErrorKind::NotReady, Certainty::NotAttempted)
                .with_detail("only an agent can be in a group, and the account is an end user")
                .with_help("grant a role first"));
        }
        let body = json!({ (set.one): { "user_id": number(user, "/id"), (set.of): of } });
        let request = self.client.post(&v2(&[set.many]))?.with_json(&body)?;
        // Somebody else may have been faster.
        already(self.client.send(ctx, &request).await).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => no_entitlement(wanted).with_http_status(422),
            _ => error,
        })
    }

    /// A membership is removed by its own id, not by that of the group.
    pub(crate) async fn leave(
        &self,
        ctx: &Context,
        user: &Value,
        set: &Set,
        held: &EntitlementRef,
    ) -> Result<Outcome> {
        let Ok(of) = held.id.parse::<u64>() else { return Ok(Outcome::already_gone()) };
        let Some(membership) = self.membership(ctx, user, set, of).await? else {
            return Ok(Outcome::already_gone());
        };
        removed(self.client.send(ctx, &self.client.delete(&v2(&[set.many, &membership]))?).await)
    }

    async fn membership(&self, ctx: &Context, user: &Value, set: &Set, of: u64) -> Result<Option<String>> {
        let at = format!("/{}", set.many);
        let found = self.listing(&["users", &id_text(user, "/id")?, set.many], &at)?.all(ctx).await?;
        let place = format!("/{}", set.of);
        let own = found.iter().find(|item| number(item, &place) == Some(of));
        own.map(|item| id_text(item, "/id")).transpose()
    }
}
