//! `tenure serve --web` and `tenure invite`: an approver's way from the invitation to the decision, over the processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![cfg(all(unix, feature = "web"))]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use support::{NOW, Project};

/// The command, killed with the value.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(project: &Project) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command.current_dir(project.path("")).args([
            "serve",
            "--web",
            "--listen",
            "127.0.0.1:0",
            "--at",
            NOW,
        ]);
        let mut child = command.args(["--token", "a-token"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let scim = lines.next().unwrap().unwrap();
        let pages = lines.next().unwrap().unwrap();
        assert!(scim.starts_with("listening on http://") && scim.ends_with("/scim/v2"), "{scim}");
        let address =
            pages.strip_prefix("pages on http://").unwrap().strip_suffix("/access/").unwrap().to_owned();
        Self { child, address }
    }

    /// Headers and body of an answer.
    fn send(&self, method: &str, path: &str, cookie: &str, form: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
        (headers.to_owned(), body.to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn an_approver_is_invited_and_decides_on_a_page_beside_scim() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let ask = ["request", "erp/permission:report", "--by", "Anna Keller", "--because", "the <quarter's> end"];
    let asked = project.tenure(&ask);
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let id = asked.stdout.split_whitespace().next().unwrap().to_owned();

    let served = Served::start(&project);
    let (scim, _) = served.send("GET", "/scim/v2/Users", "", "");
    assert!(scim.starts_with("HTTP/1.1 401"), "SCIM has its own door: {scim}");
    let (there, _) = served.send("GET", "/access/", "", "");
    assert!(there.starts_with("HTTP/1.1 303") && there.contains("location: /access/sign-in"), "{there}");

    let invited = project.tenure(&["invite", "W1010"]);
    assert_eq!(invited.code, 0, "{}", invited.stderr);
    assert!(
        invited.stderr.contains("lets W1010 in at /access/sign-in, once, until 3 Mar 2026"),
        "{}",
        invited.stderr
    );
    let invitation = format!("invitation={}", invited.stdout.trim());
    let (entered, _) = served.send("POST", "/access/sign-in", "", &invitation);
    assert!(entered.starts_with("HTTP/1.1 303"), "{entered}");
    let cookie = entered.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (again, _) = served.send("POST", "/access/sign-in", "", &invitation);
    assert!(again.starts_with("HTTP/1.1 403"), "once: {again}");

    let (_, home) = served.send("GET", "/access/", &cookie, "");
    assert!(home.contains(&id) && home.contains("the &lt;quarter&#39;s&gt; end"), "{home}");
    let path = format!("/access/requests/{id}");
    let (_, page) = served.send("GET", &path, &cookie, "");
    let form =
        format!("token={}&seen={}&decision=approve&reason=fine", field(&page, "token"), field(&page, "seen"));
    let (done, _) = served.send("POST", &path, &cookie, &form);
    assert!(done.starts_with("HTTP/1.1 303"), "{done}");
    let shown = project.tenure(&["requests"]).stdout;
    assert!(shown.contains("W1010") && shown.contains("granted"), "{shown}");
    assert_eq!(project.tenure(&["audit", "verify"]).code, 0);
}

#[test]
fn nobody_is_invited_who_is_not_known() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let unknown = project.tenure(&["invite", "Nobody"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""), "{}", unknown.stderr);
    let long = project.tenure(&["invite", "W1010", "--hours", "1000"]);
    assert_eq!(long.code, 2, "{}", long.stderr);
}
