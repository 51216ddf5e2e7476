use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use tenure_connector::record::{WorkerRecord, WorkerStatus};
use tenure_connector::{Object, ObjectClass, ObjectRef};
use tenure_scim::{AttrPath, Resource, ValueRef};

/// How the users of a directory are read as workers, for a company whose directory is its source of people.
///
/// A user is a worker when the attribute of the worker's id, and a given and a family name are there: accounts of services
/// have no names of people, and usually no number. Who is not active has left.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Object, ObjectClass, ObjectRef};
/// use tenure_connector_rest::system::WorkersFrom;
/// use tenure_scim::Resource;
///
/// let anna = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
///     .with("userName", "anna@example.com")?
///     .with("name.givenName", "Anna")?
///     .with("name.familyName", "Berg")?
///     .with("active", true)?;
/// let user = Object::new(ObjectRef::new(ObjectClass::USER, "7"), anna);
/// let worker = WorkersFrom::default().worker(&user, Some("2026-03-02T08:00:00Z")).ok_or("no worker")?;
/// assert_eq!(worker.resource.text("workerId"), Some("7"));
/// assert_eq!(worker.resource.text("startDate"), Some("2026-03-02"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkersFrom {
    /// The attribute with the worker's id; the id of the user when absent.
    pub worker_id: Option<String>,
    /// The attribute with the kind of engagement; `Employee` when absent or empty.
    pub engagement_type: Option<String>,
    /// The attribute with the first day; the day the account was made when absent or empty.
    pub start_date: Option<String>,
    /// Further attributes to keep, by their paths.
    pub keep: Vec<String>,
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

impl WorkersFrom {
    /// A user as a worker; `None` when it is none. `created` is when the account was made.
    #[must_use]
    pub fn worker(&self, user: &Object, created: Option<&str>) -> Option<Object> {
        let read = |path: &str| at(&user.resource, path);
        let from = |path: &Option<String>| path.as_deref().and_then(read);
        let enterprise = |name: &str| read(&format!("{ENTERPRISE}:{name}"));
        let id = match &self.worker_id {
            Some(path) => read(path)?,
            None => user.object.id.clone(),
        };
        let start =
            from(&self.start_date).or_else(|| created.map(str::to_owned)).and_then(|text| day(&text))?;
        let kind = from(&self.engagement_type).unwrap_or_else(|| "Employee".to_owned());
        let (given, family) = (read("name.givenName")?, read("name.familyName")?);
        let mut worker = WorkerRecord::new(&id, &user.object.id, &kind, &given, &family, start);
        let email = user.object.secondary(ObjectRef::EMAIL).map(str::to_owned);
        worker.email = email.or_else(|| read("userName").filter(|name| name.contains('@')));
        worker.title = read("title");
        worker.department = enterprise("department");
        worker.cost_center = enterprise("costCenter");
        worker.manager_id = enterprise("manager.value");
        worker.extra = self.keep.iter().filter_map(|path| Some((path.clone(), read(path)?))).collect();
        if user.resource.attr("active").and_then(ValueRef::as_bool) == Some(false) {
            worker.status = WorkerStatus::Terminated;
        }
        let mut resource = Resource::from(&worker);
        resource.set_id(&user.object.id);
        Some(Object::new(ObjectRef::new(ObjectClass::WORKER, user.object.id.as_str()), resource))
    }
}

fn at(resource: &Resource, path: &str) -> Option<String> {
    let found = resource.get(&AttrPath::parse(path).ok()?)?.to_json();
    match found {
        serde_json::Value::String(text) if !text.is_empty() => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive());
    moment.or_else(|| text.parse().ok())
}
