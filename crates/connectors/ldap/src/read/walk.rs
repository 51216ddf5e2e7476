use std::collections::{BTreeMap, VecDeque};

use tenure_connector::entitlement::Entitlement;
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, FilterSupport, ListQuery, MemberPatch, Object,
    ObjectClass, Page, Result,
};
use tenure_scim::AttrPath;

use super::crowd::Crowd;
use super::filter::{Split, split};
use super::places::{Places, searches};
use crate::connector::LdapConnector;
use crate::session::{Search, Session};
use crate::value::filter_text;

/// A list that is being read: where the server is, and what was read but not given yet.
pub(crate) struct Walk {
    pub(super) session: Session,
    query: ListQuery,
    /// What is still to be searched, the present one first.
    pub(super) searches: VecDeque<Search>,
    /// Who was seen where, when there are several places.
    places: Option<Places>,
    pub(super) cookie: Vec<u8>,
    decided: Option<tenure_scim::CompiledFilter>,
    pub(super) ready: VecDeque<Object>,
    pub(super) complete: bool,
    /// Groups by the key of their names, for the grants that name them; nothing for a name that is no group of ours.
    pub(super) groups: BTreeMap<String, Option<String>>,
    /// Names in a group whose entries are not looked up yet.
    pub(super) names: VecDeque<(String, String)>,
    /// Large groups whose members are not told from others yet.
    pub(super) crowds: VecDeque<Crowd>,
    /// The number of the last page and the page, so that the same cursor gives the same page again.
    last: (u64, Option<Page>),
    /// Whether a page was begun and not given: what was read for it is lost.
    broken_off: bool,
}

impl Walk {
    fn is_over(&self) -> bool {
        self.searches.is_empty() && self.names.is_empty() && self.crowds.is_empty()
    }
}

impl std::fmt::Debug for Walk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walk").field("query", &self.query).finish_non_exhaustive()
    }
}

/// The smallest page that is worth a request where an entry makes several objects, or none.
const SMALLEST: u32 = 100;
const LARGEST: u32 = 1_000;

impl LdapConnector {
    /// Reads one page of a class.
    pub(crate) async fn read_page(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let Some(cursor) = &query.cursor else { return self.first_page(ctx, query).await };
        let (number, page, walk) = self.walks.find(cursor)?;
        let mut walk = walk.lock().await;
        let same = ListQuery { cursor: None, page_size: None, ..query.clone() };
        if walk.query != same {
            let error = ConnectorError::invalid_input("cursor", "the cursor belongs to another query");
            return Err(error.with_certainty(Certainty::NotAttempted));
        }
        match &walk.last {
            (last, Some(kept)) if *last == page => return Ok(kept.clone()),
            (last, _) if page != last + 1 => {
                return Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)
                    .with_detail("only the last two cursors of a walk can be used"));
            }
            _ => {}
        }
        walk.session = walk.session.limited(self.limit(ctx));
        if walk.session.is_closed() {
            return Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)
                .with_detail("the connection of this walk is gone"));
        }
        if std::mem::replace(&mut walk.broken_off, true) {
            return Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)
                .with_detail("a page of this walk was not read to its end")
                .with_help("start again without a cursor"));
        }
        let mut given = self.fill(ctx, &mut walk, query.page_size).await?;
        walk.broken_off = false;
        given.next = given.next.map(|_| self.walks.cursor(number, page + 1));
        walk.last = (page, Some(given.clone()));
        Ok(given)
    }

    async fn first_page(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let key = ListQuery { cursor: None, page_size: None, ..query.clone() };
        let Some(split) = self.searchable(query)? else { return Ok(Page::last(Vec::new())) };
        let session = self.link.open(ctx).await?;
        let Some((searches, places)) = self.searches(&session, query, &split).await? else {
            return Ok(Page::last(Vec::new()));
        };
        let mut walk = Walk {
            session,
            query: key,
            searches,
            places,
            cookie: Vec::new(),
            decided: split.decided,
            ready: VecDeque::new(),
            complete: true,
            groups: BTreeMap::new(),
            names: VecDeque::new(),
            crowds: VecDeque::new(),
            last: (0, None),
            broken_off: false,
        };
        let mut page = self.fill(ctx, &mut walk, query.page_size).await?;
        page.next = page.next.map(|_| self.walks.cursor(self.walks.keep(walk), 1));
        Ok(page)
    }

    /// What a query means, or why it cannot be asked. Nothing when it can find nothing.
    fn searchable(&self, query: &ListQuery) -> Result<Option<Split>> {
        let schema = self.model.compiled(&query.class)?;
        let refuse = |detail: &str| {
            Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
        };
        if query.sort.is_some() {
            return refuse("a directory gives entries in its own order");
        }
        let capabilities = self.capabilities_now();
        let class = capabilities.class(&query.class).and_then(|class| class.list.as_ref());
        let filters = class.is_some_and(|list| list.filter != FilterSupport::None);
        if query.filter.is_some() && !filters {
            return refuse(&format!("the list of `{}` takes no filter", query.class));
        }
        let mapping = match self.model.shape(&query.class) {
            Ok((_, mapping)) => mapping,
            Err(_) => &self.model.people,
        };
        split(query.filter.as_ref(), mapping, schema).map(Some)
    }

    /// The searches that a query needs; nothing when an id in it belongs to no one.
    async fn searches(
        &self,
        session: &Session,
        query: &ListQuery,
        split: &Split,
    ) -> Result<Option<(VecDeque<Search>, Option<Places>)>> {
        let dialect = &self.model.dialect;
        let back_links = query.class == ObjectClass::GRANT && dialect.member_of;
        let class = match query.class == ObjectClass::USER || back_links {
            true => ObjectClass::USER,
            false => ObjectClass::GROUP,
        };
        let (shape, mapping) = self.model.shape(&class)?;
        let mut conditions = split.asked.clone();
        for (what, id) in &split.ids {
            let condition = match *what {
                "id" => self.model.by_id(id),
                _ => self.member_condition(session, id).await?,
            };
            let Some(condition) = condition else { return Ok(None) };
            conditions.push(condition);
        }
        let mut attributes = match query.class.as_str() {
            "User" | "Group" => self.model.attributes(&class)?,
            _ => self.model.identity(),
        };
        if query.class == ObjectClass::ENTITLEMENT {
            attributes.extend(mapping.of("displayName").map(str::to_owned));
        }
        if query.class == ObjectClass::GRANT {
            let links = if back_links { "memberOf" } else { &dialect.member };
            attributes.push(if back_links { links.to_owned() } else { dialect.members_asked() });
            conditions.push(format!("({links}=*)"));
        }
        let filter = match conditions.is_empty() {
            true => shape.filter.clone(),
            false => format!("(&{}{})", shape.filter, conditions.concat()),
        };
        let below = |base: &str| {
            Search::below(base, filter.clone(), attributes.clone())
                .on_active_directory(dialect.active_directory)
        };
        Ok(Some(searches(&self.model.bases(&class), below, &self.model.identity())))
    }

    async fn member_condition(&self, session: &Session, id: &str) -> Result<Option<String>> {
        for class in [ObjectClass::USER, ObjectClass::GROUP] {
            if let Some(dn) = self.dn_of(session, &class, id).await? {
                return Ok(Some(format!("({}={})", self.model.dialect.member, filter_text(&dn))));
            }
        }
        Ok(None)
    }

    /// Reads on until a page is full or the end is reached, and one object further, to know whether there is more.
    async fn fill(&self, ctx: &Context, walk: &mut Walk, wanted: Option<u32>) -> Result<Page> {
        let size = wanted.unwrap_or(self.config.page_size).clamp(1, LARGEST);
        let room = usize::try_from(size).unwrap_or(usize::MAX);
        while walk.ready.len() <= room && !walk.is_over() {
            self.step(ctx, walk, size).await?;
        }
        let items: Vec<_> = walk.ready.drain(..room.min(walk.ready.len())).collect();
        let next = (!walk.ready.is_empty()).then(|| self.walks.cursor(0, 0));
        Ok(Page { next, complete: walk.complete, ..Page::last(items) })
    }

    async fn step(&self, ctx: &Context, walk: &mut Walk, size: u32) -> Result<()> {
        if !walk.crowds.is_empty() {
            return self.grants_of_crowd(ctx, walk).await;
        }
        if !walk.names.is_empty() {
            return self.grants_of_names(walk).await;
        }
        let Some(search) = walk.searches.front() else { return Ok(()) };
        let class = walk.query.class.clone();
        let plain = matches!(class.as_str(), "User" | "Group") && walk.decided.is_none();
        let size = if plain { size } else { size.max(SMALLEST) };
        // A group comes with all its members, so few come at once.
        let size = if class == ObjectClass::GRANT && !self.model.dialect.member_of { 10 } else { size };
        let mut found = walk.session.page(search, size, std::mem::take(&mut walk.cookie)).await?;
        walk.complete &= found.complete;
        if let Some(places) = &mut walk.places {
            let place = (search, walk.searches.len());
            found.entries = self.unseen(&walk.session, places, place, found.entries).await?;
        }
        if found.cookie.is_empty() {
            walk.searches.pop_front();
        } else {
            walk.cookie = found.cookie;
        }
        match class.as_str() {
            "Grant" => return self.grants_of(walk, found.entries).await,
            "Entitlement" => {
                walk.ready.extend(
                    found.entries.iter().filter_map(|entry| Some(Object::from(&self.entitlement(entry)?))),
                );
                return Ok(());
            }
            _ => {}
        }
        let schema = self.model.compiled(&class)?;
        let fields = walk.query.fields.clone();
        for mut object in self.shown(&walk.session, &class, &found.entries).await? {
            if walk.decided.as_ref().is_some_and(|filter| !filter.matches(&object.resource)) {
                continue;
            }
            if class == ObjectClass::GROUP
                && MemberPatch::wanted(&fields)
                && let Ok(members) = AttrPath::parse("members")
            {
                object.partial.insert(members);
            }
            object.resource = fields.project(&object.resource, schema);
            walk.ready.push_back(object);
        }
        Ok(())
    }

    pub(super) fn entitlement(&self, entry: &crate::entry::Entry) -> Option<Entitlement> {
        let id = self.model.id(entry)?;
        let name = self.model.groups.as_ref().and_then(|mapping| entry.text(mapping.of("displayName")?));
        Some(Entitlement::new("group", &id).with_display(name.unwrap_or(&entry.dn)))
    }
}

pub(crate) fn cut_off() -> ConnectorError {
    ConnectorError::new(ErrorKind::NoCapacity, Certainty::NotAttempted)
        .with_detail("the server does not show all of what was looked for")
        .with_help("raise the limits of the connector's account")
}
