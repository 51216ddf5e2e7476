use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, Context, Cursor, EntitlementRef, ErrorKind, Fields, ListQuery, Object,
    ObjectClass, ObjectRef, Page, RateSignal, Result,
};
use tenure_connector_rest::{Request, Stage, absent, equality, page, slice};

use crate::access::Role;
use crate::fields::AUDIT_LOG;
use crate::vendor::{self, PAGE, id, items, member, number, text};
use crate::{People, ZendeskConnector};

/// One page of a list of the API.
pub(crate) struct Items {
    pub(crate) items: Vec<Value>,
    pub(crate) next: Option<Cursor>,
    rate: Option<RateSignal>,
}

impl ZendeskConnector {
    pub(crate) async fn read_one(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        fields: &Fields,
    ) -> Result<Object> {
        let gone = || ConnectorError::not_found(object);
        if object.class == ObjectClass::USER {
            let user = self.find_user(ctx, object).await?.ok_or_else(gone)?;
            return self.users.project(self.users.object(&id(&user)?, &user)?, fields);
        }
        if object.class != ObjectClass::GROUP {
            return Err(ConnectorError::unknown_class(&object.class));
        }
        let group = self.find_group(ctx, object).await?.ok_or_else(gone)?;
        self.groups.project(self.groups.object(&id(&group)?, &group)?, fields)
    }

    /// A user that is not deleted, by its id, its address or its external id.
    pub(crate) async fn find_user(&self, ctx: &Context, object: &ObjectRef) -> Result<Option<Value>> {
        if !object.id.is_empty() {
            let user = self.read_user(ctx, &object.id).await?;
            return Ok(user.filter(|user| user.get("active") != Some(&false.into())));
        }
        let email = object.secondary(ObjectRef::USER_NAME).or_else(|| object.secondary(ObjectRef::EMAIL));
        match (object.secondary(ObjectRef::EXTERNAL_ID), email) {
            (Some(external), _) => Ok(self.by_external_id(ctx, external).await?.pop()),
            (None, Some(email)) => Ok(self.by_email(ctx, email).await?.pop()),
            (None, None) => Err(ConnectorError::invalid_input(
                "id",
                format!("expected an id, a user name or an external id, found `{object}`"),
            )),
        }
    }

    /// A user, deleted or not.
    pub(crate) async fn read_user(&self, ctx: &Context, user: &str) -> Result<Option<Value>> {
        if user.parse::<u64>().is_err() {
            return Ok(None);
        }
        let request = self.client.get(&["api", "v2", "users", user])?;
        let Some(answer) = absent(self.client.send(ctx, &request).await)? else { return Ok(None) };
        Ok(Some(member(&answer.json()?, "user")?.clone()))
    }

    pub(crate) async fn find_group(&self, ctx: &Context, object: &ObjectRef) -> Result<Option<Value>> {
        if object.id.parse::<u64>().is_err() {
            return Ok(None);
        }
        let request = self.client.get(&["api", "v2", "groups", &object.id])?;
        let Some(answer) = absent(self.client.send(ctx, &request).await)? else { return Ok(None) };
        let group = member(&answer.json()?, "group")?.clone();
        Ok(Some(group).filter(|group| group.get("deleted") != Some(&true.into())))
    }

    /// The search finds words and beginnings; only a whole address counts.
    pub(crate) async fn by_email(&self, ctx: &Context, email: &str) -> Result<Vec<Value>> {
        let query = format!("email:\"{}\"", email.replace('"', ""));
        let request = self.client.get(&["api", "v2", "users", "search"])?.with_query("query", query);
        let found: Value = self.client.send(ctx, &request).await?.json()?;
        let same = |user: &&Value| text(user, "email").is_some_and(|own| own.eq_ignore_ascii_case(email));
        Ok(items(&found, "users")?.iter().filter(same).cloned().collect())
    }

    async fn by_external_id(&self, ctx: &Context, external: &str) -> Result<Vec<Value>> {
        let request = self.client.get(&["api", "v2", "users"])?.with_query("external_id", external);
        Ok(self.items(ctx, request, "users", PAGE, None).await?.items)
    }

    /// One page of a list.
    pub(crate) async fn items(
        &self,
        ctx: &Context,
        request: Request,
        name: &str,
        size: u32,
        cursor: Option<&Cursor>,
    ) -> Result<Items> {
        let paging = vendor::paging();
        let sized = request.with_query("page[size]", size.to_string());
        let request = paging.resume(sized, cursor)?;
        let answer = self.client.send(ctx, &request).await?;
        let body: Value = answer.json()?;
        let found = items(&body, name)?.to_vec();
        let next = paging.next(&request, &answer, found.len())?;
        Ok(Items { items: found, next, rate: answer.rate() })
    }

    /// Every item of a list that belongs to one user, and is short.
    pub(crate) async fn all_items(&self, ctx: &Context, path: &[&str], name: &str) -> Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.items(ctx, self.client.get(path)?, name, PAGE, cursor.as_ref()).await?;
            all.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    pub(crate) async fn read_page(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        if query.sort.is_some() {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("the API's lists have one order"));
        }
        match query.class.as_str() {
            "User" => self.list_users(ctx, query).await,
            "Group" => self.list_groups(ctx, query).await,
            "Entitlement" => self.list_entitlements(ctx, query).await,
            "Grant" => self.list_grants(ctx, query).await,
            _ if query.class == AUDIT_LOG => self.list_audit_logs(ctx, query).await,
            _ => Err(ConnectorError::unknown_class(&query.class)),
        }
    }

    async fn list_users(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let object = |user: &Value| self.users.project(self.users.object(&id(user)?, user)?, &query.fields);
        if let Some(filter) = &query.filter {
            let (name, value) = equality(filter, &["userName", "externalId"])?;
            let found = match name {
                "userName" => self.by_email(ctx, value).await?,
                _ => self.by_external_id(ctx, value).await?,
            };
            let objects: Result<Vec<Object>> = found.iter().map(object).collect();
            let (items, next) = slice(objects?, query.cursor.as_ref(), size(query))?;
            return Ok(page(items, next, None));
        }
        let stage = Stage::enter(query.cursor.as_ref())?;
        let lists = match self.config.people {
            People::All => vec![self.client.get(&["api", "v2", "users"])?],
            People::Organization(organization) => {
                let organization = organization.to_string();
                let members = self.client.get(&["api", "v2", "organizations", &organization, "users"])?;
                vec![self.staff()?, members.with_query("role", "end-user")]
            }
        };
        let count = lists.len();
        let request = lists.into_iter().nth(stage.number).ok_or_else(outside)?;
        let found = self.items(ctx, request, "users", size(query), stage.inner.as_ref()).await?;
        let objects: Result<Vec<Object>> = found.items.iter().map(object).collect();
        Ok(page(objects?, Stage::after(stage.number, found.next, count), found.rate))
    }

    /// The list of agents and administrators.
    fn staff(&self) -> Result<Request> {
        let users = self.client.get(&["api", "v2", "users"])?;
        Ok(users.with_query("role[]", "agent").with_query("role[]", "admin"))
    }

    async fn list_groups(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        query.filter.as_ref().map(|filter| equality(filter, &[])).transpose()?;
        let stage = Stage::enter(query.cursor.as_ref())?;
        let request = self.client.get(&["api", "v2", "groups"])?;
        let found = self.items(ctx, request, "groups", size(query), stage.inner.as_ref()).await?;
        let object =
            |group: &Value| self.groups.project(self.groups.object(&id(group)?, group)?, &query.fields);
        let objects: Result<Vec<Object>> = found.items.iter().map(object).collect();
        Ok(page(objects?, Stage::after(0, found.next, 1), found.rate))
    }

    async fn list_audit_logs(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let stage = Stage::enter(query.cursor.as_ref())?;
        let mut request = self.client.get(&["api", "v2", "audit_logs"])?;
        if let Some(filter) = &query.filter {
            request = request.with_query("filter[actor_id]", equality(filter, &["actor"])?.1);
        }
        let found = self.items(ctx, request, "audit_logs", size(query), stage.inner.as_ref()).await?;
        let object = |line: &Value| self.audit_logs.object(&id(line)?, line);
        let objects: Result<Vec<Object>> = found.items.iter().map(object).collect();
        Ok(page(objects?, Stage::after(0, found.next, 1), found.rate))
    }

    /// The seat and the roles, then groups, then organisations.
    async fn list_entitlements(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        query.filter.as_ref().map(|filter| equality(filter, &[])).transpose()?;
        let stage = Stage::enter(query.cursor.as_ref())?;
        let lists = if self.config.organizations { 3 } else { 2 };
        let (kind, name) = match stage.number {
            0 => {
                let objects = self.seat_and_roles(ctx).await?.iter().map(Object::from).collect();
                let (items, next) = slice(objects, stage.inner.as_ref(), size(query))?;
                return Ok(page(items, Stage::after(0, next, lists), None));
            }
            1 => ("group", "groups"),
            2 if self.config.organizations => ("organization", "organizations"),
            _ => return Err(outside()),
        };
        let request = self.client.get(&["api", "v2", name])?;
        let found = self.items(ctx, request, name, size(query), stage.inner.as_ref()).await?;
        let objects: Result<Vec<Object>> = found
            .items
            .iter()
            .map(|item| {
                let entitlement = Entitlement::new(kind, &id(item)?);
                Ok(Object::from(&entitlement.with_display(text(item, "name").unwrap_or_default())))
            })
            .collect();
        Ok(page(objects?, Stage::after(stage.number, found.next, lists), found.rate))
    }

    async fn seat_and_roles(&self, ctx: &Context) -> Result<Vec<Entitlement>> {
        let roles = self.roles(ctx).await?;
        let role =
            |id: &str, name: &str| Entitlement::new("role", id).with_display(name).exclusive_in("role");
        let mut seat =
            Entitlement::new("licence", &self.config.seat.tier).with_display(&self.config.seat.tier);
        seat.capacity = self.config.seat.owned;
        seat.used = Some(self.seats_taken(ctx, &roles).await?);
        let mut all = vec![seat, role("agent", "Agent"), role("admin", "Administrator")];
        all.extend(roles.iter().map(|found| role(&found.id, &found.name)));
        Ok(all)
    }

    /// Staff without light agents and contributors, counted without reading them.
    pub(crate) async fn seats_taken(&self, ctx: &Context, roles: &[Role]) -> Result<u64> {
        let request = self.client.get(&["api", "v2", "users", "count"])?;
        let request = request.with_query("role[]", "agent").with_query("role[]", "admin");
        let answer: Value = self.client.send(ctx, &request).await?.json()?;
        let staff = answer.pointer("/count/value").and_then(Value::as_u64);
        let staff = staff.ok_or_else(|| vendor::protocol("expected a number in `count/value`"))?;
        let free: u64 = roles.iter().filter(|role| role.is_free()).map(|role| role.members).sum();
        Ok(staff.saturating_sub(free))
    }

    /// Roles of staff, seats of staff, members of groups, members of organisations.
    async fn list_grants(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        query.filter.as_ref().map(|filter| equality(filter, &[])).transpose()?;
        let stage = Stage::enter(query.cursor.as_ref())?;
        let lists = if self.config.organizations { 4 } else { 3 };
        let (request, name) = match stage.number {
            0 | 1 => (self.staff()?, "users"),
            2 => (self.client.get(&["api", "v2", "group_memberships"])?, "group_memberships"),
            3 if self.config.organizations => {
                (self.client.get(&["api", "v2", "organization_memberships"])?, "organization_memberships")
            }
            _ => return Err(outside()),
        };
        let roles = if stage.number == 1 { self.roles(ctx).await? } else { Vec::new() };
        let found = self.items(ctx, request, name, size(query), stage.inner.as_ref()).await?;
        let grant = |item: &Value| match stage.number {
            0 => role_grant(item),
            1 => Role::is_paid(item, &roles).then(|| {
                let mut grant = self.seat_grant(item)?;
                grant.last_used = moment(item, "last_login_at");
                Some(grant)
            })?,
            2 => membership(item, "group", "group_id"),
            _ => membership(item, "organization", "organization_id"),
        };
        let objects = found.items.iter().filter_map(grant).map(|grant| Object::from(&grant)).collect();
        Ok(page(objects, Stage::after(stage.number, found.next, lists), found.rate))
    }

    fn seat_grant(&self, user: &Value) -> Option<GrantRecord> {
        let seat = EntitlementRef::new("licence", self.config.seat.tier.as_str());
        Some(GrantRecord::new(number(user, "id")?.to_string(), seat))
    }
}

fn role_grant(user: &Value) -> Option<GrantRecord> {
    let role = EntitlementRef::new("role", Role::held(user)?);
    Some(GrantRecord::new(number(user, "id")?.to_string(), role))
}

fn membership(item: &Value, kind: &str, of: &str) -> Option<GrantRecord> {
    let entitlement = EntitlementRef::new(kind, number(item, of)?.to_string());
    let mut grant = GrantRecord::new(number(item, "user_id")?.to_string(), entitlement);
    grant.since = moment(item, "created_at");
    Some(grant)
}

fn moment(item: &Value, name: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::parse_from_rfc3339(text(item, name)?).ok().map(|at| at.to_utc())
}

fn size(query: &ListQuery) -> u32 {
    query.page_size.unwrap_or(PAGE).clamp(1, PAGE)
}

fn outside() -> ConnectorError {
    ConnectorError::invalid_input("cursor", "expected a cursor that this connector made")
}
