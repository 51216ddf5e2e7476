//! A way to a server that loses the answer to a commit, or the commit itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const NOTHING: u8 = 0;
/// The next commit takes place, and its answer is lost.
pub(crate) const ANSWER: u8 = 1;
/// The next commit is lost.
pub(crate) const COMMIT: u8 = 2;

/// Leads to a port; what is lost next is told by the switch.
pub(crate) async fn way_to(port: u16) -> (u16, Arc<AtomicU8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().port();
    let switch = Arc::new(AtomicU8::new(NOTHING));
    let lose = Arc::clone(&switch);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, port, Arc::clone(&lose)));
        }
    });
    (here, switch)
}

async fn pass(client: TcpStream, port: u16, lose: Arc<AtomicU8>) {
    let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
            let part = bytes.get(..count).unwrap();
            let commits = part.windows(6).any(|word| word == b"COMMIT");
            let lost = if commits { lose.swap(NOTHING, Ordering::SeqCst) } else { NOTHING };
            if lost != COMMIT {
                to_server.write_all(part).await.unwrap();
            }
            if lost != NOTHING {
                return;
            }
        }
    };
    // What ends first ends both. The server has answered when it closes a connection whose client says nothing more.
    tokio::select! {
        () = requests => {}
        _ = copy(&mut from_server, &mut to_client) => return,
    }
    drop((from_client, to_client, to_server));
    drop(copy(&mut from_server, &mut tokio::io::sink()).await);
}
