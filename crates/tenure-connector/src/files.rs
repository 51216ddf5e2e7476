//! Reading and replacing whole files safely, for connectors that keep their state in some.

use std::fs::{self, File};
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use crate::{Certainty, ConnectorError, ErrorKind, Result};

/// Reads a file that need not be there.
///
/// # Errors
///
/// `Permission` or `Unavailable`, not attempted.
pub fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == IoKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, Certainty::NotAttempted, error)),
    }
}

/// Replaces a file so that a reader, also after a crash, sees the old text or the new one and nothing between.
///
/// The directory is made when it is not there.
///
/// # Errors
///
/// `Permission`, `NoCapacity` or `Unavailable`; refused as long as the old text stands.
///
/// # Examples
///
/// ```
/// use tenure_connector::files;
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("state/accounts.csv");
/// assert_eq!(files::read(&path)?, None);
/// files::replace(&path, "id\n")?;
/// assert_eq!(files::read(&path)?.as_deref(), Some("id\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let temporary = with_suffix(path, ".new");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| failed("write", &temporary, Certainty::Refused, error))?;
    fs::rename(&temporary, path).map_err(|error| failed("rename", path, Certainty::Refused, error))?;
    sync_directory(directory).map_err(|error| failed("sync", directory, Certainty::Unknown, error))
}

/// Holds the directory for one writer at a time, over processes; released when dropped.
///
/// # Errors
///
/// `Permission`, `NoCapacity` or `Unavailable`, not attempted.
pub fn lock(directory: &Path) -> Result<File> {
    let path = directory.join(".lock");
    let open = || -> std::io::Result<File> {
        fs::create_dir_all(directory)?;
        let file = File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|error| failed("lock", &path, Certainty::NotAttempted, error))
}

// A directory can be opened and synced on Unix only; elsewhere the rename itself is what can be had.
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn failed(what: &str, path: &Path, certainty: Certainty, source: std::io::Error) -> ConnectorError {
    let kind = match source.kind() {
        IoKind::PermissionDenied | IoKind::ReadOnlyFilesystem => ErrorKind::Permission,
        IoKind::StorageFull | IoKind::QuotaExceeded => ErrorKind::NoCapacity,
        _ => ErrorKind::Unavailable,
    };
    ConnectorError::new(kind, certainty)
        .with_detail(format!("cannot {what} `{}`", path.display()))
        .with_source(source)
}
