use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Secret, SecretRef, SecretStore};

use super::SecretSource;

/// A store of one secret, the first line of a file.
#[derive(Debug)]
pub(super) struct InFile(pub(super) PathBuf);

#[async_trait]
impl SecretStore for InFile {
    async fn read(&self, _name: &SecretRef) -> Result<Secret> {
        SecretSource::File(self.0.clone()).read(None).await
    }

    /// The file has the old secret or the new one, whatever happens in between.
    async fn keep(&self, _name: &SecretRef, secret: Secret) -> Result<()> {
        replace(&self.0, &secret).map_err(|error| {
            ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail(format!("the secret in `{}` cannot be replaced", self.0.display()))
                .with_source(error)
        })
    }
}

fn replace(path: &Path, secret: &Secret) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    writeln!(file, "{}", secret.expose())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
