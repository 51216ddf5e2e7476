//! Against servers that speak the beginning of PostgreSQL's protocol, with certificates made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tenure_tls::postgres::{Options, Server, certificate_problem};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a client asks for TLS with, after its length.
const SSL_REQUEST: u32 = 80_877_103;

/// A certificate for a host, and the file of the authority that signed it.
struct Signed {
    acceptor: TlsAcceptor,
    folder: TempDir,
}

impl Signed {
    fn new(host: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.into()], key).unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), folder }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn options(&self) -> Options {
        Options { authorities: Some(self.authority()), plain: false }
    }
}

/// Starts a server that takes one client; gives its port, and what it was told in the end.
async fn serve(acceptor: Option<TlsAcceptor>) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (length, asked) = (socket.read_u32().await.unwrap(), socket.read_u32().await.unwrap());
        if (length, asked) != (8, SSL_REQUEST) {
            return format!("no question for TLS but {asked}");
        }
        let Some(acceptor) = acceptor else {
            socket.write_all(b"N").await.unwrap();
            let mut rest = Vec::new();
            socket.read_to_end(&mut rest).await.unwrap_or_default();
            return format!("{} bytes in the clear", rest.len());
        };
        socket.write_all(b"S").await.unwrap();
        match acceptor.accept(socket).await {
            Ok(secured) => greet(secured).await,
            Err(_) => "no handshake".to_owned(),
        }
    });
    (port, told)
}

/// Lets everybody in: authentication is fine, and the server is ready.
async fn greet(mut client: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let length = client.read_u32().await.unwrap();
    let mut startup = vec![0; length as usize - 4];
    client.read_exact(&mut startup).await.unwrap();
    client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await.unwrap();
    client.flush().await.unwrap();
    String::from_utf8_lossy(&startup[4..]).replace('\0', " ").trim().to_owned()
}

async fn connect(server: &Server) -> Result<(), String> {
    let connected = server.config().connect(server.tls()).await;
    connected.map(drop).map_err(|error| certificate_problem(&error).unwrap_or_else(|| format!("{error:?}")))
}

#[tokio::test]
async fn a_server_with_a_certificate_of_a_known_authority_is_spoken_to() {
    let signed = Signed::new("localhost");
    let (port, told) = serve(Some(signed.acceptor.clone())).await;
    let text = format!("host=localhost port={port} user=tenure sslmode=verify-full");
    connect(&Server::read(&text, &signed.options()).unwrap()).await.unwrap();
    assert!(told.await.unwrap().contains("user tenure"));
}

#[tokio::test]
async fn the_file_of_the_string_comes_first() {
    let (signed, other) = (Signed::new("localhost"), Signed::new("localhost"));
    let (port, told) = serve(Some(signed.acceptor.clone())).await;
    let file = signed.authority();
    let text =
        format!("host=localhost port={port} user=tenure sslmode=require sslrootcert='{}'", file.display());
    connect(&Server::read(&text, &other.options()).unwrap()).await.unwrap();
    assert!(told.await.unwrap().contains("user tenure"));
}

#[tokio::test]
async fn an_unknown_authority_and_another_host_are_refused_whatever_the_mode() {
    let (signed, other) = (Signed::new("localhost"), Signed::new("db.example.com"));
    for mode in ["require", "verify-ca", "verify-full"] {
        for (acceptor, options) in
            [(signed.acceptor.clone(), other.options()), (other.acceptor.clone(), other.options())]
        {
            let (port, told) = serve(Some(acceptor)).await;
            let text = format!("postgres://tenure@localhost:{port}/app?sslmode={mode}");
            let error = connect(&Server::read(&text, &options).unwrap()).await.unwrap_err();
            assert!(error.contains("invalid peer certificate"), "{mode}: {error}");
            assert_eq!(told.await.unwrap(), "no handshake");
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_nothing() {
    let signed = Signed::new("localhost");
    let (port, told) = serve(None).await;
    let text = format!("host=localhost port={port} user=tenure password=hidden sslmode=require");
    let error = connect(&Server::read(&text, &signed.options()).unwrap()).await.unwrap_err();
    assert!(error.contains("TLS"), "{error}");
    assert_eq!(told.await.unwrap(), "0 bytes in the clear");
}

#[test]
fn authorities_that_are_not_there_are_told_before_anything_is_sent() {
    let error = Server::read("host=localhost sslmode=require sslrootcert=/no/such.pem", &Options::default())
        .unwrap_err();
    assert!(error.to_string().starts_with("cannot read `/no/such.pem`"), "{error}");
}
