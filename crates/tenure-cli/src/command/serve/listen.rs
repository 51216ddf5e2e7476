//! Accepting connections: no client holds one by being slow, and a stop lets what has begun come to its end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// How a connection begins.
pub(super) enum Doors {
    Plain,
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

impl Doors {
    pub(super) fn scheme(&self) -> &'static str {
        match self {
            Self::Plain => "http",
            #[cfg(feature = "tls")]
            Self::Tls(_) => "https",
        }
    }
}

/// How long slow clients are waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// From the connection, or the last answer, to the end of the headers; and for the handshake of TLS.
    pub(super) headers: Duration,
    /// From the wish to stop to the end of what has begun.
    pub(super) stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { headers: Duration::from_secs(30), stop: Duration::from_secs(30) }
    }
}

/// Serves until `stop` ends, then lets requests that have begun come to their end.
pub(super) async fn serve(
    listener: TcpListener,
    doors: Doors,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let doors = Arc::new(doors);
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST));
    // Closed when it is time to stop: who has not even greeted by then is not waited for.
    let (open, stopping) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // No file handle is left, or the client is gone again; the next attempt can be better.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (doors, router, watcher) = (Arc::clone(&doors), router.clone(), connections.watcher());
        let stopping = stopping.clone();
        tokio::spawn(async move {
            enter(&doors, stream, router, patience, watcher, stopping).await;
            drop(place);
        });
    }
    drop((listener, open));
    drop(timeout(patience.stop, connections.shutdown()).await);
}

async fn enter(
    doors: &Doors,
    stream: TcpStream,
    router: Router,
    patience: Patience,
    watcher: Watcher,
    stopping: watch::Receiver<()>,
) {
    drop(stream.set_nodelay(true));
    match doors {
        Doors::Plain => {
            drop(stopping);
            talk(stream, router, patience, watcher).await;
        }
        #[cfg(feature = "tls")]
        Doors::Tls(acceptor) => {
            let mut stopping = stopping;
            let greeted = tokio::select! {
                greeted = timeout(patience.headers, acceptor.accept(stream)) => greeted,
                _ = stopping.changed() => return,
            };
            if let Ok(Ok(stream)) = greeted {
                talk(stream, router, patience, watcher).await;
            }
        }
    }
}

async fn talk<S>(stream: S, router: Router, patience: Patience, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A connection that breaks is the client's affair.
    drop(watcher.watch(connection).await);
}

/// Connections at the same time; further ones wait in the queue of the operating system.
const MOST: usize = 4096;

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    /// Somebody asked for what takes long; one test does.
    static BEGUN: tokio::sync::Notify = tokio::sync::Notify::const_new();

    async fn start(
        patience: Patience,
    ) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            BEGUN.notify_one();
            sleep(Duration::from_millis(300)).await;
            "done"
        };
        let router = Router::new().route("/", get(|| async { "here" })).route("/slow", get(slow));
        let (stop, stopped) = oneshot::channel();
        let serving =
            tokio::spawn(serve(listener, Doors::Plain, router, patience, async { drop(stopped.await) }));
        (address, stop, serving)
    }

    #[tokio::test]
    async fn a_client_that_never_ends_its_headers_is_closed_and_others_are_served() {
        let patience = Patience { headers: Duration::from_millis(200), stop: Duration::from_secs(5) };
        let (address, _stop, _serving) = start(patience).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut quick = TcpStream::connect(address).await.unwrap();
        quick.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        quick.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"), "{answer}");
        for stream in [&mut slow, &mut silent] {
            let mut rest = Vec::new();
            let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
            assert!(ended.is_ok(), "the connection is closed");
            assert!(!String::from_utf8_lossy(&rest).contains("200"));
        }
    }

    #[tokio::test]
    async fn what_has_begun_ends_after_a_stop_and_nothing_new_begins() {
        let (address, stop, serving) = start(Patience::default()).await;
        let mut begun = TcpStream::connect(address).await.unwrap();
        begun.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        BEGUN.notified().await;
        stop.send(()).unwrap();
        let mut answer = String::new();
        begun.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        timeout(Duration::from_secs(5), serving).await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
