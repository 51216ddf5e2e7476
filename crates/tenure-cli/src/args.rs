//! The command line as types.

mod governance;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};

#[cfg(feature = "web")]
pub use self::governance::InviteArgs;
pub use self::governance::{
    AccessArgs, EventsArgs, FeedbackArgs, MeasuresArgs, MessagesArgs, PilotArgs, PlaybookAction,
    PlaybookArgs, ReclaimArgs, SeatsAction, Verdict,
};
use crate::config;
use crate::present::ColorChoice;

/// Provisions people and services: who should have what, why, and what to change so that they do.
#[derive(Debug, Parser)]
#[command(name = "tenure", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The project file
    #[arg(long, short, global = true, default_value = config::FILE_NAME, value_name = "FILE")]
    pub config: PathBuf,
    /// Decide as of this instant instead of now, for instance 2026-03-02T09:00:00Z
    #[arg(long, global = true, value_name = "INSTANT")]
    pub at: Option<DateTime<Utc>>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment variable NO_COLOR is set
    #[default]
    Auto,
    /// Always, for a pager that understands it
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a working example project into a folder
    Init {
        /// The folder; it must be empty or missing
        folder: PathBuf,
    },
    /// Read everything and report every error, with file, line and column; ask the targets whether they let us in; writes
    /// nothing
    Check(CheckArgs),
    /// Show what would change, and why
    Plan(PlanArgs),
    /// Make the targets agree with the policy
    Apply(ApplyArgs),
    /// Keep the targets in agreement with the policy until it is stopped: follow changes and the calendar
    Run(RunArgs),
    /// Say what one person or service has, and why or why not
    Explain {
        /// A name, a user name or an id
        who: String,
        /// One entitlement, as target/kind:value; without it, everything that is held
        what: Option<String>,
        /// Write a report of everything that is held, as .html, .json or .csv
        #[arg(long, value_name = "FILE", conflicts_with = "what")]
        report: Option<PathBuf>,
    },
    /// Show paid seats: used, idle, and what the idle ones cost
    Seats {
        /// Show every billed seat with its verdict and how it is best taken back, before a renewal
        #[arg(long)]
        renewal: bool,
        /// Show how many seats will be needed in so many days to come, from future hires, leavers and grants
        #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "90", conflicts_with = "renewal",
              value_parser = clap::value_parser!(u16).range(1..=3660))]
        forecast: Option<u16>,
        /// Write a report, as .html, .json or .csv
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// What is to be done about them; without it, they are shown
        #[command(subcommand)]
        action: Option<SeatsAction>,
    },
    /// Show who can reach data of a class, or who could on a day
    Access(AccessArgs),
    /// Show the accounts that are nobody's, or say what is done with one
    Accounts {
        /// What is said of one account; without it, all are shown as last observed
        #[command(subcommand)]
        answer: Option<AccountAnswer>,
    },
    /// Show what waits for a person, or say that it is done
    Tasks(TasksArgs),
    /// Ask for access for a person, for a time
    Request(RequestArgs),
    /// Show requests, or take one back
    Requests(RequestsArgs),
    /// Approve or deny a request
    Approve(ApproveArgs),
    /// Show reviews of access, or decide about an item
    Review(ReviewArgs),
    /// Show what is not as it should be, whose it is and by when
    Findings(FindingsArgs),
    /// Show playbooks and their runs, begin one for people, or stop a run
    Playbook(PlaybookArgs),
    /// Measure how long access takes to come and to go, what is done by hand, and which paid seats nobody uses
    Measures(MeasuresArgs),
    /// Show pilots, or hold one against the time before it
    Pilot(PilotArgs),
    /// Note praise or a complaint, or show what was said
    Feedback(FeedbackArgs),
    /// Print what has happened as CloudEvents, one line of JSON each, or send it to the webhooks
    Events(EventsArgs),
    /// Print what people are to be told, one line of JSON each
    Messages(MessagesArgs),
    /// The record of everything that was done
    #[command(subcommand)]
    Audit(Audit),
    /// Try the connectors
    #[command(subcommand)]
    Connector(Connector),
    /// Offer a directory as a SCIM 2.0 service provider
    Serve(ServeArgs),
    /// Invite somebody to the pages of `serve --web`: print what lets them in, once
    #[cfg(feature = "web")]
    Invite(InviteArgs),
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Only the files; nobody is asked over a network
    #[arg(long)]
    pub offline: bool,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Write the plan to a file, for `apply`
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write a report for those who approve, as .html, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Show every step of a long plan
    #[arg(long)]
    pub all: bool,
    /// Only for the people and in the systems of this pilot
    #[arg(long, value_name = "PILOT")]
    pub pilot: Option<String>,
    /// Look closely at everybody, also at those whom an earlier plan found nothing to do for
    #[arg(long)]
    pub closely: bool,
    /// Exit with code 6 when there is something to change
    #[arg(long)]
    pub exit_code: bool,
}

/// Options of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// A plan written by `plan --out`; without it, plans now
    pub plan: Option<PathBuf>,
    /// Only for the people and in the systems of this pilot
    #[arg(long, value_name = "PILOT", conflicts_with = "plan")]
    pub pilot: Option<String>,
    /// Do not ask before the first change
    #[arg(long, short)]
    pub yes: bool,
}

/// Options of `request`.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// A role (an access profile is one) or an entitlement as target/kind:value
    pub what: String,
    /// Who asks: a name, a user name or an id
    #[arg(long, value_name = "WHO")]
    pub by: String,
    /// For whom, when not for oneself
    #[arg(long = "for", value_name = "WHO")]
    pub subject: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub because: String,
    /// From when on; at once when not given
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<DateTime<Utc>>,
    /// Until when; for the policy's default term when not given
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<DateTime<Utc>>,
    /// Only show what it would give and who would have to approve it
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `requests`.
#[derive(Debug, Args)]
pub struct RequestsArgs {
    /// Only what waits for this person's decision
    #[arg(long, value_name = "WHO")]
    pub waiting_for: Option<String>,
    /// Closed ones too
    #[arg(long)]
    pub all: bool,
    /// What to do; without it, requests are shown
    #[command(subcommand)]
    pub action: Option<RequestsAction>,
}

/// What can be done with a request besides deciding.
#[derive(Debug, Subcommand)]
pub enum RequestsAction {
    /// Take a request back, or the access that it gave before its end
    Withdraw {
        /// The request
        id: String,
        /// Who takes it back
        #[arg(long, value_name = "WHO")]
        by: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Let another decide in one's place for a while
    Deputy {
        /// Whose decisions
        #[arg(long = "of", value_name = "WHO")]
        principal: String,
        /// Who decides in their place, as well as they themselves
        #[arg(long = "to", value_name = "WHO")]
        deputy: String,
        /// Until when
        #[arg(long, value_name = "INSTANT")]
        until: DateTime<Utc>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Ask for access to come back that a request gave until it ended
    Again {
        /// The request
        id: String,
        /// Who asks
        #[arg(long, value_name = "WHO")]
        by: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
}

/// Options of `approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The request
    pub id: String,
    /// Who decides: a name, a user name or an id
    #[arg(long, value_name = "WHO")]
    pub by: String,
    /// Deny it instead
    #[arg(long)]
    pub deny: bool,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub because: String,
    /// The hash that was looked at, or its first characters; without it, what is pending now
    #[arg(long, value_name = "HASH")]
    pub seen: Option<String>,
}

/// Options of `review`.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// The campaign; without it, all campaigns are shown
    pub campaign: Option<String>,
    /// Only what waits for this person's decision
    #[arg(long, value_name = "WHO")]
    pub waiting_for: Option<String>,
    /// Decide about this item
    #[arg(long, value_name = "ITEM", requires_all = ["campaign", "by"])]
    pub item: Option<String>,
    /// Who decides: a name, a user name or an id
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// The access is not justified any more
    #[arg(long)]
    pub remove: bool,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub because: String,
    /// Write a report of the campaign, as .html, .json or .csv
    #[arg(long, value_name = "FILE", requires = "campaign")]
    pub report: Option<PathBuf>,
}

/// Options of `findings`.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// Take this finding upon oneself for a time
    #[arg(long, value_name = "FINDING", requires_all = ["by", "until"])]
    pub accept: Option<String>,
    /// Who takes it: a name, a user name or an id
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// Until when
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<DateTime<Utc>>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub because: String,
    /// Write a report, as .html, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// How often systems that can tell what changed are asked for it
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub changes_every: u64,
    /// How often everything is read
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    pub everything_every: u64,
    /// Stop after so many rounds in which there was something to do
    #[arg(long, value_name = "NUMBER")]
    pub rounds: Option<u64>,
}

/// What a person says about an account that is nobody's.
#[derive(Debug, Subcommand)]
pub enum AccountAnswer {
    /// Say what is done with it; the next plan goes by it
    Say {
        /// The target
        target: String,
        /// The account's id in it
        account: String,
        /// What is done with it
        #[command(subcommand)]
        what: AccountIs,
        /// Who says so
        #[arg(long, value_name = "NAME", default_value = "command line")]
        by: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// Who answers for it, by id; a service's is named with it
        #[arg(long, value_name = "IDENTITY")]
        owner: Option<String>,
        /// When somebody should look at it again
        #[arg(long, value_name = "DAY")]
        review: Option<NaiveDate>,
    },
    /// Take back what was said
    Withdraw {
        /// The target
        target: String,
        /// The account's id in it
        account: String,
        /// Who takes it back
        #[arg(long, value_name = "NAME", default_value = "command line")]
        by: String,
    },
}

/// What is done with an account that is nobody's.
#[derive(Debug, Subcommand)]
pub enum AccountIs {
    /// It is somebody's
    Adopt {
        /// Whose, by id
        identity: String,
    },
    /// It is a service's and is left alone
    Service {
        /// Who answers for it, by id
        owner: String,
        /// What it is for
        purpose: String,
    },
    /// Nothing may touch it
    Protected,
    /// It is disabled with the next plan, and deleted later
    Close {
        /// From when on it may be deleted
        delete: NaiveDate,
    },
    /// Somebody has to find out whose it is
    Case,
}

/// Options of `tasks`.
#[derive(Debug, Args)]
pub struct TasksArgs {
    /// What became of one task; without it, the open tasks are shown
    #[command(subcommand)]
    pub answer: Option<TaskAnswer>,
}

/// What a person says about a task.
#[derive(Debug, Subcommand)]
pub enum TaskAnswer {
    /// It is done
    Done {
        /// The task
        id: String,
        /// The account's id in the system, where the task made one
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        /// Who has done it: a name, a user name or an id; needed for a task of a playbook
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
    /// It will not be done
    Reject {
        /// The task
        id: String,
        /// Why not
        #[arg(long, value_name = "TEXT")]
        because: String,
        /// Who says so: a name, a user name or an id; needed for a task of a playbook
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
}

/// Commands about the audit trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that no record was changed, removed, reordered or cut off
    Verify(AuditVerify),
    /// Print the records, one a line
    Export(AuditExport),
}

/// Options of `audit verify`.
#[derive(Debug, Args)]
pub struct AuditVerify {
    /// An export to check in place of the store, without the project; `-` reads it from the standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A head that was noted earlier, as this command prints it: the trail must contain it
    #[arg(long, value_name = "NUMBER:HASH")]
    pub head: Option<String>,
}

/// Options of `audit export`.
#[derive(Debug, Args)]
pub struct AuditExport {
    /// As what: every record, or what was done to accounts as unsigned security event tokens (RFC 9967)
    #[arg(long, value_enum, default_value_t = AuditFormat::Ndjson)]
    pub format: AuditFormat,
    /// Who the tokens are from; the name of the target is added
    #[arg(long, value_name = "URL", default_value = "https://tenure.invalid")]
    pub issuer: String,
    /// Whom the tokens are for; may be given several times
    #[arg(long, value_name = "URL")]
    pub audience: Vec<String>,
}

/// The formats of `audit export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// Every record as JSON, and the head of the chain last
    Ndjson,
    /// Security event tokens, the claims as JSON
    Set,
}

/// Commands about connectors.
#[derive(Debug, Subcommand)]
pub enum Connector {
    /// Run the conformance suite against the configured targets, and remove what it made there
    #[command(
        after_help = "It makes, changes and deletes accounts and groups whose names begin with the prefix, \
        and grants\nentitlements of the target to them. Nothing else is changed."
    )]
    Test(ConnectorTestArgs),
}

/// Options of `connector test`.
#[derive(Debug, Args)]
pub struct ConnectorTestArgs {
    /// The project file, in place of --config
    #[arg(value_name = "CONFIG")]
    pub project: Option<PathBuf>,
    /// Only this target
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// What the names of everything it makes begin with; a new one for each run when not given
    #[arg(long, value_name = "TEXT")]
    pub prefix: Option<String>,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// What stands behind it: memory, sqlite:PATH, or postgres://USER@HOST/DATABASE (its schema `scim`)
    #[arg(long, default_value = "memory", value_name = "STORE")]
    pub store: String,
    /// The bearer token that clients must send; without it, the environment variable TENURE_TOKEN
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The profile of the clients
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The address of /scim/v2 as clients see it, when that is not the one it listens on
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The certificate chain, as PEM; makes it HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Further schemas, in the form that /Schemas answers
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,
    /// Answer `Prefer: respond-async` (RFC 9967), and add the completion events to this file, one line of JSON each
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Further or extended resource types, in the form that /ResourceTypes answers
    #[arg(long, value_name = "FILE")]
    pub resource_type: Vec<PathBuf>,
    /// Also offer the pages for approvers and reviewers of the project, below /access; `tenure invite` lets people in
    #[cfg(feature = "web")]
    #[arg(long)]
    pub web: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done, or nothing to do
  1  something failed that was not the input's fault
  2  the command line, the project file, the policy or a source has errors; nothing was written
  3  refused: a guard, an incomplete source or a stale plan; nothing was written
  4  applied in part: some steps failed or wait for others
  5  the audit trail does not verify
  6  there is something to change (only with `plan --exit-code`)";
