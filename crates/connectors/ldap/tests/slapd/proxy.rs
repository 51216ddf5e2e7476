//! A proxy in front of a server without TLS: it counts what passes, can lose the answer to a write, and can hold a
//! request back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use tenure_testkit::conformance::FaultPort;
use tokio::sync::oneshot;

/// The tag of the answer to an add (RFC 4511 section 4.7).
const ADD_RESPONSE: u8 = 0x69;
/// The tags of requests (RFC 4511 sections 4.5.1, 4.6, 4.8 and 4.9).
pub(crate) const SEARCH: u8 = 0x63;
pub(crate) const MODIFY: u8 = 0x66;
pub(crate) const DELETE: u8 = 0x4a;
pub(crate) const MODIFY_DN: u8 = 0x6c;

#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    lose: AtomicBool,
    sent: AtomicU64,
    received: AtomicU64,
    hold: Mutex<Option<Hold>>,
}

/// A request that is to be held back: its tag, whom to tell that it came, and what it waits for.
#[derive(Debug)]
struct Hold {
    tag: u8,
    came: oneshot::Sender<()>,
    go: mpsc::Receiver<()>,
}

/// The other end of a request that is held back. Dropped, it lets the request go.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) came: oneshot::Receiver<()>,
    pub(crate) go: mpsc::Sender<()>,
}

impl Proxy {
    /// Starts in front of a URL `ldap://host:port`, on threads that end with the test.
    pub(crate) fn start(to: &str) -> Self {
        let to = to.trim_start_matches("ldap://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&to).unwrap();
                let (up, down) = (shared.clone(), shared.clone());
                let (mut from, mut into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || forward(&mut from, &mut into, |part| up.takes_in(part)));
                let (mut from, mut into) = (server, client);
                std::thread::spawn(move || forward(&mut from, &mut into, |part| down.passes(part)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Holds the next request with this tag back.
    pub(crate) fn hold(&self, tag: u8) -> Held {
        let ((told, came), (go, wait)) = (oneshot::channel(), mpsc::channel());
        *self.state.hold.lock().unwrap() = Some(Hold { tag, came: told, go: wait });
        Held { came, go }
    }

    /// How many bytes went to the server and came from it since the last time.
    pub(crate) fn take_bytes(&self) -> (u64, u64) {
        (self.state.sent.swap(0, Ordering::SeqCst), self.state.received.swap(0, Ordering::SeqCst))
    }
}

impl State {
    /// Counts a part of the requests.
    fn takes_in(&self, part: &[u8]) -> bool {
        self.sent.fetch_add(part.len() as u64, Ordering::SeqCst);
        let held = self.hold.lock().unwrap().take_if(|hold| tag(part) == Some(hold.tag));
        if let Some(Hold { came, go, .. }) = held {
            came.send(()).unwrap();
            // Nothing is sent: the other end is dropped.
            go.recv().unwrap_err();
        }
        true
    }

    /// Counts a part of the answers; false when it is to be lost. A small answer comes in one part.
    fn passes(&self, part: &[u8]) -> bool {
        self.received.fetch_add(part.len() as u64, Ordering::SeqCst);
        let of_add = tag(part) == Some(ADD_RESPONSE);
        !(of_add && self.lose.swap(false, Ordering::SeqCst))
    }
}

/// What kind of message this is. A small one comes in one part.
fn tag(part: &[u8]) -> Option<u8> {
    // The length takes a byte, or as many more as the first says, and the number of the message stands before the tag.
    let length = usize::from(part.get(1)? & 0x7f) * usize::from(part.get(1)? >> 7);
    let identifier = usize::from(*part.get(3 + length)?);
    part.get(4 + length + identifier).copied()
}

fn forward(from: &mut TcpStream, into: &mut TcpStream, mut passes: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let part = &buffer[..count];
        if passes(part) && into.write_all(part).is_err() {
            break;
        }
    }
    drop(into.shutdown(Shutdown::Both));
}

impl FaultPort for Proxy {
    fn throttle_next(&self, _: Option<std::time::Duration>) -> bool {
        false
    }

    fn lose_next_answer(&self) -> bool {
        self.state.lose.store(true, Ordering::SeqCst);
        true
    }

    fn expire_tokens(&self) -> bool {
        false
    }
}
