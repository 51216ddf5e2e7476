use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::TlsError;

/// TLS 1.2 or 1.3 with a server whose certificate one of the authorities signed: those of a PEM file, or the system's.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "rustls-ring")] {
/// use std::path::Path;
///
/// let error = tenure_tls::client_config(Some(Path::new("no-such.pem"))).unwrap_err();
/// assert!(error.to_string().starts_with("cannot read `no-such.pem`"));
/// # }
/// ```
///
/// # Errors
///
/// The file cannot be read or holds no authority; the system has none; the program chose no provider.
pub fn client_config(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            let unreadable = |error| TlsError::new(format!("cannot read `{}`: {error}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                let added = roots.add(certificate.map_err(unreadable)?);
                added.map_err(|error| TlsError::new(format!("`{}`: {error}", path.display())))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(TlsError::new("no certificate authority is known").with_help("name a file with some"));
    }
    let config = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::new(error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(feature = "rustls-ring")]
fn provider() -> Result<Arc<CryptoProvider>, TlsError> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(all(feature = "rustls-aws-lc", not(feature = "rustls-ring")))]
fn provider() -> Result<Arc<CryptoProvider>, TlsError> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(not(any(feature = "rustls-ring", feature = "rustls-aws-lc")))]
fn provider() -> Result<Arc<CryptoProvider>, TlsError> {
    let installed = CryptoProvider::get_default().cloned();
    installed.ok_or_else(|| TlsError::new("the program installed no TLS provider"))
}
