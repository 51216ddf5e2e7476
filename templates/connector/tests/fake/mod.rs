use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tenure_connector_template::{Http, Lost, Request, Response};
use tenure_testkit::conformance::FaultPort;

/// Notely in memory, as its documentation describes it.
#[derive(Debug, Default)]
pub(crate) struct FakeNotely {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<u64, Value>,
    last: u64,
    throttle: Option<Option<Duration>>,
    lose: bool,
}

pub(crate) const TOKEN: &str = "notely-token-4711";

fn answer(status: u16, body: Value) -> Response {
    Response { status, headers: BTreeMap::new(), body }
}

#[async_trait]
impl Http for FakeNotely {
    async fn send(&self, request: Request) -> Result<Response, Lost> {
        let mut state = self.state.lock().unwrap();
        if request.token.expose() != TOKEN {
            return Ok(answer(401, json!({ "code": "bad_token" })));
        }
        if let Some(wait) = state.throttle.take() {
            let mut response = answer(429, Value::Null);
            if let Some(wait) = wait {
                response.headers.insert("retry-after".into(), wait.as_secs().to_string());
            }
            return Ok(response);
        }
        let response = state.handle(&request);
        if std::mem::take(&mut state.lose) { Err(Lost::NoAnswer) } else { Ok(response) }
    }
}

impl State {
    fn handle(&mut self, request: &Request) -> Response {
        let path: Vec<_> = request.path.iter().map(String::as_str).collect();
        match (request.method, path.as_slice()) {
            ("GET", ["people"]) => self.list(request),
            ("POST", ["people"]) => self.create(request.body.clone().unwrap()),
            (_, ["people", id]) => {
                let Some(id) = id.parse().ok().filter(|id| self.people.contains_key(id)) else {
                    return answer(404, json!({ "code": "no_person" }));
                };
                match request.method {
                    "GET" => answer(200, self.people[&id].clone()),
                    "DELETE" => {
                        self.people.remove(&id);
                        answer(204, Value::Null)
                    }
                    _ => self.change(id, request.body.as_ref().unwrap()),
                }
            }
            _ => answer(404, Value::Null),
        }
    }

    fn list(&self, request: &Request) -> Response {
        let query =
            |name: &str| request.query.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        let limit = query("limit").map_or(100, |limit| limit.parse().unwrap());
        let after: u64 = query("after").map_or(0, |after| after.parse().unwrap());
        let login = query("login");
        let mut rest = self.people.iter().filter(|(id, person)| {
            **id > after && login.as_ref().is_none_or(|login| person["login"] == login.as_str())
        });
        let people: Vec<_> = rest.by_ref().take(limit).map(|(_, person)| person.clone()).collect();
        let next = rest.next().and_then(|_| people.last().map(|last| last["id"].clone()));
        answer(200, json!({ "people": people, "next": next }))
    }

    fn taken(&self, login: &Value, own: u64) -> Option<Response> {
        let same = |(id, person): &(&u64, &Value)| **id != own && person["login"] == *login;
        let (id, _) = self.people.iter().find(same)?;
        Some(answer(409, json!({ "code": "login_taken", "conflicting": id.to_string() })))
    }

    fn create(&mut self, mut body: Value) -> Response {
        if let Some(taken) = self.taken(&body["login"], 0) {
            return taken;
        }
        self.last += 1;
        body["id"] = json!(self.last.to_string());
        self.people.insert(self.last, body.clone());
        answer(201, body)
    }

    fn change(&mut self, id: u64, changes: &Value) -> Response {
        if let Some(taken) = changes.get("login").and_then(|login| self.taken(login, id)) {
            return taken;
        }
        let person = self.people.get_mut(&id).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            person[name] = value.clone();
        }
        answer(200, person.clone())
    }
}

impl FaultPort for FakeNotely {
    fn throttle_next(&self, retry_after: Option<Duration>) -> bool {
        self.state.lock().unwrap().throttle = Some(retry_after);
        true
    }

    fn lose_next_answer(&self) -> bool {
        self.state.lock().unwrap().lose = true;
        true
    }

    fn expire_tokens(&self) -> bool {
        false
    }
}
