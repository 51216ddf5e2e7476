//! `tenure serve` as a process: one line when it is ready, resource types from files, a clean stop, HTTPS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const TOKEN: &str = "token-of-the-test";

/// The command, killed with the value when it does not stop by itself.
struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ready: String,
}

impl Served {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command.current_dir(folder).args(["serve", "--listen", "127.0.0.1:0", "--token", TOKEN]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        Self { child, stdout, ready: ready.trim_end().to_owned() }
    }

    fn url(&self) -> &str {
        self.ready.strip_prefix("listening on ").unwrap()
    }

    fn address(&self) -> String {
        let (_, rest) = self.url().split_once("://").unwrap();
        rest.split('/').next().unwrap().to_owned()
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        exchange(&mut stream, method, path, body)
    }

    fn terminate(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// The exit code, and what was printed after the first line.
    #[expect(clippy::disallowed_methods, reason = "a test that waits for a process")]
    fn ended(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + Duration::from_secs(120);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut rest = String::new();
                self.stdout.read_to_string(&mut rest).unwrap();
                return (status.code(), rest);
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the command did not stop");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn exchange(
    stream: &mut (impl Read + Write),
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} /scim/v2{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
}

#[test]
fn it_says_once_that_it_is_ready_and_stops_cleanly_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), &["--store", "sqlite:people.db"]);
    assert!(served.ready.starts_with("listening on http://127.0.0.1:"), "{}", served.ready);
    assert!(served.ready.ends_with("/scim/v2"), "{}", served.ready);
    assert_eq!(served.request("POST", "/Users", Some(&user("anna"))).0, 201);

    // A client that waits with its connection open does not hold the stop up.
    let idle = TcpStream::connect(served.address()).unwrap();
    served.terminate();
    let (code, rest) = served.ended();
    assert_eq!((code, rest.as_str()), (Some(0), ""), "nothing more is printed");
    drop(idle);

    let again = Served::start(folder.path(), &["--store", "sqlite:people.db"]);
    let (status, found) = again.request("GET", "/Users?filter=userName+eq+%22anna%22", None);
    assert_eq!((status, &found["totalResults"]), (200, &json!(1)), "what was answered is kept");
}

/// Runs where `TENURE_POSTGRES_URL` names a server, as `.ci/servers/scim2-tester.sh` does.
#[test]
#[expect(clippy::disallowed_methods, reason = "the address of the server comes from the environment")]
fn it_keeps_people_in_postgresql_for_several_processes() {
    let Ok(url) = std::env::var("TENURE_POSTGRES_URL") else {
        assert!(std::env::var("TENURE_REQUIRE_SERVERS").is_err(), "TENURE_POSTGRES_URL is not set");
        println!("skipped: TENURE_POSTGRES_URL is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (one, two) =
        (Served::start(folder.path(), &["--store", &url]), Served::start(folder.path(), &["--store", &url]));
    let name = format!("anna-{}", std::process::id());
    let (status, made) = one.request("POST", "/Users", Some(&user(&name)));
    assert_eq!(status, 201, "{made}");
    assert_eq!(two.request("POST", "/Users", Some(&user(&name))).0, 409);
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    assert_eq!(two.request("GET", &path, None).0, 200);
    assert_eq!(two.request("DELETE", &path, None).0, 204);
    assert_eq!(one.request("GET", &path, None).0, 404);
    for served in [one, two] {
        served.terminate();
        assert_eq!(served.ended().0, Some(0));
    }
}

/// An extension of User and a resource type of one's own, in the form that /Schemas and /ResourceTypes answer.
#[test]
fn schemas_and_resource_types_come_from_files() {
    const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";
    const PRINTER: &str = "urn:example:params:scim:schemas:core:2.0:Printer";
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str, uniqueness: &str| {
        json!({"name": name, "type": "string", "multiValued": false, "description": "", "required": false,
               "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": uniqueness})
    };
    let schema = |id: &str, name: &str, attributes: Value| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": id, "name": name,
               "description": name, "attributes": attributes})
    };
    let badge = schema(BADGE, "Badge", json!([text("number", "none")]));
    let printer = schema(PRINTER, "Printer", json!([text("displayName", "none"), text("room", "none")]));
    // The list as /Schemas answers it, and single documents for the types.
    let list = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 2,
                      "Resources": [badge, printer]});
    let user_type = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "User",
        "name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [{"schema": BADGE, "required": false}]});
    let printer_type = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "Printer",
        "name": "Printer", "endpoint": "/Printers", "schema": PRINTER});
    for (name, value) in [("schemas.json", &list), ("user.json", &user_type), ("printer.json", &printer_type)]
    {
        fs::write(folder.path().join(name), value.to_string()).unwrap();
    }
    let arguments =
        ["--schema", "schemas.json", "--resource-type", "user.json", "--resource-type", "printer.json"];
    let served = Served::start(folder.path(), &arguments);

    let mut anna = user("anna");
    anna["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User", BADGE]);
    anna[BADGE] = json!({"number": "4711"});
    let (status, made) = served.request("POST", "/Users", Some(&anna));
    assert_eq!((status, &made[BADGE]["number"]), (201, &json!("4711")), "{made}");
    let (status, found) = served.request("GET", &format!("/Users?filter={BADGE}:number+eq+%224711%22"), None);
    assert_eq!((status, &found["totalResults"]), (200, &json!(1)), "{found}");
    let (status, made) = served.request(
        "POST",
        "/Printers",
        Some(&json!({"schemas": [PRINTER], "displayName": "Laser", "room": "2.17"})),
    );
    assert_eq!((status, &made["room"]), (201, &json!("2.17")), "{made}");
    let (_, types) = served.request("GET", "/ResourceTypes/User", None);
    assert_eq!(types["schemaExtensions"][0]["schema"], BADGE);
}

#[test]
fn what_cannot_be_served_is_told_before_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    for (arguments, expected) in [
        (vec!["--store", "cloud"], "`cloud` is no store"),
        (vec!["--profile", "nobody"], "`nobody` is no profile"),
        (vec!["--schema", "broken.json"], "broken.json"),
        (vec!["--schema", "missing.json"], "missing.json"),
        (vec!["--tls-cert", "cert.pem"], "--tls-key"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command.current_dir(folder.path()).args(["serve", "--listen", "127.0.0.1:0", "--token", TOKEN]);
        let output = command.args(&arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn addresses_are_what_clients_see_when_a_proxy_is_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), &["--url", "https://scim.example.com/scim/v2/"]);
    let (_, made) = served.request("POST", "/Users", Some(&user("anna")));
    let location = made["meta"]["location"].as_str().unwrap();
    assert!(location.starts_with("https://scim.example.com/scim/v2/Users/"), "{location}");
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::Arc;

    use rustls::crypto::ring;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    use super::*;

    fn connect(served: &Served, trusted: &rcgen::Certificate) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        StreamOwned::new(session, TcpStream::connect(served.address()).unwrap())
    }

    fn certificate(folder: &Path, name: &str) -> rcgen::Certificate {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.join(format!("{name}.pem")), made.cert.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
        made.cert
    }

    #[test]
    fn a_client_that_trusts_the_certificate_is_served_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ours = certificate(folder.path(), "ours");
        let other = certificate(folder.path(), "other");
        let served = Served::start(folder.path(), &["--tls-cert", "ours.pem", "--tls-key", "ours.key"]);
        assert!(served.ready.starts_with("listening on https://"), "{}", served.ready);

        let (status, made) = exchange(&mut connect(&served, &ours), "POST", "/Users", Some(&user("anna")));
        assert_eq!(status, 201, "{made}");
        assert!(made["meta"]["location"].as_str().unwrap().starts_with("https://"), "{made}");

        let mut suspicious = connect(&served, &other);
        assert!(
            suspicious.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err(),
            "the certificate is not the trusted one"
        );

        // Somebody who speaks no TLS gets no HTTP answer, and somebody who says nothing holds nobody up.
        let _silent = TcpStream::connect(served.address()).unwrap();
        let mut plain = TcpStream::connect(served.address()).unwrap();
        plain.write_all(b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        drop(plain.read_to_end(&mut answer));
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");

        let (status, _) = exchange(&mut connect(&served, &ours), "GET", "/Users", None);
        assert_eq!(status, 200);
        served.terminate();
        assert_eq!(served.ended().0, Some(0));
    }

    #[test]
    fn a_key_of_another_certificate_is_told_before_it_listens() {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), "ours");
        certificate(folder.path(), "other");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command.current_dir(folder.path()).args(["serve", "--listen", "127.0.0.1:0", "--token", TOKEN]);
        let output = command.args(["--tls-cert", "ours.pem", "--tls-key", "other.key"]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("ours.pem"), "{stderr}");
    }
}

/// Sends a request to be done later; the transaction, and where its end can be read.
fn accepted(served: &Served, path: &str, body: &Value) -> (String, String) {
    let body = body.to_string();
    let mut stream = TcpStream::connect(served.address()).unwrap();
    write!(
        stream,
        "POST /scim/v2{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Prefer: respond-async\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let header = |name: &str| {
        let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.unwrap().split_once(": ").unwrap().1.to_owned()
    };
    let (_, place) =
        header("location").split_once("/scim/v2").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    (header("set-txn"), place)
}

/// The process is killed while it does what it has accepted, or a moment before or after: the next one ends it.
#[test]
fn what_is_accepted_outlives_a_killed_process() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--store", "sqlite:people.db", "--events", "events.ndjson"];
    let mut served = Served::start(folder.path(), &arguments);
    let post = |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("user{n}"))});
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": (0..MANY).map(post).collect::<Vec<_>>(),
    });
    let (txn, place) = accepted(&served, "/Bulk", &bulk);
    served.child.kill().unwrap();
    served.child.wait().unwrap();

    let again = Served::start(folder.path(), &arguments);
    let (status, _) = again.request("GET", &place, None);
    assert!([200, 202].contains(&status), "{status}");
    // A clean stop waits for what was taken up.
    again.terminate();
    assert_eq!(again.ended().0, Some(0));
    let last = Served::start(folder.path(), &arguments);
    // What the one before could not end in the time that a stop has is ended by this one.
    let (mut status, mut told) = last.request("GET", &place, None);
    for _ in 0..2_400 {
        if status != 202 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
        (status, told) = last.request("GET", &place, None);
    }
    assert_eq!((status, told.as_array().map(Vec::len)), (200, Some(MANY)));
    let (_, users) = last.request("GET", "/Users?count=0", None);
    assert_eq!(users["totalResults"], MANY, "each is made once");
    let events = fs::read_to_string(folder.path().join("events.ndjson")).unwrap();
    for n in 0..MANY {
        let event = |line: &&str| line.contains(&format!("\"{txn}:{n}\"")) && line.contains("\"201\"");
        assert!(events.lines().any(|line| event(&line)), "{n}");
    }
}

const MANY: usize = 150;

#[test]
fn what_is_accepted_is_done_and_its_end_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), &["--events", "events.ndjson"]);
    let (_, config) = served.request("GET", "/ServiceProviderConfig", None);
    assert_ne!(config["securityEvents"], Value::Null, "it is announced");
    let (txn, place) = accepted(&served, "/Users", &user("anna"));

    // A clean stop waits for what was accepted.
    served.terminate();
    let event_file = folder.path().join("events.ndjson");
    let (code, _) = served.ended();
    assert_eq!(code, Some(0));
    let events = fs::read_to_string(event_file).unwrap();
    let lines: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["txn"]), (1, &json!(txn)));
    assert!(events.contains("201"), "{events}");
    assert_eq!(place, format!("/AsyncRequests/{txn}"));
}

#[test]
fn a_token_from_the_environment_stands_in_no_list_of_processes() {
    let serve = |token: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).env_remove("TENURE_TOKEN");
        command
            .envs(token.map(|token| ("TENURE_TOKEN", token)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let refused = serve(None).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("TENURE_TOKEN"));

    let mut child = serve(Some(TOKEN));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ready = String::new();
    stdout.read_line(&mut ready).unwrap();
    let served = Served { child, stdout, ready: ready.trim_end().to_owned() };
    assert_eq!(served.request("GET", "/Users", None).0, 200);
}
