//! Events for other programs: printed as CloudEvents, posted to webhooks, signed, again when it failed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;
use support::{NOW, Project};
use tenure_governance::WebhookSecret;

/// One request that a receiver got.
struct Got {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
    }
}

/// A receiver that answers each request with the next status.
fn receiver(statuses: &[u16]) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (send, receive) = channel();
    let statuses = statuses.to_vec();
    thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut line, mut headers) = (String::new(), Vec::new());
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                match line.trim_end().split_once(": ") {
                    Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
                    None if line.trim_end().is_empty() => break,
                    None => {}
                }
            }
            let length =
                headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let mut stream = reader.into_inner();
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            send.send(Got { headers, body }).unwrap();
        }
    });
    (url, receive)
}

fn project(url: &str) -> Project {
    let project = Project::init();
    let rules = format!(
        "version: 1\nsource: https://example.com/tenure\nadministrators: [W1001]\n\
         webhooks:\n  - {{ id: chat, url: '{url}', types: [request.] }}\n\
         requests: {{ approvals: [{{ id: all, automatic: true, when: {{ targets: [erp] }} }}] }}\n"
    );
    fs::write(project.path("governance.yaml"), rules).unwrap();
    fs::write(project.path("chat.secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    project.edit(
        "tenure.toml",
        "store = ",
        "governance = \"governance.yaml\"\nwebhooks = { chat = { secret_file = \"chat.secret\" } }\nstore = ",
    );
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    project
}

#[test]
fn events_are_printed_as_cloudevents_one_a_line() {
    let project = project("https://example.com/hook");
    let all = project.tenure(&["events"]);
    assert_eq!(all.code, 0, "{}", all.stderr);
    let events: Vec<Value> = all.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() > 40, "{}", events.len());
    for (number, event) in events.iter().enumerate() {
        assert_eq!((&event["specversion"], &event["sequence"]), (&"1.0".into(), &(number + 1).into()));
        assert_eq!(event["source"], "https://example.com/tenure");
    }
    let some = project.tenure(&["events", "--after", "1", "--type", "create"]).stdout;
    assert!(
        some.lines().count() > 10 && some.lines().all(|line| line.contains("\"type\":\"tenure.create\"")),
        "{some}"
    );
}

#[test]
fn webhooks_are_signed_and_what_failed_is_sent_again_and_nothing_twice() {
    let (url, receive) = receiver(&[500, 204, 204]);
    let project = project(&url);
    let ask = ["request", "erp/permission:report", "--by", "W1013", "--because", "the quarter's end"];
    assert_eq!(project.tenure(&ask).code, 0);
    let failed = project.tenure(&["events", "--deliver"]);
    assert_eq!(failed.code, 4, "{}", failed.stderr);
    assert!(
        failed.stdout.contains("not sent: it answered 500; again at 2026-03-02 08:01 UTC"),
        "{}",
        failed.stdout
    );
    let soon = project.tenure_at("2026-03-02T08:00:30Z", &["events", "--deliver"]);
    assert!(soon.stdout.contains("not sent"), "it waits: {}", soon.stdout);
    let then = project.tenure_at("2026-03-02T08:01:00Z", &["events", "--deliver"]);
    assert_eq!(then.code, 0, "{}{}", then.stdout, then.stderr);
    assert!(then.stdout.contains("webhook chat: sent up to "), "{}", then.stdout);

    let (first, second) = (receive.recv().unwrap(), receive.recv().unwrap());
    assert_eq!(first.body, second.body, "the same events");
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"), "under the same id");
    assert_eq!(second.header("content-type"), "application/cloudevents-batch+json");
    let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let now = "2026-03-02T08:01:00Z".parse().unwrap();
    let time = second.header("webhook-timestamp").parse().unwrap();
    let (id, signature) = (second.header("webhook-id"), second.header("webhook-signature"));
    assert!(secret.verify(id, time, &second.body, signature, now), "{signature}");
    let events: Vec<Value> = serde_json::from_slice(&second.body).unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tenure.request.submit", "tenure.request.approve", "tenure.request.grant"]);

    let nothing = project.tenure_at("2026-03-02T08:05:00Z", &["events", "--deliver"]);
    assert_eq!(nothing.code, 0, "{}", nothing.stdout);
    assert!(receive.try_recv().is_err(), "nothing twice");
    assert_eq!(project.tenure_at("2026-03-02T08:10:00Z", &["apply", "--yes"]).code, 0);
    assert_eq!(project.tenure_at("2026-03-02T08:11:00Z", &["plan"]).code, 0);
    assert_eq!(project.tenure_at("2026-03-02T08:12:00Z", &["events", "--deliver"]).code, 0);
    let third = receive.recv().unwrap();
    let events: Vec<Value> = serde_json::from_slice(&third.body).unwrap();
    assert!(events.iter().any(|event| event["type"] == "tenure.request.fulfilled"), "{events:?}");
}

#[test]
fn messages_are_printed_until_they_are_taken_and_secrets_have_to_fit() {
    let project = project("https://example.com/hook");
    let ask = ["request", "zendesk/role:light-agent", "--by", "W1013", "--because", "stands in"];
    assert_eq!(project.tenure(&ask).code, 0);
    for command in [&["messages"][..], &["messages", "--take"]] {
        let shown = project.tenure(command).stdout;
        let message: Value = serde_json::from_str(shown.trim_end()).unwrap();
        assert_eq!((&message["to"], &message["kind"]), (&"W1010".into(), &"decide".into()), "{shown}");
    }
    assert_eq!(project.tenure(&["messages"]).stdout, "");
    project.edit("tenure.toml", "webhooks = { chat", "webhooks = { chatt");
    let wrong = project.tenure(&["events", "--deliver"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("`chatt`, which is no webhook"), "{}", wrong.stderr);
    project.edit("tenure.toml", "secret_file = \"chat.secret\"", "secret = \"s3cret\"");
    let open = project.tenure(&["events"]);
    assert_eq!(open.code, 2, "a secret does not stand in the project file");
}

#[cfg(unix)]
#[test]
fn what_happens_is_followed_until_it_is_stopped_and_from_an_event_on() {
    let project = project("https://example.com/hook");
    let follow = |after: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        let arguments = ["events", "--follow", "--after", after, "--type", "request.", "--at", NOW];
        let mut child =
            command.current_dir(project.path("")).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        (child, lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()))
    };
    let stop = |mut child: Child, mut lines: Box<dyn Iterator<Item = Value>>| {
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert!(lines.next().is_none(), "every line is whole, and nothing comes after the last");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    };
    let ask = |what: &str| {
        let asked = project.tenure(&["request", what, "--by", "Anna Keller", "--because", "for the quarter"]);
        assert_eq!(asked.code, 0, "{}", asked.stderr);
    };
    let (child, mut lines) = follow("0");
    // Asked by another program while this one follows.
    ask("erp/permission:report");
    let seen: Vec<Value> = lines.by_ref().take(3).collect();
    let kinds: Vec<&str> = seen.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tenure.request.submit", "tenure.request.approve", "tenure.request.grant"]);
    stop(child, Box::new(lines));

    // From the event on that was seen last but one, by its id.
    let (child, mut lines) = follow(seen[1]["id"].as_str().unwrap());
    assert_eq!(lines.next().unwrap(), seen[2], "what came after it, and nothing before");
    stop(child, Box::new(lines));
    let unknown = project.tenure(&["events", "--after", "no-such-event"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("there is no event `no-such-event`"), "{}", unknown.stderr);
}
