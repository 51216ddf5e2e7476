//! `tenure init`: a working example project.

use std::fs;
use std::io;
use std::path::Path;

/// The files of the example; the data are those of `examples/data`, which `crates/tidy` checks.
const FILES: &[(&str, &str)] = &[
    ("tenure.toml", include_str!("../../template/tenure.toml")),
    ("policy.yaml", include_str!("../../template/policy.yaml")),
    ("workers.csv", include_str!("../../template/workers.csv")),
    ("services.csv", include_str!("../../template/services.csv")),
];

/// Writes the example project into `folder` and returns the names of its files.
///
/// # Errors
/// The folder has files already, or cannot be written.
pub fn write_project(folder: &Path) -> io::Result<Vec<&'static str>> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, "the folder is not empty"));
    }
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    Ok(FILES.iter().map(|(name, _)| *name).collect())
}
