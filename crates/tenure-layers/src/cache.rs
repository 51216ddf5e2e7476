use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::{ConnectorSchema, Context, Fields, Object, ObjectRef, Result, Timer};

use crate::{Call, Layer, Next, Reply};

/// Remembers the schema, and objects that were read whole, for a while.
///
/// Any write or poll through this layer forgets all objects, whatever its answer. Writes of others are seen when the
/// time is up. Place: below dry run, above what measures calls.
#[derive(Debug)]
pub struct ReadCache {
    timer: Arc<dyn Timer>,
    life: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    schema: Option<ConnectorSchema>,
    objects: BTreeMap<ObjectRef, (Duration, Object)>,
    // Counts writes, so that a read that was under way during one is not kept.
    writes: u64,
}

impl ReadCache {
    /// Remembers objects for this long.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>, life: Duration) -> Self {
        Self { timer, life, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, call: Call<'_>) -> Option<Reply> {
        let state = self.lock();
        match call {
            Call::Schema => state.schema.clone().map(Reply::Schema),
            Call::Get { object, fields: Fields::All } => {
                let (at, kept) = state.objects.get(object)?;
                (self.timer.elapsed().saturating_sub(*at) < self.life).then(|| Reply::Object(kept.clone()))
            }
            _ => None,
        }
    }

    fn forget(&self) {
        let mut state = self.lock();
        state.objects.clear();
        state.writes += 1;
    }
}

#[async_trait]
impl Layer for ReadCache {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        if matches!(call, Call::Apply(_) | Call::Poll(_)) {
            self.forget();
            let answer = next.run(ctx, call).await;
            self.forget();
            return answer;
        }
        if let Some(known) = self.known(call) {
            return Ok(known);
        }
        let writes = self.lock().writes;
        let reply = next.run(ctx, call).await?;
        let mut state = self.lock();
        match (&reply, call) {
            (Reply::Schema(schema), _) => state.schema = Some(schema.clone()),
            (Reply::Object(read), Call::Get { object, fields: Fields::All }) if state.writes == writes => {
                state.objects.insert(object.clone(), (self.timer.elapsed(), read.clone()));
            }
            _ => {}
        }
        Ok(reply)
    }
}
