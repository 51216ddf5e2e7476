use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tenure_connector::{
    Connector as _, Context, CredentialSource, ObjectClass, ObjectRef, Operation, Result, Secret, SecretRef,
    SessionScope, WriteRequest,
};
use tenure_connector_linux::{Finished, LinuxConfig, LinuxConnector, Runner, Through};
use tenure_testkit::conformance::MemorySecrets;

use crate::may_try;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nanna:x:4711:4711::/srv/anna:/bin/sh\n";
const SHADOW: &str = "root:*:1::::::\nanna:!:1::::::\n";
const GROUP: &str = "root:x:0:\nanna:x:4711:\n";

/// A host whose files are made up; other commands go to `beneath`, and are written down.
#[derive(Debug)]
struct MadeUp {
    beneath: Option<Through>,
    ran: Mutex<Vec<(Vec<String>, Option<String>)>>,
}

#[async_trait]
impl Runner for MadeUp {
    async fn run(&self, command: &tenure_connector_linux::Command) -> Result<Finished> {
        let text = match command.arguments.last().map(String::as_str) {
            Some("/etc/passwd") => PASSWD,
            Some("/etc/shadow") => SHADOW,
            Some("/etc/group") => GROUP,
            _ => {
                let input = command.input.as_ref().map(|input| input.expose().to_owned());
                self.ran.lock().unwrap().push((command.arguments.clone(), input));
                return match &self.beneath {
                    Some(beneath) => beneath.run(command).await,
                    None => Ok(Finished { code: Some(0), output: Vec::new(), complaint: String::new() }),
                };
            }
        };
        Ok(Finished { code: Some(0), output: text.into(), complaint: String::new() })
    }
}

fn connector(beneath: Option<Through>) -> (LinuxConnector, Arc<MadeUp>) {
    let host = Arc::new(MadeUp { beneath, ran: Mutex::default() });
    (LinuxConnector::over(LinuxConfig::new("made-up"), host.clone()).unwrap(), host)
}

fn anna() -> ObjectRef {
    ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "anna")
}

#[tokio::test]
async fn a_password_is_read_by_the_tool_and_stands_in_no_argument() {
    let (connector, host) = connector(None);
    let (secrets, name) = (MemorySecrets::default(), SecretRef::new("new"));
    secrets.put(&name, Secret::new("Correct-Horse-1"));
    let ctx = Context::new("test").with_secrets(Arc::new(secrets));
    let credential = CredentialSource::Reference(name);
    let set = Operation::SetCredential { object: anna(), credential };
    assert!(connector.apply(&ctx, &WriteRequest::new("key", set)).await.unwrap().changed());
    let ran = host.ran.lock().unwrap();
    assert_eq!(ran.as_slice(), [(vec!["chpasswd".to_owned()], Some("anna:Correct-Horse-1\n".to_owned()))]);
}

/// A process tree of its own: what is ended in it is nothing of this machine.
struct Namespace(Child);

impl Namespace {
    fn new() -> Option<Self> {
        if !may_try() {
            return None;
        }
        let line = ["--pid", "--mount", "--mount-proc", "--fork", "--kill-child", "sleep", "300"];
        let child = Command::new("unshare").args(line).stdin(Stdio::null()).spawn().ok()?;
        let namespace = Self(child);
        let tried = (0..50).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            let init = namespace.init();
            init.is_some_and(|init| {
                Command::new("nsenter").args(enter(init)).arg("true").status().is_ok_and(|s| s.success())
            })
        });
        if !tried {
            eprintln!("not tried: no process namespace can be made here");
        }
        tried.then_some(namespace)
    }

    /// The first process of the namespace, by its number outside.
    fn init(&self) -> Option<u32> {
        let children = format!("/proc/{0}/task/{0}/children", self.0.id());
        std::fs::read_to_string(children).ok()?.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn enter(init: u32) -> Vec<String> {
    ["--target", &init.to_string(), "--pid", "--mount"].map(str::to_owned).into()
}

#[tokio::test]
async fn sessions_end_and_those_of_others_go_on() {
    let Some(namespace) = Namespace::new() else { return };
    let before: Vec<String> =
        std::iter::once("nsenter".to_owned()).chain(enter(namespace.init().unwrap())).collect();
    let start = |uid: &str| {
        let line =
            [&before[1..], &["setpriv", "--reuid", uid, "--clear-groups", "sleep", "200"].map(str::to_owned)]
                .concat();
        Command::new("nsenter").args(line).spawn().unwrap()
    };
    let (mut hers, mut others) = (start("4711"), start("4712"));
    for uid in ["4711", "4712"] {
        let asks = [&before[1..], &["pgrep", "--uid", uid].map(str::to_owned)].concat();
        let there = || Command::new("nsenter").args(&asks).stdout(Stdio::null()).status().unwrap().success();
        let until = Instant::now() + Duration::from_secs(60);
        while !there() {
            assert!(Instant::now() < until, "nothing runs as {uid}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let (connector, _) = connector(Some(Through { before, remote_shell: false }));
    let end = Operation::RevokeSessions { object: anna(), scope: SessionScope::All };
    let ctx = Context::new("test");
    let request = WriteRequest::new("key", end);
    assert!(connector.apply(&ctx, &request).await.unwrap().changed());
    assert!(hers.wait().unwrap().code() != Some(0));
    assert!(others.try_wait().unwrap().is_none(), "another account's processes go on");
    assert!(connector.apply(&ctx, &request).await.unwrap().is_already_so());
    others.kill().unwrap();
    others.wait().unwrap();
}
