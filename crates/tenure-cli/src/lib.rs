//! What the `tenure` command is made of; for the binary and the examples, not a stable interface.
//!
//! The command works on a project: a folder with `tenure.toml`, a policy, and the sources and targets that the file names.
//!
//! ```sh
//! tenure init example && cd example
//! tenure check     # every error with file, line and column; writes nothing
//! tenure plan      # what would change, for whom, and why
//! tenure apply
//! tenure explain "Anna Keller"
//! ```
//!
//! `tenure --help` lists the commands. The arguments are types of [`args`], so that a program can read them as the command does:
//!
//! ```
//! use clap::Parser as _;
//! use tenure_cli::args::Cli;
//!
//! assert!(Cli::try_parse_from(["tenure", "plan", "--pilot", "support"]).is_ok());
//! assert!(Cli::try_parse_from(["tenure", "plan", "--pilots"]).is_err());
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `web` | yes | `serve --web`, the pages for approvers and reviewers, and `invite` |
//! | `tls` | | HTTPS to targets, TLS to PostgreSQL, `serve --tls-cert` |
//! | `ldap`, `linux`, `zendesk` | | the target kinds of these names |
//! | `mysql` | | the target kind `sql` over MySQL and MariaDB |
//! | `atlassian`, `entra`, `github`, `google-workspace`, `mailchimp`, `okta`, `onelogin`, `semrush`, `slack`, `synapse`, `trello` | | the kinds of these names |
//! | `vendors` | | all kinds |
//! | `online` | | what the kinds over HTTP share; comes with each of them |
//!
//! # Errors
//!
//! What is wrong with a project is told all at once, each with file, line, column, what was expected and a hint. How the process ends says what happened:
//! [`exit::Exit`] has the numbers, which do not change.
//!
//! # Limits
//!
//! One process at a time changes a project: a second one is refused. The store of a project is a SQLite file; a program of your own may use PostgreSQL, by
//! `tenure-engine`. Whole reports are made in memory.

pub mod args;
pub mod clock;
pub mod command;
pub mod config;
pub mod exit;
pub mod failure;
pub mod present;
pub mod project;
