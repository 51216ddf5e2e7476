//! The rules, one file each.

use crate::{Finding, Workspace};

mod arrows;
mod code_blocks;
mod commands;
mod connector_lines;
mod copies;
mod crate_docs;
mod crate_readme;
mod crate_root;
mod crate_table;
mod doc_comments;
mod embedding;
mod examples;
mod file_size;
mod ignored_tests;
mod inheritance;
mod links;
mod machine_paths;
mod msrv;
mod named_tests;
mod placeholders;
mod publishing;
mod pure_core;
mod source;

pub use connector_lines::{path as guide_path, rewrite as rewrite_connector_lines};
pub use crate_readme::{readme_path, rewrite as rewrite_crate_readme};
pub use crate_table::{rewrite as rewrite_crate_table, table as crate_table_text};
pub use file_size::median as median_lines;

/// A rule looks at the workspace and says where it does not hold.
pub type Rule = fn(&Workspace) -> Vec<Finding>;

/// Every rule with the sentence that it enforces.
pub const ALL: &[(&str, Rule)] = &[
    ("a crate depends only on crates that the picture of the architecture allows", arrows::check),
    ("the model and the policy pull neither an async runtime nor an HTTP client", pure_core::check),
    ("no dependency needs a newer Rust than the workspace promises", msrv::check),
    ("versions, lints and package fields stand once, in the workspace manifest", inheritance::check),
    ("the crates can be published one after the other", publishing::check),
    ("no Rust file is longer than 800 lines", file_size::check),
    ("a crate root holds docs, modules and re-exports", crate_root::check),
    ("a file that exists twice is the same twice", copies::check),
    ("no doc comment is empty", doc_comments::check),
    ("every ignored test says why", ignored_tests::check),
    ("no code is left to be written later", placeholders::check),
    ("the README's table of crates is true", crate_table::check),
    ("the guide's table of lines of connectors is true", connector_lines::check),
    ("a crate's README says what its documentation says", crate_readme::check),
    ("a crate's documentation has an example, its features, its errors and its limits", crate_docs::check),
    ("the program in the README is the one that is compiled", embedding::check),
    ("every code block of the documents is compiled, read or run", code_blocks::check),
    ("what the documents say to type is there", commands::check),
    ("each task has an example that is short and runs", examples::check),
    ("every link between documents leads somewhere", links::check),
    ("every test that the documents name is there", named_tests::check),
    ("no file names a path of somebody's machine", machine_paths::check),
];
