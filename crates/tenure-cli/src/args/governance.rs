//! Options of the commands of governance.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};

/// Options of `playbook`.
#[derive(Debug, Args)]
pub struct PlaybookArgs {
    /// What to do; without it, the playbooks and the runs under way are shown
    #[command(subcommand)]
    pub action: Option<PlaybookAction>,
}

/// What can be done with playbooks.
#[derive(Debug, Subcommand)]
pub enum PlaybookAction {
    /// Begin a playbook for people, one run each: for all of them or for none
    Run {
        /// The playbook
        name: String,
        /// For whom: a name, a user name or an id; may be given several times
        #[arg(long = "for", value_name = "WHO", required_unless_present = "filter")]
        people: Vec<String>,
        /// For everybody at work of whom this holds, for instance 'department eq "Support"'
        #[arg(long = "where", value_name = "FILTER")]
        filter: Option<String>,
        /// Who begins it
        #[arg(long, value_name = "WHO")]
        by: String,
        /// A parameter; may be given several times
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
        parameters: Vec<(String, String)>,
        /// Only show which steps there would be for whom
        #[arg(long)]
        dry_run: bool,
    },
    /// Show the steps of one run
    Show {
        /// The run
        run: String,
    },
    /// Show the runs that have ended
    Ended,
    /// Keep a playbook from a file beside those of the rules; one with the same id is replaced
    Save {
        /// A file with one playbook, as the rules write them, in YAML, TOML or JSON
        file: PathBuf,
        /// Who saves it: an administrator
        #[arg(long, value_name = "WHO")]
        by: String,
    },
    /// Take a saved playbook away; runs that are under way go on
    Remove {
        /// The playbook
        name: String,
        /// Who does so: an administrator
        #[arg(long, value_name = "WHO")]
        by: String,
    },
    /// Stop a run
    Stop {
        /// The run
        run: String,
        /// Who stops it
        #[arg(long, value_name = "WHO")]
        by: String,
        /// Also take back what it has granted
        #[arg(long)]
        undo: bool,
    },
}

/// What can be done about paid seats.
#[derive(Debug, Subcommand)]
pub enum SeatsAction {
    /// Plan to take seats back by their verdicts, each in the mildest way that the policy allows; changes nothing by itself
    Reclaim(ReclaimArgs),
}

/// Options of `seats reclaim`.
#[derive(Debug, Args)]
pub struct ReclaimArgs {
    /// In which target
    #[arg(long, value_name = "TARGET")]
    pub target: String,
    /// Seats with this verdict; may be given several times
    #[arg(long, value_enum, required = true, value_name = "VERDICT")]
    pub verdict: Vec<Verdict>,
    /// Only of this tier; may be given several times
    #[arg(long, value_name = "TIER")]
    pub tier: Vec<String>,
    /// Only of this person: a name, a user name or an id; may be given several times
    #[arg(long = "for", value_name = "WHO")]
    pub people: Vec<String>,
    /// Who wants it: an administrator, where there are rules of governance
    #[arg(long, value_name = "WHO")]
    pub by: String,
    /// Why; the verdict, when not given
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub because: String,
    /// Until when it is withheld; until it is granted anew, when not given
    #[arg(long, value_name = "INSTANT")]
    pub until: Option<DateTime<Utc>>,
    /// Write the plan, to be applied with `tenure apply`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write a report of the plan, as .html, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// What becomes of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// Wanted, and not used for too long
    Idle,
    /// The policy wants another tier for the holder
    OtherTier,
    /// The policy gives the holder no seat
    NoReason,
    /// The holder has left
    Leaver,
    /// The account belongs to nobody
    Orphan,
}

/// Options of `access`.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// The class, as entitlements of the policy have it under `data_class`
    pub class: String,
    /// As it was at the end of this day
    #[arg(long, value_name = "DAY")]
    pub on: Option<NaiveDate>,
    /// Write a report, as .html, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Options of `measures`.
#[derive(Debug, Args)]
pub struct MeasuresArgs {
    /// The first day; 30 days before the last one when not given
    #[arg(long, value_name = "DAY")]
    pub from: Option<NaiveDate>,
    /// The last day; today when not given
    #[arg(long, value_name = "DAY")]
    pub until: Option<NaiveDate>,
    /// Only about these people and services; may be given several times
    #[arg(long = "for", value_name = "WHO")]
    pub people: Vec<String>,
    /// Only in these targets; may be given several times
    #[arg(long, value_name = "TARGET")]
    pub target: Vec<String>,
    /// Write a report, as .html, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Options of `pilot`.
#[derive(Debug, Args)]
pub struct PilotArgs {
    /// The pilot; without it, all pilots are shown
    pub pilot: Option<String>,
    /// Write its report, as .html, .json or .csv
    #[arg(long, value_name = "FILE", requires = "pilot")]
    pub report: Option<PathBuf>,
}

/// Options of `feedback`.
#[derive(Debug, Args)]
pub struct FeedbackArgs {
    /// What somebody thinks, in their words; without it, what was said is shown
    #[arg(requires = "by")]
    pub text: Option<String>,
    /// Who
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// It is a complaint, and no praise
    #[arg(long)]
    pub complaint: bool,
}

/// Options of `events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Only what happened after this event, by its position in the audit trail or by its id
    #[arg(long, value_name = "EVENT", default_value = "0")]
    pub after: String,
    /// Only events of these types, by their beginnings, for instance `request.`; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Go on printing what happens, until the program is stopped
    #[arg(long)]
    pub follow: bool,
    /// After how many seconds to look for more
    #[arg(long, value_name = "SECONDS", default_value_t = 1, requires = "follow", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub every: u64,
    /// Send what has happened to the webhooks instead, and show how far each has come
    #[arg(long, conflicts_with_all = ["after", "types", "follow"])]
    pub deliver: bool,
}

/// Options of `messages`.
#[derive(Debug, Args)]
pub struct MessagesArgs {
    /// Take the messages that are printed out of the outbox: whoever reads them sends them
    #[arg(long)]
    pub take: bool,
}

/// Options of `invite`.
#[cfg(feature = "web")]
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// Whom: a name, a user name or an id
    pub who: String,
    /// For how many hours the invitation can be used
    #[arg(long, value_name = "NUMBER", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=720))]
    pub hours: u16,
    /// Who invites
    #[arg(long, value_name = "NAME", default_value = "command line")]
    pub by: String,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("expected NAME=VALUE, found `{text}`"))?;
    Ok((name.to_owned(), value.to_owned()))
}
