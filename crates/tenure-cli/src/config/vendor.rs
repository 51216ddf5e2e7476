//! Vendors' systems: the section of one is the configuration of its connector, and beside it stands where its credentials
//! are found.

use serde::de::DeserializeOwned;
use tenure_connector_rest::Credentials;

use super::kinds::TokenFrom;
use super::section::{Problem, Reader};

/// A vendor's system: what its connector has to know, and where its credentials are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Online<C> {
    /// What the connector has to know.
    pub config: C,
    /// Where the credentials are found.
    pub access: Access,
    /// Where a second key is found: that of the organisation above a site.
    pub organization_key: Option<TokenFrom>,
}

/// How a program shows a vendor who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// With one token, in the way of the vendor.
    Token(TokenFrom),
    /// With credentials of another kind, such as those that tokens are asked for with.
    Credentials(Box<Credentials>),
    /// Not at all: the vendor has nothing to ask.
    None,
}

macro_rules! vendors {
    ($($feature:literal $variant:ident $config:ty, $needs:expr, $reads_people:expr;)*) => {
        /// A vendor's system.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Vendor {
            $(
                #[doc = concat!("The kind `", $feature, "`.")]
                #[cfg(feature = $feature)]
                $variant(Online<$config>),
            )*
        }

        impl Vendor {
            /// The kinds that are built in.
            pub(super) const KINDS: &'static [&'static str] = &[$(#[cfg(feature = $feature)] $feature,)*];

            /// Of these the kinds that are sources of people, too.
            pub(super) const SOURCES: &'static [&'static str] =
                &[$(#[cfg(feature = $feature)] if $reads_people { $feature } else { "" },)*];

            pub(super) fn from_section(reader: Reader<'_>) -> Result<Self, Vec<Problem>> {
                match reader.kind().as_str() {
                    $(
                        #[cfg(feature = $feature)]
                        $feature => online(reader, $needs).map(Self::$variant),
                    )*
                    _ => Err(reader.unknown_kind(Self::KINDS)),
                }
            }
        }
    };
}

vendors! {
    "atlassian" Atlassian tenure_connector_atlassian::AtlassianConfig, Needs::Access, false;
    "entra" Entra tenure_connector_entra::EntraConfig, Needs::Access, true;
    "github" Github tenure_connector_github::GithubConfig, Needs::Access, false;
    "google-workspace" GoogleWorkspace tenure_connector_google_workspace::GoogleConfig, Needs::Access, true;
    "mailchimp" Mailchimp tenure_connector_mailchimp::MailchimpConfig, Needs::LedgerAndMaybeAccess, false;
    "okta" Okta tenure_connector_okta::OktaConfig, Needs::Access, true;
    "onelogin" Onelogin tenure_connector_onelogin::OneloginConfig, Needs::Access, false;
    "semrush" Semrush tenure_connector_semrush::SemrushConfig, Needs::Ledger, false;
    "slack" Slack tenure_connector_slack::SlackConfig, Needs::Access, false;
    "synapse" Synapse tenure_connector_synapse::SynapseConfig, Needs::Access, false;
    "trello" Trello tenure_connector_trello::TrelloConfig, Needs::Access, false;
}

/// What a vendor's section has besides the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "which of these are used depends on the vendors that are built in")]
enum Needs {
    Access,
    Ledger,
    LedgerAndMaybeAccess,
}

fn online<C: DeserializeOwned>(mut reader: Reader<'_>, needs: Needs) -> Result<Online<C>, Vec<Problem>> {
    let access = match needs {
        Needs::Ledger => Some(Access::None),
        Needs::Access => access(&mut reader),
        Needs::LedgerAndMaybeAccess => Some(access(&mut reader).unwrap_or(Access::None)),
    };
    if access.is_none() {
        reader.missing("token_env");
    }
    let organization_key = TokenFrom::read(&mut reader, "organization_key_env", "organization_key_file");
    // The file of tasks lies below the folder of the project, as every path does.
    let ledger = (needs != Needs::Access).then(|| reader.need_path("ledger"));
    let mut settings = reader.rest();
    if let Some(ledger) = ledger {
        settings.insert("ledger".to_owned(), ledger.to_string_lossy().into_owned().into());
    }
    let config = match toml::Value::Table(settings).try_into::<C>() {
        Ok(config) => Some(config),
        Err(error) => {
            let title = format!("the settings do not fit: {}", error.message());
            reader.refuse(&title, "see the documentation of the connector");
            None
        }
    };
    let found = access.zip(config).map(|(access, config)| Online { config, access, organization_key });
    reader.finish(found).and_then(|found| found.ok_or_else(Vec::new))
}

/// Where the credentials of a section are found.
pub(super) fn access(reader: &mut Reader<'_>) -> Option<Access> {
    let token = TokenFrom::read(reader, "token_env", "token_file").map(Access::Token);
    let credentials = reader.take::<Credentials>("credentials").map(|found| found.below(reader.root()));
    match (token, credentials) {
        (Some(_), Some(_)) => {
            reader.refuse("both a token and `credentials` are set", "keep one");
            None
        }
        (token, credentials) => token.or(credentials.map(|found| Access::Credentials(Box::new(found)))),
    }
}
