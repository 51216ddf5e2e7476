//! A proxy in front of a server without TLS: it counts what passes, and can lose the answer to a write.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tenure_testkit::conformance::FaultPort;

/// The tag of the answer to an add (RFC 4511 section 4.7).
const ADD_RESPONSE: u8 = 0x69;

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
                std::thread::spawn(move || forward(&mut from, &mut into, |part| up.count_sent(part)));
                let (mut from, mut into) = (server, client);
                std::thread::spawn(move || forward(&mut from, &mut into, |part| down.passes(part)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many bytes went to the server and came from it since the last time.
    pub(crate) fn take_bytes(&self) -> (u64, u64) {
        (self.state.sent.swap(0, Ordering::SeqCst), self.state.received.swap(0, Ordering::SeqCst))
    }
}

impl State {
    fn count_sent(&self, part: &[u8]) -> bool {
        self.sent.fetch_add(part.len() as u64, Ordering::SeqCst);
        true
    }

    /// Counts a part of the answers; false when it is to be lost. A small answer comes in one part.
    fn passes(&self, part: &[u8]) -> bool {
        self.received.fetch_add(part.len() as u64, Ordering::SeqCst);
        let identifier = part.get(3).map_or(0, |length| usize::from(*length));
        let of_add = part.get(4 + identifier) == Some(&ADD_RESPONSE);
        !(of_add && self.lose.swap(false, Ordering::SeqCst))
    }
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
