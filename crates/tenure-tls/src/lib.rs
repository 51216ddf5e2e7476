#![doc = include_str!("../README.md")]
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "postgres")] {
//! use tenure_tls::postgres::{Options, Server};
//!
//! let here = Server::read("host=/run/postgresql user=tenure", &Options::default())?;
//! assert!(!here.is_secured());
//! // A program without TLS is told so before it connects, instead of speaking in the clear.
//! # #[cfg(not(feature = "tls"))]
//! assert!(Server::read("host=db.example.com sslmode=require", &Options::default()).is_err());
//! # }
//! # Ok::<(), tenure_tls::TlsError>(())
//! ```

mod error;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "tls")]
mod roots;

pub use self::error::TlsError;
#[cfg(feature = "tls")]
pub use self::roots::client_config;
