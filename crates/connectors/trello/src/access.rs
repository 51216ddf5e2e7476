//! Boards, administrators and seats.

use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{
    List, Listing, done, fixed, items, moment, need_text, no_entitlement, removed, text,
};

use crate::Trello;

impl Trello {
    /// The administrators' role and the seat, boards.
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        if list == 1 {
            return Ok(self.boards()?.entitlements("board", "/id", "/name").into());
        }
        let mut seat = Entitlement::new("licence", &self.config.tier);
        seat.immutable = self.config.enterprise.is_none();
        seat.capacity = self.config.seats;
        let taken = match self.licensed()? {
            Some(licensed) => licensed.all(ctx).await?.len(),
            None => self.memberships()?.all(ctx).await?.iter().filter(|own| is_active(own)).count(),
        };
        seat.used = Some(taken as u64);
        let admin = Entitlement::new("role", "admin").with_display("Administrator of the workspace");
        Ok(List::Given(vec![Object::from(&admin), Object::from(&seat)]))
    }

    /// Administrators and, without an enterprise, seats; members of boards; licences of the enterprise.
    pub(crate) fn grants(&self, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let seat = EntitlementRef::new("licence", self.config.tier.as_str());
                let comes_along = self.config.enterprise.is_none();
                let held = move |own: &Value| {
                    let member = need_text(own, "/idMember")?;
                    let mut all = Vec::new();
                    if text(own, "/memberType") == Some("admin") {
                        let admin = GrantRecord::new(member, EntitlementRef::new("role", "admin"));
                        all.push(Object::from(&admin));
                    }
                    if comes_along && is_active(own) {
                        let mut seat = GrantRecord::new(member, seat.clone());
                        seat.immutable = true;
                        all.push(Object::from(&seat));
                    }
                    Ok(all)
                };
                self.memberships()?.each(held).into()
            }
            1 => {
                let client = self.client.clone();
                List::of_each(self.boards()?.ids("/id"), move |board| {
                    let list = Listing::new(&client, client.get(&["boards", board, "members"])?, "");
                    Ok(list.holders(EntitlementRef::new("board", board), "/id"))
                })
            }
            _ => {
                let Some(licensed) = self.licensed()? else { return Ok(List::Given(Vec::new())) };
                let held = EntitlementRef::new("licence", self.config.tier.as_str());
                let seat = move |member: &Value| {
                    let mut seat = GrantRecord::new(need_text(member, "/id")?, held.clone());
                    seat.last_used = moment(member, "/dateLastAccessed");
                    Ok(vec![Object::from(&seat)])
                };
                licensed.each(seat).into()
            }
        })
    }

    fn boards(&self) -> Result<Listing> {
        let request = self.client.get(&self.workspace(&["boards"]))?.with_query("filter", "open");
        Ok(Listing::new(&self.client, request.with_query("fields", "name"), ""))
    }

    /// Who has a licence of the enterprise. Asking for those without one alone is refused.
    fn licensed(&self) -> Result<Option<Listing>> {
        let Some(enterprise) = &self.config.enterprise else { return Ok(None) };
        let request = self.client.get(&["enterprises", enterprise, "members", "query"])?;
        let paging = Paging::Cursor { at: "/cursor".to_owned(), parameter: "cursor".to_owned() };
        let list = Listing::new(&self.client, request.with_query("licensed", "true"), "/members");
        Ok(Some(list.paged(paging)))
    }

    async fn is_on(&self, ctx: &Context, member: &str, board: &EntitlementRef) -> Result<Option<bool>> {
        let request = self.client.get(&["boards", &board.id, "members"])?;
        let members = self.client.try_json(ctx, &request).await?;
        let members = members.as_ref().map(|members| items(members, ""));
        let Some(members) = members.transpose()? else { return Ok(None) };
        Ok(Some(members.iter().any(|own| text(own, "/id") == Some(member))))
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let member = need_text(item, "/idMember")?;
        let request = match wanted.kind.as_str() {
            "board" => match self.is_on(ctx, member, wanted).await? {
                None => return Err(no_entitlement(wanted)),
                // A put would make an administrator of the board an ordinary member.
                Some(true) => return Ok(Outcome::already_so()),
                Some(false) => {
                    let request = self.client.put(&["boards", &wanted.id, "members", member])?;
                    request.with_query("type", "normal")
                }
            },
            "role" if wanted.id == "admin" => match text(item, "/memberType") {
                Some("admin") => return Ok(Outcome::already_so()),
                _ => self.client.put(&self.workspace(&["members", member]))?.with_query("type", "admin"),
            },
            "licence" if wanted.id == self.config.tier => return self.license(ctx, member, true).await,
            _ => return Err(no_entitlement(wanted)),
        };
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let member = need_text(item, "/idMember")?;
        let request = match held.kind.as_str() {
            "board" if self.is_on(ctx, member, held).await? == Some(true) => {
                self.client.delete(&["boards", &held.id, "members", member])?
            }
            "role" if text(item, "/memberType") == Some("admin") && held.id == "admin" => {
                self.client.put(&self.workspace(&["members", member]))?.with_query("type", "normal")
            }
            "licence" if held.id == self.config.tier => return self.license(ctx, member, false).await,
            _ => return Ok(Outcome::already_gone()),
        };
        removed(self.client.send(ctx, &request).await)
    }

    async fn license(&self, ctx: &Context, member: &str, value: bool) -> Result<Outcome> {
        let (Some(enterprise), Some(licensed)) = (&self.config.enterprise, self.licensed()?) else {
            return Err(fixed("the seat comes with the active member; deactivate or remove the member"));
        };
        let known = licensed.all(ctx).await?;
        if known.iter().any(|own| text(own, "/id") == Some(member)) == value {
            return Ok(if value { Outcome::already_so() } else { Outcome::already_gone() });
        }
        let request = self.client.put(&["enterprises", enterprise, "members", member, "licensed"])?;
        let answer = self.client.send(ctx, &request.with_query("value", value.to_string())).await?;
        Ok(done(&answer))
    }
}

/// Who is invited and has not come yet is paid for, who is deactivated is not.
fn is_active(membership: &Value) -> bool {
    membership.get("deactivated") != Some(&true.into())
}
