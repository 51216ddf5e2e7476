//! A small web interface over governance: what waits for somebody's decision, and the decision.
//!
//! Server-rendered pages of a few kilobytes: the requests that wait for one, each with its difference and its reasons; the access
//! that one has to review, each item with its evidence; the findings that one answers for, to read. It works with a keyboard,
//! with a screen reader and without JavaScript, and loads nothing from anywhere.
//!
//! [`Web::router`] gives an [`axum::Router`] that a program mounts beside its own routes. Who somebody is, the program says by its
//! [`Gate`]; [`SignIn`] is one for those who have none: invitations that are used once, kept as hashes in the store.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use axum::response::{IntoResponse, Redirect, Response};
//! use http::request::Parts;
//! use tenure_web::{Gate, Visitor, Web};
//! # use tenure_engine::Engine;
//! # use tenure_governance::{Governance, GovernanceDocument, Rules};
//! # use tenure_policy::{Policy, PolicyDocument, Written};
//!
//! /// The program's own sessions.
//! struct Ours;
//!
//! #[async_trait]
//! impl Gate for Ours {
//!     async fn visitor(&self, request: &Parts) -> Result<Visitor, Response> {
//!         let session = request.headers.get("x-session").and_then(|value| value.to_str().ok());
//!         match session {
//!             Some(session) => Ok(Visitor::new("w-1".parse().expect("an id"), session)),
//!             None => Err(Redirect::to("/login").into_response()),
//!         }
//!     }
//! }
//!
//! # let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1}"#)?)?;
//! # let rules = Rules::compile(&Written::built(GovernanceDocument::default()), &policy)?;
//! # let engine = Engine::builder(policy, Arc::new(tenure_store::MemoryStore::new())).build()?;
//! # let governance = Governance::new(Arc::new(engine), rules);
//! let clock = Arc::new(|| "2026-03-02T08:00:00Z".parse().expect("a moment"));
//! let router: axum::Router = Web::new(governance, Arc::new(Ours), clock).under("/access").router();
//! # drop(router);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//!
//! * Every page is asked of the gate, and what it shows is asked of governance: the items of others are not found.
//! * A decision carries a token that only the session's own pages have, and a browser that says it comes from elsewhere is refused.
//! * Everything that people wrote is escaped; the policy of the pages allows one style sheet and nothing else, no frame and no script.
//! * Nobody decides about what they have not seen: the form carries the hash of the difference that it shows.
//!
//! # Errors
//!
//! A page that is not there and one that is not the visitor's are the same page, with 404. A decision that came too late says so and shows what is true now.
//!
//! # Limits
//!
//! Nothing is kept in memory between requests. [`SignIn`] lets a session last for hours, not days; an invitation works once. There is no page to ask for access: that is the
//! program's own.

mod answer;
mod form;
mod gate;
mod listing;
mod page;
mod pages;
mod sign_in;
mod web;

pub use gate::{Gate, Visitor};
pub use sign_in::SignIn;
pub use web::{Clock, Web};
