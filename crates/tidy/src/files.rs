use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The text files of the repository by relative path, without what `.gitignore` names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    /// Reads every UTF-8 file below `root`; other files are kept as empty text, so that links to them resolve.
    ///
    /// # Errors
    /// Any failure to read a directory or file.
    pub fn read(root: &Path) -> io::Result<Self> {
        let ignored = match fs::read_to_string(root.join(".gitignore")) {
            Ok(text) => Ignore::parse(&text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ignore::default(),
            Err(e) => return Err(e),
        };
        let mut files = BTreeMap::new();
        walk(root, "", &ignored, &mut files)?;
        Ok(Self(files))
    }

    /// The text of one file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Whether `path` is a file or a directory with files in it; the empty path is the repository itself.
    pub fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || self.0.contains_key(path) || self.0.keys().any(|p| p.starts_with(&folder))
    }

    /// Every file in order of its path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose name ends in `extension` (with its dot).
    pub fn ending<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter(move |(path, _)| path.ends_with(extension))
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Files {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(items: I) -> Self {
        Self(items.into_iter().map(|(p, t)| (p.into(), t.into())).collect())
    }
}

/// The forms of `.gitignore` this repository uses: `/path` from the root and `*.ending` anywhere.
#[derive(Debug, Default)]
struct Ignore {
    rooted: Vec<String>,
    endings: Vec<String>,
}

impl Ignore {
    fn parse(text: &str) -> Self {
        let lines = || text.lines().map(str::trim);
        Self {
            rooted: lines()
                .filter_map(|l| l.strip_prefix('/'))
                .map(|l| l.trim_end_matches('/').into())
                .collect(),
            endings: lines().filter_map(|l| l.strip_prefix('*')).map(String::from).collect(),
        }
    }

    fn covers(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        name == ".git"
            || self.rooted.iter().any(|r| r == path)
            || self.endings.iter().any(|e| path.ends_with(e.as_str()))
    }
}

fn walk(root: &Path, folder: &str, ignore: &Ignore, into: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if ignore.covers(&path) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(root, &path, ignore, into)?;
        } else {
            into.insert(path, String::from_utf8(fs::read(entry.path())?).unwrap_or_default());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_covers_rooted_paths_and_endings_only() {
        let ignore = Ignore::parse("/target\n*.db\n");
        assert!(ignore.covers("target") && ignore.covers("a/state.db") && ignore.covers("x/.git"));
        assert!(!ignore.covers("docs/target") && !ignore.covers("db"));
    }
}
