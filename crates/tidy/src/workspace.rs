use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fmt, io};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::{Dependency, Files, Kind, Package, TreePackage};

/// What the rules look at: the text files, the member packages and the resolved dependency tree.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The repository on disk; empty in a fixture.
    pub root: PathBuf,
    /// The text files.
    pub files: Files,
    /// The members, ordered by name.
    pub packages: Vec<Package>,
    /// Every package in the lock file that this platform builds.
    pub tree: BTreeSet<TreePackage>,
    /// The `rust-version` of the workspace.
    pub rust_version: Option<(u64, u64)>,
}

/// Reading the workspace failed; the message says at which step.
#[derive(Debug)]
pub struct LoadError(String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LoadError {}

impl From<io::Error> for LoadError {
    fn from(e: io::Error) -> Self {
        Self(format!("cannot read the repository: {e}"))
    }
}

impl Workspace {
    /// Reads the files below `root` and asks cargo for packages and dependencies.
    ///
    /// # Errors
    /// A file or directory cannot be read, or a cargo command fails.
    pub fn load(root: &Path) -> Result<Self, LoadError> {
        let host = run("rustc", &["--version", "--verbose"], root)?;
        let host = host.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default().to_owned();
        // Without the platform filter cargo downloads what only other systems build.
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(["--locked".into(), "--all-features".into(), format!("--filter-platform={host}")])
            .exec()
            .map_err(|e| LoadError(format!("`cargo metadata` failed: {e}")))?;
        let mut packages = Vec::new();
        for package in metadata.workspace_packages() {
            let manifest = relative(root, package.manifest_path.as_std_path());
            packages.push(Package {
                name: package.name.to_string(),
                description: package.description.clone().unwrap_or_default(),
                status: package
                    .metadata
                    .pointer("/tenure/status")
                    .and_then(|status| status.as_str())
                    .unwrap_or_default()
                    .to_owned(),
                features: package.features.keys().filter(|name| *name != "default").cloned().collect(),
                manifest,
                published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
                dependencies: package.dependencies.iter().map(dependency).collect(),
                pulls: pulls(root, &package.name)?,
            });
        }
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root: root.to_owned(),
            files: Files::read(root)?,
            packages,
            rust_version: metadata.workspace_packages().iter().find_map(|p| rust_version(p)),
            tree: tree(&metadata),
        })
    }
}

fn dependency(d: &cargo_metadata::Dependency) -> Dependency {
    let kind = match d.kind {
        DependencyKind::Development => Kind::Dev,
        DependencyKind::Build => Kind::Build,
        _ => Kind::Normal,
    };
    Dependency { name: d.name.clone(), kind }
}

fn tree(metadata: &Metadata) -> BTreeSet<TreePackage> {
    let resolved: BTreeSet<_> = metadata.resolve.iter().flat_map(|r| &r.nodes).map(|n| &n.id).collect();
    let members: BTreeSet<_> = metadata.workspace_members.iter().collect();
    metadata
        .packages
        .iter()
        .filter(|p| resolved.contains(&p.id) && !members.contains(&p.id))
        .map(|p| TreePackage {
            name: p.name.to_string(),
            version: p.version.to_string(),
            rust_version: rust_version(p),
        })
        .collect()
}

fn rust_version(package: &cargo_metadata::Package) -> Option<(u64, u64)> {
    package.rust_version.as_ref().map(|v| (v.major, v.minor))
}

// `cargo metadata` resolves the features of all members together; only `cargo tree -p` answers for one alone.
fn pulls(root: &Path, package: &str) -> Result<BTreeSet<String>, LoadError> {
    let arguments = [
        "tree",
        "--locked",
        "--all-features",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
        "-p",
        package,
    ];
    let listing = run(env!("CARGO"), &arguments, root)?;
    let names =
        listing.lines().filter_map(|l| l.split(' ').next()).filter(|n| !n.is_empty() && *n != package);
    Ok(names.map(String::from).collect())
}

fn run(program: &str, arguments: &[&str], at: &Path) -> Result<String, LoadError> {
    let failed = |why: String| LoadError(format!("`{program} {}` failed: {why}", arguments.join(" ")));
    let output =
        Command::new(program).args(arguments).current_dir(at).output().map_err(|e| failed(e.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
