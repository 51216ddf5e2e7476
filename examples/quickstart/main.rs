//! The main job, end to end, on loopback.
//!
//! An HR export and a policy become accounts in a real SCIM 2.0 service provider and in a folder of CSV files. The
//! story of one spring is told in scenes: a first load, a mover, a leaver, a contract that ends and comes back, an empty
//! export, a crash, paid seats, access for a time. Each shows the plan, the progress, the result and an explanation.
//!
//! ```sh
//! cargo run --release --example quickstart               # tells the story; a second run finds nothing to change
//! cargo run --release --example quickstart -- --fresh    # forgets the first run and tells it again
//! ```

mod child;
mod folder;
mod provider;
mod scenes;
mod world;

use std::error::Error;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let told = match (runtime, arguments.first().map(String::as_str)) {
        (Ok(runtime), Some(child::FLAG)) => runtime.block_on(child::run(&arguments)),
        (Ok(runtime), _) => runtime.block_on(scenes::tell(arguments.iter().any(|a| a == "--fresh"))),
        (Err(e), _) => Err(e.into()),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}
