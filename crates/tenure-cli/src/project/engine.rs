use std::sync::Arc;

use tenure_engine::{Engine, EngineBuilder, SourceOptions};
use tenure_policy::TargetId;
use tenure_store::{SqliteStore, Store};

use super::{Project, connect};
use crate::failure::{Failure, chain};

impl Project {
    /// Opens the store and connects sources and targets.
    ///
    /// # Errors
    /// The store or a connector cannot be opened.
    pub async fn engine(&self) -> Result<Engine, Failure> {
        let redact = self.config.redact.iter().map(String::as_str);
        let (first, later) = self
            .policies
            .split_first()
            .ok_or_else(|| Failure::failed("cannot set up the engine", "the project has no policy"))?;
        let builder = Engine::builder(first.clone(), self.store()?).redact(redact);
        let mut builder = later.iter().cloned().fold(builder, EngineBuilder::version);
        for (name, source) in &self.config.sources {
            builder = builder.source(name, SourceOptions::default(), connect::source(name, source).await?);
        }
        for (name, target) in &self.config.targets {
            let id = TargetId::parse(name).map_err(|e| Failure::failed(format!("target `{name}`"), e))?;
            let options = self.config.options.get(name).cloned().unwrap_or_default();
            builder = builder.target_with(id, options, connect::target(name, target).await?);
        }
        builder.build().map_err(|e| Failure::engine("cannot set up the engine", &e))
    }

    fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        let path = &self.config.store;
        let cannot = |e: &dyn std::fmt::Display| {
            Failure::failed(format!("cannot open the store `{}`", path.display()), e)
        };
        connect::make_folder_of(path).map_err(|e| cannot(&e))?;
        Ok(Arc::new(SqliteStore::open(path).map_err(|e| cannot(&chain(&e)))?))
    }
}
