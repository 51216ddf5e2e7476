use std::sync::Arc;

use tenure_connector::Connector;
use tenure_connector_csv::CsvSource;

use crate::config::Source;
use crate::failure::{Failure, chain};

pub(super) fn source(name: &str, source: &Source) -> Result<Arc<dyn Connector>, Failure> {
    match source {
        Source::Csv(config) => {
            let source = CsvSource::new((**config).clone());
            let source =
                source.map_err(|e| Failure::failed(format!("cannot read the source `{name}`"), chain(&e)))?;
            Ok(Arc::new(source))
        }
    }
}
