use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::{self, Head};

/// One connection to a server, opened when it is needed. It costs as little as HTTP can, so that a fast server and not this
/// program is what is measured. A clone has a connection of its own.
pub struct Client {
    address: String,
    base: String,
    authorization: String,
    stream: Option<TcpStream>,
    sent: Vec<u8>,
    read: Vec<u8>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        let (address, base) = (self.address.clone(), self.base.clone());
        let authorization = self.authorization.clone();
        Self { address, base, authorization, stream: None, sent: Vec::new(), read: Vec::new() }
    }
}

impl Client {
    pub fn new(url: &str, token: &str) -> Self {
        let rest = url.strip_prefix("http://").expect("an address with http://");
        let (address, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self {
            address: address.to_owned(),
            base: base.trim_end_matches('/').to_owned(),
            authorization: format!("Bearer {token}"),
            stream: None,
            sent: Vec::new(),
            read: Vec::new(),
        }
    }

    /// The status and the bytes of the answer; status 0 when there is none.
    pub async fn send(&mut self, method: &str, path: &str, body: &str) -> (u16, &[u8]) {
        let Self { address, base, authorization, .. } = &*self;
        let length = body.len();
        self.sent = format!(
            "{method} {base}{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {authorization}\r\n\
             content-type: application/scim+json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes();
        // A connection that the server closes between two requests is no answer of the server.
        for _ in 0..2 {
            if let Some((status, from, to)) = self.exchange().await {
                return (status, &self.read[from..to]);
            }
            self.stream = None;
        }
        (0, &[])
    }

    pub async fn json(&mut self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let (status, bytes) = self.send(method, path, &body).await;
        (status, serde_json::from_slice(bytes).unwrap_or_default())
    }

    /// The status, and where the body is in `read`; nothing when the connection ended before.
    async fn exchange(&mut self) -> Option<(u16, usize, usize)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut()?;
        stream.write_all(&self.sent).await.ok()?;
        self.read.clear();
        let head = loop {
            if stream.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
            if let Some(head) = Head::read(&self.read) {
                break head;
            }
        };
        let mut ended = false;
        let (from, to) = loop {
            if let Some(found) = answer::body(&head, &mut self.read, ended) {
                break found;
            }
            if ended {
                return None;
            }
            ended = stream.read_buf(&mut self.read).await.ok()? == 0;
        };
        if head.closes {
            self.stream = None;
        }
        Some((head.status, from, to))
    }
}
