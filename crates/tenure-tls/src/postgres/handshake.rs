#[cfg(feature = "tls")]
pub use self::secured::Tls;
#[cfg(feature = "tls")]
pub(super) use self::secured::certificate_problem;
#[cfg(not(feature = "tls"))]
pub use self::unsecured::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use self::unsecured::certificate_problem;

/// What connections are made with in a program without TLS.
#[cfg(not(feature = "tls"))]
mod unsecured {
    use std::error::Error;
    use std::path::Path;

    use tokio_postgres::tls::{MakeTlsConnect, NoTlsStream};
    use tokio_postgres::{NoTls, Socket};

    use crate::TlsError;

    /// Leaves connections as they are.
    #[derive(Debug, Clone, Default)]
    pub struct Tls(());

    impl Tls {
        pub(crate) fn new(secured: bool, _: Option<&Path>) -> Result<Self, TlsError> {
            let error = TlsError::new("the server is to be reached with TLS, and this program has none");
            let help = "build it with the feature `rustls-ring` or `rustls-aws-lc`, or reach the server through a socket or a \
                        tunnel, or say `sslmode=disable`";
            if secured { Err(error.with_help(help)) } else { Ok(Self(())) }
        }
    }

    pub(in crate::postgres) fn certificate_problem(_: &(dyn Error + 'static)) -> Option<String> {
        None
    }

    impl MakeTlsConnect<Socket> for Tls {
        type Stream = NoTlsStream;
        type TlsConnect = NoTls;
        type Error = <NoTls as MakeTlsConnect<Socket>>::Error;

        fn make_tls_connect(&mut self, host: &str) -> Result<NoTls, Self::Error> {
            MakeTlsConnect::<Socket>::make_tls_connect(&mut NoTls, host)
        }
    }
}

#[cfg(feature = "tls")]
mod secured {
    use std::error::Error;
    use std::fmt;
    use std::future::Future;
    use std::io;
    use std::path::Path;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use rustls::pki_types::ServerName;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio_postgres::Socket;
    use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use crate::{TlsError, client_config};

    /// Makes connections secure, where they are to be.
    #[derive(Clone, Default)]
    pub struct Tls(Option<TlsConnector>);

    impl Tls {
        pub(crate) fn new(secured: bool, authorities: Option<&Path>) -> Result<Self, TlsError> {
            Ok(Self(if secured { Some(client_config(authorities)?.into()) } else { None }))
        }
    }

    pub(in crate::postgres) fn certificate_problem(source: &(dyn Error + 'static)) -> Option<String> {
        let inner = source.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()?;
        matches!(inner, rustls::Error::InvalidCertificate(_)).then(|| inner.to_string())
    }

    impl fmt::Debug for Tls {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("Tls").field(&self.0.is_some()).finish()
        }
    }

    impl MakeTlsConnect<Socket> for Tls {
        type Stream = Secured;
        type TlsConnect = Handshake;
        type Error = io::Error;

        fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
            // A local socket has no host, and is never asked for TLS.
            let host = ServerName::try_from(host.to_owned()).ok();
            Ok(Handshake(self.0.clone().zip(host)))
        }
    }

    /// One connection about to be made secure.
    pub struct Handshake(Option<(TlsConnector, ServerName<'static>)>);

    impl fmt::Debug for Handshake {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("Handshake").field(&self.0.as_ref().map(|(_, host)| host)).finish()
        }
    }

    impl TlsConnect<Socket> for Handshake {
        type Stream = Secured;
        type Error = io::Error;
        type Future = Pin<Box<dyn Future<Output = io::Result<Secured>> + Send>>;

        fn connect(self, socket: Socket) -> Self::Future {
            Box::pin(async move {
                let Some((connector, host)) = self.0 else {
                    return Err(io::Error::other(
                        "the connection is not to be secured, or its host has no name",
                    ));
                };
                Ok(Secured(Box::new(connector.connect(host, socket).await?)))
            })
        }
    }

    /// A secure connection.
    #[derive(Debug)]
    pub struct Secured(Box<TlsStream<Socket>>);

    impl tokio_postgres::tls::TlsStream for Secured {
        fn channel_binding(&self) -> ChannelBinding {
            ChannelBinding::none()
        }
    }

    impl AsyncRead for Secured {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut *self.0).poll_read(cx, buffer)
        }
    }

    impl AsyncWrite for Secured {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut *self.0).poll_write(cx, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut *self.0).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut *self.0).poll_shutdown(cx)
        }
    }
}
