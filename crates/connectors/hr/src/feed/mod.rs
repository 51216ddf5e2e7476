//! Where records come from.

mod file;
mod http;
mod record;

use std::path::PathBuf;

use tenure_connector::{Context, RejectedItem, Result};

pub use self::file::FileFormat;
pub use self::http::HttpFeed;
pub(crate) use self::record::{Cell, Record};
use crate::HrConfig;

/// A file or an API.
#[derive(Debug, Clone)]
pub(crate) enum Feed {
    File { path: PathBuf, format: FileFormat, encoding: Option<String>, separator: Option<char> },
    Http(Box<HttpFeed>),
}

/// Everything that a feed holds at one moment.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) records: Vec<Record>,
    pub(crate) rejected: Vec<RejectedItem>,
    /// How many records the feed itself says there are.
    pub(crate) stated: Option<u64>,
}

impl Feed {
    pub(crate) async fn gather(&self, ctx: &Context, config: &HrConfig) -> Result<Gathered> {
        match self {
            Self::File { path, format, encoding, separator } => {
                file::gather(path, *format, encoding.as_deref(), *separator, config)
            }
            Self::Http(feed) => feed.gather(ctx, config).await,
        }
    }

    /// What the feed is called in messages and in the audit trail: a file name, or an address without a query.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File { path, .. } => file::name(path),
            Self::Http(feed) => feed.name(),
        }
    }
}
