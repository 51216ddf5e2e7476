use std::path::{Path, PathBuf};

use tenure_connector_csv::{CsvSourceConfig, CsvTargetConfig};
use tenure_connector_hr::{FileFormat, HrConfig};
use tenure_connector_manual::ManualConfig;
use tenure_scim_client::Dialect;

use super::file::Section;
use super::section::{Problem, Reader};
use super::settings::{self, Settings};
#[cfg(feature = "online")]
use super::vendor::Vendor;

/// Where people and services come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// CSV or JSON files: one of workers, one of services, either may be missing.
    Csv(Box<CsvSourceConfig>),
    /// An export of an HR system, read by a mapping.
    Hr(Box<HrFile>),
    /// The users of a vendor's directory.
    #[cfg(feature = "online")]
    Vendor(Box<Vendor>),
}

/// A file that an HR system wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HrFile {
    /// Where it lies.
    pub path: PathBuf,
    /// How it is written; its name tells when absent.
    pub format: Option<FileFormat>,
    /// Its encoding by its label; UTF-8 when absent.
    pub encoding: Option<String>,
    /// What separates its cells; its header tells when absent.
    pub separator: Option<char>,
    /// What its fields mean.
    pub config: HrConfig,
}

/// What is provisioned.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A folder of CSV or JSON files.
    Csv(CsvTargetConfig),
    /// The embedded directory: a SQLite file that `tenure serve` can offer over SCIM.
    Directory {
        /// The SQLite file; it is created when missing.
        path: PathBuf,
        /// The groups that it has from the beginning.
        groups: Vec<String>,
    },
    /// A system that only people can work in: every change becomes a task.
    Manual(ManualConfig),
    /// A SCIM 2.0 service provider.
    Scim {
        /// The base URL, such as `https://example.com/scim/v2`.
        url: String,
        /// Where the bearer token is found; none sends none.
        token: Option<TokenFrom>,
        /// How this peer wants to be spoken to; none is the RFC's way.
        dialect: Option<Dialect>,
        /// Whether a group that the policy names is made when it is missing.
        create_groups: bool,
    },
    /// An LDAP directory.
    #[cfg(feature = "ldap")]
    Ldap(Settings),
    /// The accounts of a Linux host.
    #[cfg(feature = "linux")]
    Linux(Box<tenure_connector_linux::LinuxConfig>),
    /// The roles of a PostgreSQL server.
    Postgres(Settings),
    /// The tables of an application.
    Sql(Settings),
    /// A vendor's system.
    #[cfg(feature = "online")]
    Vendor(Box<Vendor>),
    /// One instance of Zendesk Support.
    #[cfg(feature = "zendesk")]
    Zendesk {
        /// What the connector has to know.
        config: Box<tenure_connector_zendesk::ZendeskConfig>,
        /// Whose API token it is; none for an OAuth token.
        email: Option<String>,
        /// Where the credentials are found.
        access: super::vendor::Access,
    },
}

/// Where a token is found. The token itself never stands in the project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFrom {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
}

impl Source {
    pub(super) fn from_section(root: &Path, section: Section) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(root, section, "source");
        match reader.kind().as_str() {
            "csv" => {
                let config = csv_source(&mut reader);
                if config.workers.is_none() && config.services.is_none() {
                    reader.missing("workers");
                }
                reader.finish(Self::Csv(Box::new(config)))
            }
            "hr" => {
                let file = hr_file(&mut reader);
                reader.finish(Self::Hr(Box::new(file)))
            }
            #[cfg(feature = "online")]
            kind if Vendor::SOURCES.contains(&kind) && !kind.is_empty() => {
                Vendor::from_section(reader).map(|found| Self::Vendor(Box::new(found)))
            }
            _ => Err(reader.unknown_kind(&sources())),
        }
    }
}

impl Source {
    /// Whether it lies in files of this machine, so that reading it asks nobody.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Hr(_))
    }
}

fn sources() -> Vec<&'static str> {
    let mut kinds = vec!["csv", "hr"];
    #[cfg(feature = "online")]
    kinds.extend(Vendor::SOURCES.iter().filter(|kind| !kind.is_empty()));
    kinds.sort_unstable();
    kinds
}

/// What is left of a section, as the connector's own configuration.
#[cfg(any(feature = "linux", feature = "online"))]
#[cfg_attr(
    not(feature = "vendors"),
    allow(dead_code, reason = "each kind needs a part of what the vendors share")
)]
pub(super) fn own<C: serde::de::DeserializeOwned>(reader: &mut Reader<'_>) -> Option<C> {
    match toml::Value::Table(reader.rest()).try_into::<C>() {
        Ok(config) => Some(config),
        Err(error) => {
            let title = format!("the settings do not fit: {}", error.message());
            reader.refuse(&title, "see the documentation of the connector");
            None
        }
    }
}

#[cfg(feature = "linux")]
fn linux(mut reader: Reader<'_>) -> Result<Target, Vec<Problem>> {
    let found = own(&mut reader).map(|config| Target::Linux(Box::new(config)));
    reader.finish(found).and_then(|found| found.ok_or_else(Vec::new))
}

fn csv_source(reader: &mut Reader<'_>) -> CsvSourceConfig {
    let usual = CsvSourceConfig::default();
    CsvSourceConfig {
        workers: reader.path("workers"),
        services: reader.path("services"),
        separator: reader.take("separator"),
        encoding: reader.take("encoding"),
        dates: reader.take("dates").unwrap_or(usual.dates),
        columns: reader.take("columns").unwrap_or_default(),
        keep: reader.take("keep").unwrap_or_default(),
        ignore: reader.take("ignore").unwrap_or_default(),
        default_engagement_type: reader
            .take("default_engagement_type")
            .unwrap_or(usual.default_engagement_type),
        completeness: reader.take("completeness").unwrap_or_default(),
    }
}

fn hr_file(reader: &mut Reader<'_>) -> HrFile {
    let usual = HrConfig::default();
    HrFile {
        path: reader.need_path("path"),
        format: reader.take("format"),
        encoding: reader.take("encoding"),
        separator: reader.take("separator"),
        config: HrConfig {
            map: reader.need("map"),
            keep: reader.take("keep").unwrap_or_default(),
            dates: reader.take("dates").unwrap_or(usual.dates),
            empty: reader.take("empty").unwrap_or(usual.empty),
            end_is_first_day_off: reader.take("end_is_first_day_off").unwrap_or(false),
            default_engagement_type: reader
                .take("default_engagement_type")
                .unwrap_or(usual.default_engagement_type),
            proof: reader.take("proof").unwrap_or_default(),
            max_records: reader.take("max_records").unwrap_or(usual.max_records),
        },
    }
}

impl Target {
    pub(super) fn from_section(root: &Path, section: Section) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(root, section, "target");
        let target = match reader.kind().as_str() {
            "csv" => {
                let config = CsvTargetConfig::new(reader.need_path("path"));
                Self::Csv(config.with_format(reader.take("format").unwrap_or_default()))
            }
            "directory" => Self::Directory {
                path: reader.need_path("path"),
                groups: reader.take("groups").unwrap_or_default(),
            },
            "manual" => {
                let config = ManualConfig::new(&reader.need::<String>("system"), reader.need_path("ledger"));
                let (assignee, address) = (reader.take("assignee"), reader.take("address"));
                Self::Manual(ManualConfig { assignee, address, ..config })
            }
            "scim" => Self::Scim {
                url: reader.need("url"),
                token: token(&mut reader),
                dialect: dialect(&mut reader),
                create_groups: reader.take("create_groups").unwrap_or(false),
            },
            #[cfg(feature = "ldap")]
            "ldap" => return settings::ldap(reader).map(Self::Ldap),
            #[cfg(feature = "linux")]
            "linux" => return linux(reader),
            "postgres" => return settings::postgres(reader).map(Self::Postgres),
            "sql" => return settings::sql(reader).map(Self::Sql),
            #[cfg(feature = "zendesk")]
            "zendesk" => return zendesk(reader),
            #[cfg(feature = "online")]
            kind if Vendor::KINDS.contains(&kind) => {
                return Vendor::from_section(reader).map(|found| Self::Vendor(Box::new(found)));
            }
            _ => return Err(reader.unknown_kind(&kinds())),
        };
        reader.finish(target)
    }
}

/// The kinds of targets that are built in.
pub(super) fn kinds() -> Vec<&'static str> {
    let mut kinds = vec!["csv", "directory", "manual", "postgres", "scim", "sql"];
    #[cfg(feature = "ldap")]
    kinds.push("ldap");
    #[cfg(feature = "linux")]
    kinds.push("linux");
    #[cfg(feature = "online")]
    kinds.extend(Vendor::KINDS);
    #[cfg(feature = "zendesk")]
    kinds.push("zendesk");
    kinds.sort_unstable();
    kinds
}

#[cfg(feature = "zendesk")]
fn zendesk(mut reader: Reader<'_>) -> Result<Target, Vec<Problem>> {
    use tenure_connector_zendesk::{People, ZendeskConfig};

    let access = super::vendor::access(&mut reader);
    let email: Option<String> = reader.take("email");
    match (&access, &email) {
        (None, _) => reader.missing("token_env"),
        (Some(super::vendor::Access::Credentials(_)), Some(_)) => {
            reader.refuse("`email` belongs to an API token, and `credentials` are set", "keep one");
        }
        _ => {}
    }
    let url = match reader.need::<String>("url").parse() {
        Ok(url) => url,
        Err(error) => {
            reader
                .refuse(&format!("`url` is no address: {error}"), "for instance https://example.zendesk.com");
            return reader.finish(None).and_then(|found: Option<Target>| found.ok_or_else(Vec::new));
        }
    };
    let mut config = ZendeskConfig::new(url);
    if let Some(organization) = reader.take("organization") {
        config.people = People::Organization(organization);
    }
    config.organizations = reader.take("organizations").unwrap_or(config.organizations);
    config.seat = reader.take("seat").unwrap_or(config.seat);
    config.open_tickets = reader.take("open_tickets").unwrap_or(config.open_tickets);
    let target = access.map(|access| Target::Zendesk { config: Box::new(config), email, access });
    reader.finish(target).and_then(|found| found.ok_or_else(Vec::new))
}

fn dialect(reader: &mut Reader<'_>) -> Option<Dialect> {
    let name: String = reader.take("dialect")?;
    let found = Dialect::named(&name);
    if found.is_none() {
        let known: Vec<_> = Dialect::all().iter().map(|d| d.name.clone()).collect();
        reader.refuse(&format!("`{name}` is no dialect"), &format!("expected one of: {}", known.join(", ")));
    }
    found
}

fn token(reader: &mut Reader<'_>) -> Option<TokenFrom> {
    TokenFrom::read(reader, "token_env", "token_file")
}

impl TokenFrom {
    /// Reads where a token is found: one setting names a variable, another one a file.
    pub(super) fn read(reader: &mut Reader<'_>, env: &'static str, file: &'static str) -> Option<Self> {
        match (reader.take(env), reader.path(file)) {
            (Some(name), None) => Some(Self::Env(name)),
            (None, Some(path)) => Some(Self::File(path)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                reader.refuse(&format!("both `{env}` and `{file}` are set"), "keep one");
                None
            }
        }
    }
}
