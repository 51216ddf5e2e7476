//! The commands, one file each.

mod access;
mod accounts;
mod apply;
mod attend;
mod audit;
mod check;
mod connector;
mod events;
mod explain;
mod findings;
pub mod init;
mod measures;
mod nudge;
mod plan;
mod playbook;
mod reclaim;
mod report;
mod requests;
mod review;
mod run;
mod seats;
mod serve;
mod stop;
mod tasks;

use chrono::{DateTime, Utc};

use crate::args::{Cli, Command, Global, SeatsAction};
use crate::clock;
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
        paint: Paint::stdout(cli.global.color.into()),
        now: cli.global.at.unwrap_or_else(clock::now),
        global: cli.global,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(&session, cli.command)),
        Err(e) => Err(Failure::failed("cannot start", e)),
    };
    match ended {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("{}", failure.render(session.paint));
            failure.exit()
        }
    }
}

async fn dispatch(session: &Session, command: Command) -> Result<Exit, Failure> {
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
        Command::Check(args) => check::run(session, &args).await,
        Command::Connector(what) => connector::run(session, &what).await,
        Command::Serve(args) => serve::run(session, &args).await,
        #[cfg(feature = "web")]
        Command::Invite(args) => serve::invite(session, &args).await,
        Command::Plan(args) => plan::run(session, &args).await,
        Command::Apply(args) => apply::run(session, &args).await,
        Command::Explain { who, what, report } => {
            explain::run(session, &who, what.as_deref(), report.as_deref()).await
        }
        Command::Access(args) => access::run(session, &args).await,
        Command::Seats { action: Some(SeatsAction::Reclaim(args)), .. } => reclaim::run(session, &args).await,
        Command::Seats { renewal: true, report, .. } => seats::renewal(session, report.as_deref()).await,
        Command::Seats { forecast: Some(days), report, .. } => {
            seats::forecast(session, days, report.as_deref()).await
        }
        Command::Seats { report, .. } => seats::run(session, report.as_deref()).await,
        Command::Request(args) => requests::ask(session, &args).await,
        Command::Requests(args) => requests::run(session, &args).await,
        Command::Approve(args) => requests::decide(session, &args).await,
        Command::Review(args) => review::run(session, &args).await,
        Command::Findings(args) => findings::run(session, &args).await,
        Command::Playbook(args) => playbook::run(session, &args).await,
        Command::Measures(args) => measures::run(session, &args).await,
        Command::Pilot(args) => measures::pilot(session, &args).await,
        Command::Feedback(args) => measures::feedback(session, &args).await,
        Command::Events(args) => events::run(session, &args).await,
        Command::Messages(args) => events::messages(session, &args).await,
        Command::Run(args) => run::run(session, &args).await,
        Command::Accounts { answer } => accounts::run(session, answer.as_ref()).await,
        Command::Tasks(args) => tasks::run(session, args.answer.as_ref()).await,
        Command::Audit(what) => audit::run(session, &what).await,
    }
}
