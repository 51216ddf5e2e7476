#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "tls")]
mod roots;

pub use self::error::TlsError;
#[cfg(feature = "tls")]
pub use self::roots::client_config;
