//! The commands, one file each.

pub mod init;

use chrono::{DateTime, Utc};

use crate::args::{Cli, Command, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Paint, Tone};

/// What every command knows.
#[derive(Debug)]
pub struct Session {
    /// Options of every command.
    pub global: Global,
    /// How output is coloured.
    pub paint: Paint,
    /// The time at which everything is decided.
    pub now: DateTime<Utc>,
}

/// Runs one command and prints what it has to say.
pub fn run(cli: Cli) -> Exit {
    let session = Session {
        paint: Paint::stdout(cli.global.color),
        now: cli.global.at.unwrap_or_else(clock),
        global: cli.global,
    };
    match dispatch(&session, cli.command) {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("{}", failure.render(session.paint));
            failure.exit()
        }
    }
}

fn dispatch(session: &Session, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init { folder } => {
            let files = init::write_project(&folder)
                .map_err(|e| Failure::failed(format!("cannot write into `{}`", folder.display()), e))?;
            for file in files {
                println!("  {} {}", session.paint.text(Tone::Good, "+"), folder.join(file).display());
            }
            println!("\nNext: cd {} && tenure check && tenure plan", folder.display());
            Ok(Exit::Done)
        }
        _ => Ok(Exit::Failed),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the clock is read")]
fn clock() -> DateTime<Utc> {
    Utc::now()
}
