//! What tests of connectors share: writes in short words, recorded traffic, and a search for secrets in all that comes out.

mod failures;
mod recorder;
mod secrets;
mod words;

pub use self::failures::assert_failures;
pub use self::recorder::{connect, recorded};
pub use self::secrets::assert_nothing_secret;
pub use self::words::{apply, ctx, entitlements, grant, grants, person, revoke, status, user};
