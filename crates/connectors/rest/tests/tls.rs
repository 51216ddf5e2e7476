//! The kit over TLS, against a server with a certificate made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Secret};
use tenure_connector_rest::{Answer, Auth, HttpOptions, RestClient, http_client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server on loopback that answers every request alike, and the file of the authority behind its certificate.
struct Server {
    port: u16,
    folder: TempDir,
    /// How many requests came through a handshake.
    heard: Arc<AtomicUsize>,
}

impl Server {
    /// Starts with a certificate for this host.
    async fn start(host: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate that has its issuer's name for one that signed itself.
        authority.distinguished_name.push(DnType::CommonName, "authority of a test");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.into()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    // A client that does not trust the certificate ends the handshake.
                    let Ok(mut secured) = acceptor.accept(socket).await else { return };
                    let mut request = vec![0; 4096];
                    let length = secured.read(&mut request).await.unwrap_or_default();
                    if String::from_utf8_lossy(&request[..length]).contains("Bearer hunter2") {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    secured.write_all(answer.as_bytes()).await.unwrap_or_default();
                    secured.shutdown().await.unwrap_or_default();
                });
            }
        });
        Self { port, folder, heard }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Sends one request to this host, trusting this authority besides those of the machine.
    async fn ask(&self, authorities: Option<PathBuf>) -> Result<Answer, ConnectorError> {
        // The libraries leave the choice to the program; a test that came before made it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = http_client(&HttpOptions { authorities, ..HttpOptions::default() }).unwrap();
        let base = format!("https://localhost:{}", self.port).parse().unwrap();
        let client = RestClient::new(base, Auth::bearer(&Secret::new("hunter2")), http).unwrap();
        client.send(&Context::new("test"), &client.post(&["users"]).unwrap()).await
    }

    fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_known_authority_is_spoken_to() {
    let server = Server::start("localhost").await;
    let answer = server.ask(Some(server.authority())).await.unwrap();
    assert_eq!((answer.status, server.heard()), (200, 1));
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_no_credentials_are_sent() {
    let (server, other) = (Server::start("localhost").await, Server::start("localhost").await);
    for authorities in [None, Some(other.authority())] {
        let error = server.ask(authorities).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotAttempted));
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    assert_eq!(server.heard(), 0);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let server = Server::start("desk.example.com").await;
    let error = server.ask(Some(server.authority())).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotAttempted));
    assert_eq!(server.heard(), 0);
}

#[tokio::test]
async fn a_file_that_holds_no_certificates_is_a_matter_of_configuration() {
    let server = Server::start("localhost").await;
    let empty = server.folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for file in [empty, server.folder.path().join("missing.pem")] {
        let error =
            http_client(&HttpOptions { authorities: Some(file), ..HttpOptions::default() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}
