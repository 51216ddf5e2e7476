use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tenure_connector::RejectedItem;
use tenure_connector::record::{LeaveRecord, WorkerRecord, WorkerStatus};
use tenure_policy::{Engagement, EngagementId, IdentityId, Leave, Person, Zone};

use super::Attributes;

/// Puts one person together from all rows with their id.
///
/// Rows come in any order; the result does not depend on it. What the person is called comes from the row that the
/// source calls primary, and among several from the one that began last. `before` is the person as known so far: it
/// tells since when an engagement is known, and keeps holds and overrides, which no source delivers.
pub(crate) fn person(
    id: &IdentityId,
    rows: &[WorkerRecord],
    before: Option<&Person>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<Person, RejectedItem> {
    let mut rows: Vec<&WorkerRecord> = rows.iter().collect();
    rows.sort_by(|a, b| {
        (b.primary, b.start_date, &a.engagement_id).cmp(&(a.primary, a.start_date, &b.engagement_id))
    });
    let mut person = match rows.first() {
        Some(first) => Person::new(id.clone(), own_attributes(first)),
        None => Person::new(id.clone(), tenure_scim::Resource::default()),
    };
    for row in rows {
        person.engagements.push(engagement(row, before, zone, now)?);
    }
    person.engagements.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(before) = before {
        person.holds.clone_from(&before.holds);
        person.overrides.clone_from(&before.overrides);
    }
    Ok(person)
}

/// Whether a row can be made a part of a person.
pub(crate) fn check(row: &WorkerRecord, zone: Zone) -> Result<(), RejectedItem> {
    Parsed::of(row, zone).map(drop)
}

/// Ends the engagements that a complete snapshot lacks; one that had not begun counts as called off.
///
/// `keep` holds the engagements that the snapshot has.
pub(crate) fn end_absent(person: &mut Person, before: &Person, keep: &[EngagementId], now: DateTime<Utc>) {
    for old in before.engagements.iter().filter(|old| !keep.contains(&old.id)) {
        let mut ended = old.clone();
        let begun = tenure_policy::start_of_day(ended.start, ended.zone) <= now;
        if !begun {
            ended.rescinded = true;
        } else if is_open(&ended, now) {
            ended.access_ends = Some(now);
        }
        person.engagements.push(ended);
    }
    person.engagements.sort_by(|a, b| a.id.cmp(&b.id));
}

fn is_open(engagement: &Engagement, now: DateTime<Utc>) -> bool {
    let ended = |day: NaiveDate| {
        day.succ_opt().is_some_and(|next| tenure_policy::start_of_day(next, engagement.zone) <= now)
    };
    !engagement.rescinded
        && engagement.access_ends.is_none_or(|at| at > now)
        && !engagement.end.is_some_and(ended)
}

fn engagement(
    row: &WorkerRecord,
    before: Option<&Person>,
    default_zone: Zone,
    now: DateTime<Utc>,
) -> Result<Engagement, RejectedItem> {
    let Parsed { id, zone, manager } = Parsed::of(row, default_zone)?;
    let known = before.and_then(|person| person.engagements.iter().find(|known| known.id == id));
    let mut engagement = Engagement::new(id, &row.engagement_type, row.start_date, zone);
    engagement.end = row.end_date;
    engagement.primary = row.primary;
    engagement.manager = manager;
    engagement.attributes = job_attributes(row);
    engagement.leaves = row.leaves.iter().map(leave).collect();
    engagement.rescinded = row.status == WorkerStatus::Rescinded;
    if row.status == WorkerStatus::Terminated {
        engagement.access_ends =
            Some(known.and_then(|known| known.access_ends).map_or(now, |known| known.min(now)));
    }
    engagement.recorded = Some(known.and_then(|known| known.recorded).unwrap_or(now));
    Ok(engagement)
}

/// What a row says by names.
struct Parsed {
    id: EngagementId,
    zone: Zone,
    manager: Option<IdentityId>,
}

impl Parsed {
    fn of(row: &WorkerRecord, default_zone: Zone) -> Result<Self, RejectedItem> {
        let id = EngagementId::parse(&row.engagement_id)
            .map_err(|_| rejected(row, "a usable `engagementId`", &row.engagement_id))?;
        let zone = match &row.time_zone {
            Some(name) => name.parse::<Zone>().map_err(|_| {
                rejected(row, "the IANA name of a time zone in `timeZone`", name)
                    .with_help("for instance Europe/Berlin")
            })?,
            None => default_zone,
        };
        if let Some(end) = row.end_date.filter(|end| *end < row.start_date) {
            let expected = format!("an `endDate` that is not before `startDate` {}", row.start_date);
            return Err(rejected(row, &expected, &end.to_string()));
        }
        let manager = match row.manager_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => Some(IdentityId::parse(id).map_err(|_| rejected(row, "a usable `managerId`", id))?),
            None => None,
        };
        Ok(Self { id, zone, manager })
    }
}

fn leave(record: &LeaveRecord) -> Leave {
    Leave::new(&record.kind, record.from, record.until)
}

fn own_attributes(row: &WorkerRecord) -> tenure_scim::Resource {
    let mut attributes = Attributes::default();
    let called = row.preferred_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&row.given_name);
    let display = format!("{called} {}", row.family_name);
    attributes.text("externalId", Some(&row.worker_id));
    attributes.text("displayName", Some(display.trim()));
    attributes.text("nickName", row.preferred_name.as_deref());
    attributes.top(
        "name",
        Some(
            json!({"givenName": row.given_name, "familyName": row.family_name, "formatted": display.trim()}),
        ),
    );
    let email = row.email.as_deref().filter(|email| !email.is_empty());
    attributes.top("emails", email.map(|email| json!([{"value": email, "type": "work", "primary": true}])));
    attributes.enterprise("employeeNumber", Some(Value::from(row.worker_id.as_str())));
    attributes.finish()
}

fn job_attributes(row: &WorkerRecord) -> tenure_scim::Resource {
    let value = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(Value::from);
    let mut attributes = Attributes::default();
    attributes.text("userType", Some(&row.engagement_type));
    attributes.text("title", row.title.as_deref());
    attributes.text("timezone", row.time_zone.as_deref());
    let mut address = serde_json::Map::new();
    address.extend(value(&row.location).map(|place| ("locality".to_owned(), place)));
    address.extend(value(&row.country).map(|country| ("country".to_owned(), country)));
    if !address.is_empty() {
        address.insert("type".to_owned(), Value::from("work"));
        attributes.top("addresses", Some(json!([address])));
    }
    attributes.enterprise("department", value(&row.department));
    attributes.enterprise("division", value(&row.team));
    attributes.enterprise("costCenter", value(&row.cost_center));
    attributes.enterprise("manager", value(&row.manager_id).map(|id| json!({"value": id})));
    attributes.extra.extend(row.extra.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))));
    attributes.finish()
}

fn rejected(row: &WorkerRecord, expected: &str, found: &str) -> RejectedItem {
    let place = format!("worker {}, engagement {}", row.worker_id, row.engagement_id);
    RejectedItem::new(place, expected, found).with_item(row.worker_id.as_str())
}
