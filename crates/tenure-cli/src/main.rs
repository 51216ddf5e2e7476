//! The `tenure` command.

use std::process::ExitCode;

use clap::Parser as _;
use tenure_cli::args::Cli;
use tenure_cli::command;

fn main() -> ExitCode {
    command::run(Cli::parse()).into()
}
