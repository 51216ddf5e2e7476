use std::collections::BTreeSet;

/// A member of the workspace as its manifest states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// The package name.
    pub name: String,
    /// The `description` field.
    pub description: String,
    /// `status` below `package.metadata.tenure`: what it was tried against, in a few words.
    pub status: String,
    /// The optional features, without `default`.
    pub features: Vec<String>,
    /// The manifest relative to the repository.
    pub manifest: String,
    /// Whether the package may be published.
    pub published: bool,
    /// What the manifest asks for, in its order.
    pub dependencies: Vec<Dependency>,
    /// The names of everything it pulls into a build, with all its own features on, itself left out.
    pub pulls: BTreeSet<String>,
}

/// One dependency of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The package name, not the local rename.
    pub name: String,
    /// The table it stands in.
    pub kind: Kind,
}

/// The table of a manifest that a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `[dependencies]`
    Normal,
    /// `[dev-dependencies]`
    Dev,
    /// `[build-dependencies]`
    Build,
}

/// One package of the whole resolved tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreePackage {
    /// The package name.
    pub name: String,
    /// The resolved version.
    pub version: String,
    /// The `rust-version` it declares, as (major, minor).
    pub rust_version: Option<(u64, u64)>,
}
