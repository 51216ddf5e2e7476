use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_engine::EngineError;
use tenure_policy::RequestId;
use tenure_store::GrantRecord;

use super::model::{GRANTED, PENDING};
use super::{Request, RequestState};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::{Governance, GovernanceError, Result};

impl Governance {
    /// Records the grant of an approved request. Whatever stopped it before, it is recorded once.
    pub(crate) async fn fulfil(&self, id: &RequestId, now: DateTime<Utc>) -> Result<Request> {
        let kept = self.open_request(id.as_str()).await?;
        let mut request = kept.value.clone();
        if request.state != RequestState::Approved {
            return Ok(request);
        }
        request.state = RequestState::Granted;
        if self.grant_record(&request).await?.is_none() {
            let by = request.approved_by();
            match self.engine.grant(request.to_grant(), &by, now).await {
                Ok(_) => {}
                Err(error @ (EngineError::Refused { .. } | EngineError::NotFound { .. })) => {
                    request.state = RequestState::Failed { detail: error.to_string() };
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut change = Change::new(id.as_str(), now);
        change.rename(&kept, &request.key(), &request)?;
        let why = json!({"grant": request.grant, "difference": request.hash});
        change.audit(Record { why, ..self.record(&request, SYSTEM, "request.grant") });
        change.commit(self.store()).await?;
        Ok(request)
    }

    /// The grant that the request has led to.
    pub(crate) async fn grant_record(&self, request: &Request) -> Result<Option<GrantRecord>> {
        self.store().grant(request.grant.as_str()).await.map_err(GovernanceError::Store)
    }

    /// A request that is not closed.
    pub(crate) async fn open_request(&self, id: &str) -> Result<Kept<Request>> {
        for prefix in [PENDING, GRANTED] {
            if let Some(kept) = keep::read(self.store(), &format!("{prefix}{id}"), "request").await? {
                return Ok(kept);
            }
        }
        match self.request(id).await {
            Ok(closed) => {
                let detail = format!("expected an open request, found `{id}` {}", closed.state.as_str());
                Err(GovernanceError::refused(detail))
            }
            Err(error) => Err(error),
        }
    }
}
