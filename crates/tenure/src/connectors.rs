//! Connectors to single systems, each behind a feature of its name.

#[cfg(feature = "atlassian")]
#[doc(inline)]
pub use tenure_connector_atlassian as atlassian;
#[cfg(feature = "csv")]
#[doc(inline)]
pub use tenure_connector_csv as csv;
#[cfg(feature = "entra")]
#[doc(inline)]
pub use tenure_connector_entra as entra;
#[cfg(feature = "github")]
#[doc(inline)]
pub use tenure_connector_github as github;
#[cfg(feature = "google-workspace")]
#[doc(inline)]
pub use tenure_connector_google_workspace as google_workspace;
#[cfg(feature = "hr")]
#[doc(inline)]
pub use tenure_connector_hr as hr;
#[cfg(feature = "ldap")]
#[doc(inline)]
pub use tenure_connector_ldap as ldap;
#[cfg(feature = "linux")]
#[doc(inline)]
pub use tenure_connector_linux as linux;
#[cfg(feature = "mailchimp")]
#[doc(inline)]
pub use tenure_connector_mailchimp as mailchimp;
#[cfg(feature = "manual")]
#[doc(inline)]
pub use tenure_connector_manual as manual;
#[cfg(feature = "okta")]
#[doc(inline)]
pub use tenure_connector_okta as okta;
#[cfg(feature = "onelogin")]
#[doc(inline)]
pub use tenure_connector_onelogin as onelogin;
#[cfg(feature = "postgres")]
#[doc(inline)]
pub use tenure_connector_postgres as postgres;
#[cfg(feature = "scim")]
#[doc(inline)]
pub use tenure_connector_scim as scim;
#[cfg(feature = "semrush")]
#[doc(inline)]
pub use tenure_connector_semrush as semrush;
#[cfg(feature = "slack")]
#[doc(inline)]
pub use tenure_connector_slack as slack;
#[cfg(feature = "sql")]
#[doc(inline)]
pub use tenure_connector_sql as sql;
#[cfg(feature = "synapse")]
#[doc(inline)]
pub use tenure_connector_synapse as synapse;
#[cfg(feature = "trello")]
#[doc(inline)]
pub use tenure_connector_trello as trello;
#[cfg(feature = "zendesk")]
#[doc(inline)]
pub use tenure_connector_zendesk as zendesk;
