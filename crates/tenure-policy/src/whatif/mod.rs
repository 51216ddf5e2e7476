//! What if: another policy, a later day, seats that nobody uses.

mod difference;
mod forecast;
mod impact;
mod peers;
mod population;
mod seat_forecast;
mod seats;
mod who;

pub use self::forecast::{Forecast, ForecastEvent};
pub use self::impact::{Impact, ImpactRow, SeatChange};
pub use self::peers::{Suggestion, suggest_from_peers};
pub use self::population::{Population, RuleChange};
pub use self::seat_forecast::{SeatForecast, SeatMove};
pub use self::seats::{Reclaim, SeatHolder, SeatReview, SeatRow, SeatVerdict, TierReview};
pub use self::who::Entitled;
