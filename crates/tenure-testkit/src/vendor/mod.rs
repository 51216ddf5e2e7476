//! Stateful stand-ins for vendors' systems: HTTP servers on loopback with the vendor's paging, limits, delays and errors.
//!
//! A [`Vendor`] answers one [`Call`] after the other; [`Fake`] serves it, moves its clock, makes it misbehave once, and
//! checks what it answers against the vendor's own API description, if there is one: an answer that breaks the
//! description fails the test that asked.

pub mod atlassian;
mod call;
mod document;
mod fake;
pub mod github;
pub mod google;
pub mod graph;
pub mod mailchimp;
pub mod okta;
pub mod onelogin;
mod reply;
mod rows;
pub mod slack;
pub mod synapse;
pub mod trello;
mod window;
pub mod zendesk;

pub use self::call::Call;
pub use self::document::Document;
pub use self::fake::{Fake, Vendor};
pub use self::reply::Reply;
pub use self::rows::{Rows, merge, moment, page_of};
pub use self::window::Windows;
