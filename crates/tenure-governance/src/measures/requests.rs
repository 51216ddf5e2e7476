use super::model::{MeasureScope, RequestCount};
use crate::{Governance, Request, RequestState, Result};

impl Governance {
    /// The requests that were made in the scope.
    pub(super) async fn count_requests(&self, scope: &MeasureScope) -> Result<RequestCount> {
        let mut requests = self.open_requests().await?;
        requests.extend(self.closed_requests().await?);
        let meant = |request: &&Request| {
            let gains = &request.difference.gains;
            scope.has(request.submitted)
                && scope.concerns(request.asked.subject.as_str())
                && gains.keys().any(|key| scope.covers(key.target.as_str()))
        };
        let mut count = RequestCount::default();
        for request in requests.iter().filter(meant) {
            let asked = &request.asked;
            count.submitted += 1;
            count.automatic += usize::from(request.automatic.is_some());
            let for_another = asked.by != asked.subject && self.is_administrator(&asked.by);
            count.by_administrators += usize::from(for_another);
            match &request.state {
                RequestState::Denied { .. } => count.denied += 1,
                RequestState::Lapsed => count.lapsed += 1,
                RequestState::Pending | RequestState::Approved => count.waiting += 1,
                RequestState::Granted if request.fulfilled.is_none() => count.waiting += 1,
                _ => {}
            }
        }
        Ok(count)
    }
}
