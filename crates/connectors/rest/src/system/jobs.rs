use std::fmt;
use std::slice;
use std::time::Duration;

use http::Method;
use serde_json::Value;
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, JobRef, ObjectRef, OperationKind, Outcome, Result,
};

use super::path::{To, request};
use super::{Found, items, need_text, unclear, unclear_if};
use crate::{Request, RestClient, absent};

/// Jobs that a system works on by itself: the requests that start them are answered with ids, and these are asked after
/// until they are over.
///
/// Nothing is kept in between: a job is known by what its [`JobRef`] says, so that another process can ask.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_connector::Secret;
/// use tenure_connector_rest::system::{Jobs, text};
/// use tenure_connector_rest::{Auth, RestClient};
///
/// let base = "https://api.example.com".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let jobs = Jobs::new(&client, "exports/{id}", Duration::from_secs(30))
///     .ended(|exports| Ok(exports.iter().all(|export| text(export, "/state") == Some("done"))));
/// # drop(jobs);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Jobs {
    client: RestClient,
    address: &'static str,
    ask_after: Duration,
    id: &'static str,
    several: Option<(&'static str, usize)>,
    ended: fn(&[Value]) -> Result<bool>,
}

impl Jobs {
    /// Jobs that are asked after at this address, in which `{id}` is the id, no sooner than this.
    #[must_use]
    pub fn new(client: &RestClient, address: &'static str, ask_after: Duration) -> Self {
        Self { client: client.clone(), address, ask_after, id: "/id", several: None, ended: |_| Ok(true) }
    }

    /// Where the id stands in the answer to the request that starts a job, when not in `id`.
    #[must_use]
    pub fn named_at(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }

    /// One operation takes several jobs, but no more than so many. They are asked after together, by their ids with commas
    /// between, and stand in a list at this JSON pointer of the answer.
    #[must_use]
    pub fn several(mut self, at: &'static str, most: usize) -> Self {
        self.several = Some((at, most));
        self
    }

    /// Whether the jobs of an operation are over; the error, when they failed.
    #[must_use]
    pub fn ended(mut self, ended: fn(&[Value]) -> Result<bool>) -> Self {
        self.ended = ended;
        self
    }

    /// Sends the requests that start an operation's jobs, as many as are allowed; already so without any. Jobs that were
    /// started go on, whatever becomes of the call.
    ///
    /// # Errors
    ///
    /// Those of the requests; of unknown certainty once a job was started.
    pub async fn start(
        &self,
        of: Found<'_>,
        operation: OperationKind,
        requests: Vec<Request>,
    ) -> Result<Outcome> {
        let most = self.several.map_or(1, |(_, most)| most);
        let mut ids: Vec<String> = Vec::new();
        for request in requests.iter().take(most) {
            let answer = unclear_if(!ids.is_empty(), self.client.json(of.ctx, request).await)?;
            ids.push(unclear(need_text(&answer, self.id))?.to_owned());
        }
        if ids.is_empty() {
            return Ok(Outcome::already_so());
        }
        let object = ObjectRef::new(of.class.clone(), of.id);
        Ok(self.accepted(JobRef::new(ids.join(","), operation).with_object(object)))
    }

    /// Asks after the jobs of an operation.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such job, or one of them is missing; why they failed; those of the request.
    pub async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let unknown = || {
            ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no job `{}`", job.id))
        };
        let wanted = job.id.split(',').filter(|id| !id.is_empty()).count();
        if wanted == 0 {
            return Err(unknown());
        }
        let asked = request(&self.client, Method::GET, self.address, To::id(&job.id))?;
        let answer = absent(self.client.json(ctx, &asked).await)?.ok_or_else(unknown)?;
        let found = match self.several {
            Some((at, _)) => items(&answer, at)?,
            None => slice::from_ref(&answer),
        };
        if self.several.is_some() && found.len() < wanted {
            return Err(unknown());
        }
        if !(self.ended)(found)? {
            return Ok(self.accepted(job.clone()));
        }
        let done = Outcome::done(true);
        Ok(match &job.object {
            Some(object) => done.with_object(object.clone()),
            None => done,
        })
    }

    fn accepted(&self, job: JobRef) -> Outcome {
        Outcome::accepted(job, self.ask_after)
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("address", &self.address).finish_non_exhaustive()
    }
}
