use std::sync::{Arc, PoisonError, RwLock};

use super::HarRecorder;

/// Who records what several clients send.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording(Arc<RwLock<Option<HarRecorder>>>);

impl Recording {
    pub(crate) fn put(&self, har: HarRecorder) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(har);
    }

    pub(crate) fn get(&self) -> Option<HarRecorder> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
