#![doc = include_str!("../README.md")]

pub mod connectors;
pub mod prelude;

#[doc(inline)]
pub use tenure_connector as connector;
#[doc(inline)]
pub use tenure_connector::memory;
#[doc(inline)]
pub use tenure_engine as engine;
#[doc(inline)]
pub use tenure_policy as policy;
#[doc(inline)]
pub use tenure_scim as scim;
#[doc(inline)]
pub use tenure_store as store;

#[cfg(feature = "governance")]
#[doc(inline)]
pub use tenure_governance as governance;
#[cfg(feature = "layers")]
#[doc(inline)]
pub use tenure_layers as layers;
#[cfg(feature = "scim")]
#[doc(inline)]
pub use tenure_scim_client as client;
#[cfg(feature = "derive")]
#[doc(inline)]
pub use tenure_scim_derive::Resource;
#[cfg(feature = "server")]
#[doc(inline)]
pub use tenure_scim_server as server;
#[cfg(feature = "terminal")]
#[doc(inline)]
pub use tenure_terminal as terminal;
#[cfg(feature = "web")]
#[doc(inline)]
pub use tenure_web as web;
