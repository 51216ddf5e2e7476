//! The `tenure` command.

use std::process::ExitCode;

use clap::Parser as _;
use tenure_cli::args::Cli;
use tenure_cli::command;

/// Answering a request allocates much, and frees on other threads than it allocates on: a seventh of the processor time of a
/// create over HTTP went to glibc's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run(Cli::parse()).into()
}
