//! What nearly every program that embeds Tenure names: `use tenure::prelude::*;`.

pub use tenure_connector::record::{WorkerRecord, WorkloadRecord};
pub use tenure_connector::{Connector, ConnectorExt, ObjectClass};
pub use tenure_engine::{ApplyOptions, Engine, Plan, PlanOptions, Progress, RunReport, SourceOptions};
pub use tenure_policy::{EntitlementKey, IdentityId, Policy, PolicyDocument, TargetId};
pub use tenure_scim::{AttrPath, Filter, Patch, Resource, SchemaRegistry};
#[cfg(feature = "sqlite")]
pub use tenure_store::SqliteStore;
pub use tenure_store::{MemoryStore, Store};
