//! Fingerprints of what a target tells, by which it is known again without reading what is stored of it.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tenure_connector::Object;
use tenure_store::Print;

/// What is made of the same answer may differ from one format to the next.
const FORMAT: &[u8] = b"told 1";

/// What was noted since the store was last written. A system that tells two things of one is not taken at its word: which of
/// them is stored in the end is not known before.
#[derive(Debug, Default)]
pub(super) struct Noted(BTreeSet<Print>);

impl Noted {
    /// Begins anew where everything is written.
    pub(super) fn begin(&mut self, written: bool) {
        if written {
            self.0.clear();
        }
    }

    /// Whether this is the first time.
    pub(super) fn is_new(&mut self, key: Print) -> bool {
        self.0.insert(key)
    }
}

/// Of an account: everything that is stored of it.
pub(super) fn account(item: &Object) -> Print {
    let mut hash = Sha256::new_with_prefix(FORMAT);
    let version = item.version.as_ref().map_or("", |version| version.as_str());
    for part in [item.object.id.as_str(), item.object.class.as_str(), version] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    finish(hash, item)
}

/// Of something that is held: the rest of the object says nothing.
pub(super) fn grant(item: &Object) -> Print {
    finish(Sha256::new_with_prefix(FORMAT), item)
}

fn finish(mut hash: Sha256, item: &Object) -> Print {
    hash.update(item.resource.to_text());
    Print(hash.finalize().first_chunk().map_or(0, |first| u128::from_be_bytes(*first)))
}
