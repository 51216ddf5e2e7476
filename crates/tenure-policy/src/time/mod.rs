//! Civil dates, time zones and stretches of time.

mod civil;
mod span;
mod zone;

pub(crate) use self::civil::end_of_day;
pub use self::civil::{instant, start_of_day};
pub use self::span::{Span, SpanError};
pub use self::zone::{Zone, ZoneError};
