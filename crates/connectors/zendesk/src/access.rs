//! Roles, seats, groups and organisations.

use serde_json::{Map, Value, json};
use tenure_connector::{
    Certainty, ConnectorError, Context, EntitlementRef, ErrorKind, ObjectRef, Outcome, Result,
};
use tenure_connector_rest::{absent, signed};

use crate::ZendeskConnector;
use crate::vendor::{id, items, number, text};

/// A custom role of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    kind: u64,
    pub(crate) members: u64,
}

impl Role {
    /// Light agents and contributors need no paid seat.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.kind, 1 | 3)
    }

    /// The role that a user holds: a custom role by its id, else `agent` or `admin`; none for an end user.
    pub(crate) fn held(user: &Value) -> Option<String> {
        match text(user, "role")? {
            "end-user" => None,
            "admin" => Some("admin".to_owned()),
            role => Some(number(user, "custom_role_id").map_or_else(|| role.to_owned(), |id| id.to_string())),
        }
    }

    pub(crate) fn is_paid(user: &Value, roles: &[Self]) -> bool {
        Self::held(user).is_some_and(|held| costs(&held, roles))
    }
}

fn costs(role: &str, roles: &[Role]) -> bool {
    !roles.iter().any(|known| known.id == role && known.is_free())
}

impl ZendeskConnector {
    /// The custom roles; none, when the plan has none. The role of administrators is `admin`.
    pub(crate) async fn roles(&self, ctx: &Context) -> Result<Vec<Role>> {
        let request = self.client.get(&["api", "v2", "custom_roles"])?;
        let answer = match self.client.send(ctx, &request).await {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let body: Value = answer.json()?;
        let role = |item: &Value| {
            Ok(Role {
                id: id(item)?,
                name: text(item, "name").unwrap_or_default().to_owned(),
                kind: number(item, "role_type").unwrap_or_default(),
                members: number(item, "team_member_count").unwrap_or_default(),
            })
        };
        let roles: Result<Vec<Role>> = items(&body, "custom_roles")?.iter().map(role).collect();
        Ok(roles?.into_iter().filter(|role| role.kind != 4).collect())
    }

    pub(crate) async fn grant(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let user = self.find_user(ctx, object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        match entitlement.kind.as_str() {
            "role" => self.set_role(ctx, &user, Some(&entitlement.id)).await,
            "licence" => self.assign_seat(ctx, object, entitlement).await,
            kind => {
                let set = Set::of(kind).ok_or_else(|| unknown(entitlement))?;
                self.join(ctx, &user, &set, entitlement).await
            }
        }
    }

    pub(crate) async fn revoke(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(user) = self.find_user(ctx, object).await? else { return Ok(Outcome::already_gone()) };
        match entitlement.kind.as_str() {
            "role" if Role::held(&user).as_ref() != Some(&entitlement.id) => Ok(Outcome::already_gone()),
            "role" => self.set_role(ctx, &user, None).await,
            "licence" => self.release_seat(ctx, object, entitlement).await,
            kind => match Set::of(kind) {
                Some(set) => self.leave(ctx, &user, &set, entitlement).await,
                None => Ok(Outcome::already_gone()),
            },
        }
    }

    /// A seat comes with a role: an account that has none of the paid ones gets the configured one.
    pub(crate) async fn assign_seat(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        licence: &EntitlementRef,
    ) -> Result<Outcome> {
        let user = self.find_user(ctx, object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        if licence.id != self.config.seat.tier {
            return Err(unknown(licence));
        }
        match Role::is_paid(&user, &self.roles(ctx).await?) {
            true => Ok(Outcome::already_so()),
            false => self.set_role(ctx, &user, Some(&self.config.seat.role)).await,
        }
    }

    pub(crate) async fn release_seat(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        licence: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(user) = self.find_user(ctx, object).await? else { return Ok(Outcome::already_gone()) };
        let held = licence.id == self.config.seat.tier && Role::is_paid(&user, &self.roles(ctx).await?);
        match held {
            false => Ok(Outcome::already_gone()),
            true => self.set_role(ctx, &user, self.config.seat.release_to.as_deref()).await,
        }
    }

    /// Gives a role in place of the one held, or makes the user an end user. Open tickets are dealt with before.
    async fn set_role(&self, ctx: &Context, user: &Value, wanted: Option<&str>) -> Result<Outcome> {
        if Role::held(user).as_deref() == wanted {
            return Ok(Outcome::already_so());
        }
        let roles = self.roles(ctx).await?;
        let mut changes = Map::new();
        match wanted {
            None => drop(changes.insert("role".to_owned(), "end-user".into())),
            Some(system @ ("agent" | "admin")) => {
                changes.insert("role".to_owned(), system.into());
                if number(user, "custom_role_id").is_some() {
                    changes.insert("custom_role_id".to_owned(), Value::Null);
                }
            }
            Some(custom) => {
                let known = roles.iter().find(|role| role.id == custom);
                let known = known.ok_or_else(|| unknown(&EntitlementRef::new("role", custom)))?;
                changes.insert("role".to_owned(), "agent".into());
                changes.insert("custom_role_id".to_owned(), json!(known.id.parse::<u64>().ok()));
            }
        }
        let (had, has) = (Role::is_paid(user, &roles), wanted.is_some_and(|role| costs(role, &roles)));
        if has && !had {
            self.need_a_seat(ctx, &roles).await?;
        }
        if had && !has {
            self.clear_tickets(ctx, &id(user)?).await?;
        }
        let (_, answer) = self.put_user(ctx, &id(user)?, changes).await?;
        Ok(signed(Outcome::done(true), &answer))
    }

    async fn need_a_seat(&self, ctx: &Context, roles: &[Role]) -> Result<()> {
        let Some(owned) = self.config.seat.owned else { return Ok(()) };
        let taken = self.seats_taken(ctx, roles).await?;
        if taken < owned {
            return Ok(());
        }
        let detail = format!("all {owned} seats of the tier `{}` are taken", self.config.seat.tier);
        Err(ConnectorError::new(ErrorKind::NoCapacity, Certainty::NotAttempted).with_detail(detail))
    }

    async fn join(
        &self,
        ctx: &Context,
        user: &Value,
        set: &Set,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let of: u64 = entitlement.id.parse().map_err(|_| unknown(entitlement))?;
        if self.membership(ctx, user, set, of).await?.is_some() {
            return Ok(Outcome::already_so());
        }
        if set.staff_only && Role::held(user).is_none() {
            return Err(ConnectorError::new(ErrorKind::NotReady, Certainty::NotAttempted)
                .with_detail("only an agent can be in a group, and the account is an end user")
                .with_help("grant a role first"));
        }
        let mut wanted = json!({ "user_id": number(user, "id") });
        if let Some(wanted) = wanted.as_object_mut() {
            wanted.insert(set.of.to_owned(), of.into());
        }
        let mut body = Map::new();
        body.insert(set.one.to_owned(), wanted);
        let request = self.client.post(&["api", "v2", set.many])?.with_json(&body)?;
        match self.client.send(ctx, &request).await {
            Ok(answer) => Ok(signed(Outcome::done(true), &answer)),
            // Somebody else was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Outcome::already_so()),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                Err(unknown(entitlement).with_http_status(422))
            }
            Err(error) => Err(error),
        }
    }

    /// A membership is removed by its own id, not by that of the group.
    async fn leave(
        &self,
        ctx: &Context,
        user: &Value,
        set: &Set,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Ok(of) = entitlement.id.parse::<u64>() else { return Ok(Outcome::already_gone()) };
        let Some(membership) = self.membership(ctx, user, set, of).await? else {
            return Ok(Outcome::already_gone());
        };
        let request = self.client.delete(&["api", "v2", set.many, &membership])?;
        match absent(self.client.send(ctx, &request).await)? {
            Some(answer) => Ok(signed(Outcome::done(true), &answer)),
            None => Ok(Outcome::already_gone()),
        }
    }

    async fn membership(&self, ctx: &Context, user: &Value, set: &Set, of: u64) -> Result<Option<String>> {
        let found = self.all_items(ctx, &["api", "v2", "users", &id(user)?, set.many], set.many).await?;
        found.iter().find(|item| number(item, set.of) == Some(of)).map(id).transpose()
    }
}

/// Something that users are members of.
struct Set {
    one: &'static str,
    many: &'static str,
    of: &'static str,
    staff_only: bool,
}

impl Set {
    fn of(kind: &str) -> Option<Self> {
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

fn unknown(entitlement: &EntitlementRef) -> ConnectorError {
    ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
        .with_detail(format!("no entitlement `{entitlement}`"))
}
